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
      cross join lateral (
        select max(t3.connection_id) as o
        from public.connections as t3
        where t3.tenant_id = $1
          and t3.user_id = t1.id
      ) as t2
      where t1.tenant_id = $1
      order by t2.o desc nulls last, t1.email, t1.id
      limit $2
    ) as t1
  ) as f1,
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
      cross join lateral (
        select max(t6.connection_id) as o
        from public.connections as t6
        where t6.tenant_id = $1
          and t6.user_id = t4.id
      ) as t5
      where t4.tenant_id = $1
      order by t5.o desc nulls last, t4.email, t4.id
      limit $3
    ) as t4
  ) as f2,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t7.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t7.email
      from public.users as t7
      cross join lateral (
        select max(t9.connection_id) as o
        from public.connections as t9
        where t9.tenant_id = $1
          and t9.user_id = t7.id
      ) as t8
      where t7.tenant_id = $1
      order by t8.o desc, t7.email, t7.id
      limit $4
    ) as t7
  ) as f3;
