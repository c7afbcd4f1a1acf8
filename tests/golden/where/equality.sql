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
      where t1.tenant_id = $1
        and t1.user_id = $2
      order by t1.id
      limit $3
    ) as t1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t2.provider
        || '"}', ','
      ), '')
      || ']}'
    from (
      select t2.provider
      from public.connections as t2
      where t2.tenant_id = $1
        and t2.status <> $4
      order by t2.id
      limit $5
    ) as t2
  ) as f2,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t4
          where t4.tenant_id = $1
            and t4.first_name is distinct from $6
          limit $7
        ) as t4
      )
      || '}'
  ) as f3;
