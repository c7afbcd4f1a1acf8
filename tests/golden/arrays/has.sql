select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t1.email)::text
        || ',"functions":' || to_json(t1.functions)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.email, t1.functions
      from public.users as t1
      where t1.tenant_id = $1
        and $2 = any (t1.functions)
      order by t1.id
      limit $3
    ) as t1
  ) as f1;
