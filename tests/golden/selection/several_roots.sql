select
  (
    select
      '{"email":' || to_json(t1.email)::text
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t2.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t2.email
      from public.users as t2
      where t2.tenant_id = $1
      order by t2.email, t2.id
      limit $3
    ) as t2
  ) as f2,
  (
    select
      '{"count":' || count(*)
      || '}'
    from public.connections as t3
    where t3.tenant_id = $1
  ) as f3;
