select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t1.provider
        || '"}', ','
      ), '')
      || ']}'
    from (
      select t1.provider
      from public.connections as t1
      join public.users as t2 on t2.tenant_id = $1 and t2.id = t1.user_id
      where t1.tenant_id = $1
      order by t2.first_name desc nulls last, t1.provider, t1.id
      limit $2
    ) as t1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t3.provider
        || '"}', ','
      ), '')
      || ']}'
    from (
      select t3.provider
      from public.connections as t3
      join public.users as t4 on t4.tenant_id = $1 and t4.id = t3.user_id
      where t3.tenant_id = $1
      order by t4.first_name nulls first, t3.provider desc, t3.id desc
      limit $3
    ) as t3
  ) as f2;
