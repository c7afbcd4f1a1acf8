select
  coalesce(
    (
      select
        '{"__typename":"Tenant","id":"' || t1.tenant_id
        || '"}'
      from public.tenants as t1
      where t1.tenant_id = $1
        and t1.tenant_id = $2::uuid
    ),
    (
      select
        '{"__typename":"User","id":"' || t2.id
        || '"}'
      from public.users as t2
      where t2.tenant_id = $1
        and t2.id = $2::uuid
    ),
    (
      select
        '{"__typename":"Integration","id":"' || t3.id
        || '"}'
      from public.integrations as t3
      where t3.tenant_id = $1
        and t3.id = $2::uuid
    ),
    (
      select
        '{"__typename":"Connection","id":"' || t4.id
        || '"}'
      from public.connections as t4
      where t4.tenant_id = $1
        and t4.id = $2::uuid
    ),
    (
      select
        '{"__typename":"SyncJob","id":"' || t5.id
        || '"}'
      from public.sync_jobs as t5
      where t5.tenant_id = $1
        and t5.id = $2::uuid
    ),
    (
      select
        '{"__typename":"AnalyticsEvent","id":"' || t6.id
        || '"}'
      from public.analytics_events as t6
      where t6.tenant_id = $1
        and t6.id = $2::uuid
    ),
    (
      select
        '{"__typename":"AuditLog","id":"' || t7.id
        || '"}'
      from public.audit_logs as t7
      where t7.tenant_id = $1
        and t7.id = $2::uuid
    ),
    (
      select
        '{"__typename":"AuditSeal","id":"' || t8.id
        || '"}'
      from public.audit_seals as t8
      where t8.tenant_id = $1
        and t8.id = $2::uuid
    ),
    null
  ) as f1;
