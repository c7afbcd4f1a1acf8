select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.61e5cd9f",' || t1.o1 || ',' || to_json(t1.email)::text || ',"' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"email":' || to_json(t1.email)::text
        || '}}', ','
      ), '')
      || ']}'
    from (
      select t1.email, t2.o as o1, t1.id
      from public.users as t1
      cross join lateral (
        select count(*) as o
        from public.connections as t3
        where t3.tenant_id = $1
          and t3.user_id = t1.id
      ) as t2
      where t1.tenant_id = $1
      order by t2.o desc, t1.email, t1.id
      limit $2
    ) as t1
  ) as f1;
