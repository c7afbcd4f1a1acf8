select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"userCount":' || (
          select count(*)
          from public.users as t2
          where t2.tenant_id = $1
        )
        || ',"integrationCount":' || (
          select count(*)
          from public.integrations as t3
          where t3.tenant_id = $1
        )
        || '}', ','
      ), '')
      || ']}'
    from (
      select
      from public.tenants as t1
      where t1.tenant_id = $1
      order by t1.tenant_id
      limit $2
    ) as t1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t4.provider
        || '","syncCount":' || (
          select count(*)
          from public.sync_jobs as t5
          where t5.tenant_id = $1
            and t5.connection_id = t4.id
        )
        || '}', ','
      ), '')
      || ']}'
    from (
      select t4.provider, t4.id
      from public.connections as t4
      where t4.tenant_id = $1
      order by t4.id
      limit $3
    ) as t4
  ) as f2;
