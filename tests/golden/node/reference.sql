select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"action":' || to_json(t1.action)::text
        || ',"target":' || coalesce(case t1.target_type
          when 'Tenant' then (
            select
              '{"__typename":"Tenant","id":"' || t2.tenant_id
              || '"}'
            from public.tenants as t2
            where t2.tenant_id = $1
              and t2.tenant_id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
          when 'User' then (
            select
              '{"__typename":"User","id":"' || t3.id
              || '","email":' || to_json(t3.email)::text
              || '}'
            from public.users as t3
            where t3.tenant_id = $1
              and t3.id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
          when 'Integration' then (
            select
              '{"__typename":"Integration","id":"' || t4.id
              || '"}'
            from public.integrations as t4
            where t4.tenant_id = $1
              and t4.id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
          when 'Connection' then (
            select
              '{"__typename":"Connection","id":"' || t5.id
              || '"}'
            from public.connections as t5
            where t5.tenant_id = $1
              and t5.id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
          when 'SyncJob' then (
            select
              '{"__typename":"SyncJob","id":"' || t6.id
              || '"}'
            from public.sync_jobs as t6
            where t6.tenant_id = $1
              and t6.id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
          when 'AnalyticsEvent' then (
            select
              '{"__typename":"AnalyticsEvent","id":"' || t7.id
              || '"}'
            from public.analytics_events as t7
            where t7.tenant_id = $1
              and t7.id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
          when 'AuditLog' then (
            select
              '{"__typename":"AuditLog","id":"' || t8.id
              || '"}'
            from public.audit_logs as t8
            where t8.tenant_id = $1
              and t8.id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
          when 'AuditSeal' then (
            select
              '{"__typename":"AuditSeal","id":"' || t9.id
              || '"}'
            from public.audit_seals as t9
            where t9.tenant_id = $1
              and t9.id = case when t1.target_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then t1.target_id::uuid end
          )
        end, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.action, t1.target_type, t1.target_id
      from public.audit_logs as t1
      where t1.tenant_id = $1
        and t1.target_type = any ($2)
        and t1.target_id = any ($3)
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
