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
        and exists (
          select from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.connection_id = t1.id
            and t2.status = $2
        )
        and (
          select count(*)
          from public.sync_jobs as t3
          where t3.tenant_id = $1
            and t3.connection_id = t1.id
        ) >= $3
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
