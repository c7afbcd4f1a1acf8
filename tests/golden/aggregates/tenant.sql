select
  (
    select
      '{"sum":{"maxUsers":' || coalesce(sum(t1.max_users)::text, 'null')
      || '},"avg":{"maxIntegrations":' || coalesce(to_json(avg(t1.max_integrations)::double precision)::text, 'null')
      || '},"max":{"slug":' || coalesce(to_json(max(t1.slug))::text, 'null')
      || '}}'
    from public.tenants as t1
    where t1.tenant_id = $1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"usersStats":' || (
          select
            '{"countDistinct":{"role":' || count(distinct t3.role)
            || ',"status":' || count(distinct t3.status)
            || '}}'
          from public.users as t3
          where t3.tenant_id = $1
        )
        || '}', ','
      ), '')
      || ']}'
    from (
      select
      from public.tenants as t2
      where t2.tenant_id = $1
      order by t2.tenant_id
      limit $2
    ) as t2
  ) as f2;
