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
        and $2 = any (t1.functions)
      order by t1.id
      limit $3
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
        and t2.extra_permissions && $4
      order by t2.id
      limit $5
    ) as t2
  ) as f2,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t3.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t3.email
      from public.users as t3
      where t3.tenant_id = $1
        and t3.functions @> $6
      order by t3.id
      limit $7
    ) as t3
  ) as f3,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t4.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t4.email
      from public.users as t4
      where t4.tenant_id = $1
        and t4.functions && $8
        and cardinality(t4.functions) > 0
      order by t4.id
      limit $9
    ) as t4
  ) as f4;
