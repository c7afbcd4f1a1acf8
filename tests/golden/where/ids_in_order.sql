select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"id":"' || t1.id
        || '","email":' || to_json(t1.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.id, t1.email
      from public.users as t1
      where t1.tenant_id = $1
        and t1.id > $2
        and t1.id <= $3
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
