select
  (
    select
      '[' || coalesce(string_agg(coalesce(
        (
          select
            '{"__typename":"Tenant","id":"' || t2.tenant_id
            || '","name":' || to_json(t2.name)::text
            || ',"slug":' || to_json(t2.slug)::text
            || '}'
          from public.tenants as t2
          where t2.tenant_id = $1
            and t2.tenant_id = t1.id
        ),
        (
          select
            '{"__typename":"User","id":"' || t3.id
            || '","name":' || to_json((coalesce(t3.name, nullif(concat_ws(' ', t3.first_name, t3.last_name), ''), t3.email)))::text
            || ',"connections":' || (
              select
                '{"nodes":[' || coalesce(string_agg(
                  '{"provider":"' || t4.provider
                  || '"}', ','
                ), '')
                || ']}'
              from (
                select t4.provider
                from public.connections as t4
                where t4.tenant_id = $1
                  and t4.user_id = t3.id
                order by t4.id
                limit $3
              ) as t4
            )
            || '}'
          from public.users as t3
          where t3.tenant_id = $1
            and t3.id = t1.id
        ),
        (
          select
            '{"__typename":"Integration","id":"' || t5.id
            || '"}'
          from public.integrations as t5
          where t5.tenant_id = $1
            and t5.id = t1.id
        ),
        (
          select
            '{"__typename":"Connection","id":"' || t6.id
            || '"}'
          from public.connections as t6
          where t6.tenant_id = $1
            and t6.id = t1.id
        ),
        (
          select
            '{"__typename":"SyncJob","id":"' || t7.id
            || '"}'
          from public.sync_jobs as t7
          where t7.tenant_id = $1
            and t7.id = t1.id
        ),
        (
          select
            '{"__typename":"AnalyticsEvent","id":"' || t8.id
            || '"}'
          from public.analytics_events as t8
          where t8.tenant_id = $1
            and t8.id = t1.id
        ),
        (
          select
            '{"__typename":"AuditLog","id":"' || t9.id
            || '"}'
          from public.audit_logs as t9
          where t9.tenant_id = $1
            and t9.id = t1.id
        ),
        (
          select
            '{"__typename":"AuditSeal","id":"' || t10.id
            || '"}'
          from public.audit_seals as t10
          where t10.tenant_id = $1
            and t10.id = t1.id
        ),
        'null'
      ), ',' order by t1.n), '') || ']'
    from unnest($2::uuid[]) with ordinality as t1(id, n)
  ) as f1;
