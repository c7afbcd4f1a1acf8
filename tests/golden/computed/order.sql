select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.375f3410",' || to_json(t1.o1)::text || ',"' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"displayName":' || to_json((coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)))::text
        || '}}', ','
      ), '')
      || ']}'
    from (
      select t1.name, t1.first_name, t1.last_name, t1.email, (coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)) as o1, t1.id
      from public.users as t1
      where t1.tenant_id = $1
      order by (coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)) desc, t1.id desc
      limit $2
    ) as t1
  ) as f1;
