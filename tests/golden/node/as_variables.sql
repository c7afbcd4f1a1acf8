select
  coalesce(
    (
      select
        '{"id":"' || t1.tenant_id
        || '","__typename":"Tenant"}'
      from public.tenants as t1
      where t1.tenant_id = $1
        and t1.tenant_id = $2::uuid
    ),
    (
      select
        '{"id":"' || t2.id
        || '","__typename":"User"}'
      from public.users as t2
      where t2.tenant_id = $1
        and t2.id = $2::uuid
    ),
    (
      select
        '{"id":"' || t3.id
        || '","__typename":"Integration"}'
      from public.integrations as t3
      where t3.tenant_id = $1
        and t3.id = $2::uuid
    ),
    (
      select
        '{"id":"' || t4.id
        || '","__typename":"Connection"}'
      from public.connections as t4
      where t4.tenant_id = $1
        and t4.id = $2::uuid
    ),
    (
      select
        '{"id":"' || t5.id
        || '","__typename":"SyncJob"}'
      from public.sync_jobs as t5
      where t5.tenant_id = $1
        and t5.id = $2::uuid
    ),
    (
      select
        '{"id":"' || t6.id
        || '","__typename":"AnalyticsEvent"}'
      from public.analytics_events as t6
      where t6.tenant_id = $1
        and t6.id = $2::uuid
    ),
    (
      select
        '{"id":"' || t7.id
        || '","__typename":"AuditLog"}'
      from public.audit_logs as t7
      where t7.tenant_id = $1
        and t7.id = $2::uuid
    ),
    (
      select
        '{"id":"' || t8.id
        || '","__typename":"AuditSeal"}'
      from public.audit_seals as t8
      where t8.tenant_id = $1
        and t8.id = $2::uuid
    ),
    null
  ) as f1,
  (
    select
      '[' || coalesce(string_agg(coalesce(
        (
          select '{}'
          from public.tenants as t10
          where t10.tenant_id = $1
            and t10.tenant_id = t9.id
        ),
        (
          select '{}'
          from public.users as t11
          where t11.tenant_id = $1
            and t11.id = t9.id
        ),
        (
          select '{}'
          from public.integrations as t12
          where t12.tenant_id = $1
            and t12.id = t9.id
        ),
        (
          select '{}'
          from public.connections as t13
          where t13.tenant_id = $1
            and t13.id = t9.id
        ),
        (
          select
            '{"status":"' || t14.status
            || '"}'
          from public.sync_jobs as t14
          where t14.tenant_id = $1
            and t14.id = t9.id
        ),
        (
          select '{}'
          from public.analytics_events as t15
          where t15.tenant_id = $1
            and t15.id = t9.id
        ),
        (
          select '{}'
          from public.audit_logs as t16
          where t16.tenant_id = $1
            and t16.id = t9.id
        ),
        (
          select '{}'
          from public.audit_seals as t17
          where t17.tenant_id = $1
            and t17.id = t9.id
        ),
        'null'
      ), ',' order by t9.n), '') || ']'
    from unnest($3::uuid[]) with ordinality as t9(id, n)
  ) as f2;
