select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t1.email)::text
        || ',"connections":' || (
          select
            '{"nodes":[' || coalesce(string_agg(
              '{"provider":"' || t2.provider
              || '"}', ','
            ), '')
            || ']}'
          from (
            select t2.provider
            from public.connections as t2
            cross join lateral (
              select max(t4.started_at) as o
              from public.sync_jobs as t4
              where t4.tenant_id = $1
                and t4.connection_id = t2.id
            ) as t3
            where t2.tenant_id = $1
              and t2.user_id = t1.id
            order by t3.o desc nulls last, t2.id desc
            limit $2
          ) as t2
        )
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.email, t1.id
      from public.users as t1
      where t1.tenant_id = $1
        and t1.role = any ($3)
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
