select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.7fe5fd5d",' || to_json(t1.email)::text || ',"' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"email":' || to_json(t1.email)::text
        || '}}', ','
      ), '')
      || ']}'
    from (
      select t1.email, t1.id
      from public.users as t1
      where t1.tenant_id = $1
      order by t1.email, t1.id
      limit $2
    ) as t1
  ) as f1;
