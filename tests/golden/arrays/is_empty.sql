select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t1.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.email
      from public.users as t1
      where t1.tenant_id = $1
        and cardinality(t1.functions) = 0
      order by t1.id
      limit $2
    ) as t1
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
        and cardinality(t2.functions) > 0
      order by t2.id
      limit $3
    ) as t2
  ) as f2;
