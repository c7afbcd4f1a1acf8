select
  coalesce(
    (
      select '{}'
      from public.tenants as t1
      where t1.tenant_id = $1
        and t1.tenant_id = $2::uuid
    ),
    (
      select
        '{"email":' || to_json(t2.email)::text
        || '}'
      from public.users as t2
      where t2.tenant_id = $1
        and t2.id = $2::uuid
    ),
    (
      select '{}'
      from public.integrations as t3
      where t3.tenant_id = $1
        and t3.id = $2::uuid
    ),
    (
      select '{}'
      from public.connections as t4
      where t4.tenant_id = $1
        and t4.id = $2::uuid
    ),
    (
      select '{}'
      from public.sync_jobs as t5
      where t5.tenant_id = $1
        and t5.id = $2::uuid
    ),
    (
      select '{}'
      from public.analytics_events as t6
      where t6.tenant_id = $1
        and t6.id = $2::uuid
    ),
    null
  ) as f1;
