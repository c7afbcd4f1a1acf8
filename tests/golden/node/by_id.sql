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
        || '","email":' || to_json(t2.email)::text
        || '}'
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
        || '","provider":"' || t4.provider
        || '","user":' || coalesce(t5.j, 'null')
        || '}'
      from public.connections as t4
      left join lateral (
        select
          '{"email":' || to_json(t5.email)::text
          || '}' as j
        from public.users as t5
        where t5.tenant_id = $1
          and t5.id = t4.user_id
        limit 1
      ) as t5 on true
      where t4.tenant_id = $1
        and t4.id = $2::uuid
    ),
    (
      select
        '{"__typename":"SyncJob","id":"' || t6.id
        || '"}'
      from public.sync_jobs as t6
      where t6.tenant_id = $1
        and t6.id = $2::uuid
    ),
    (
      select
        '{"__typename":"AnalyticsEvent","id":"' || t7.id
        || '"}'
      from public.analytics_events as t7
      where t7.tenant_id = $1
        and t7.id = $2::uuid
    ),
    (
      select
        '{"__typename":"AuditLog","id":"' || t8.id
        || '"}'
      from public.audit_logs as t8
      where t8.tenant_id = $1
        and t8.id = $2::uuid
    ),
    (
      select
        '{"__typename":"AuditSeal","id":"' || t9.id
        || '"}'
      from public.audit_seals as t9
      where t9.tenant_id = $1
        and t9.id = $2::uuid
    ),
    null
  ) as f1;
