select
  (
    select
      '[' || coalesce(string_agg(coalesce(
        (
          select
            '{"id":"' || t2.tenant_id
            || '"}'
          from public.tenants as t2
          where t2.tenant_id = $1
            and t2.tenant_id = t1.id
        ),
        (
          select
            '{"id":"' || t3.id
            || '"}'
          from public.users as t3
          where t3.tenant_id = $1
            and t3.id = t1.id
        ),
        (
          select
            '{"id":"' || t4.id
            || '"}'
          from public.integrations as t4
          where t4.tenant_id = $1
            and t4.id = t1.id
        ),
        (
          select
            '{"id":"' || t5.id
            || '"}'
          from public.connections as t5
          where t5.tenant_id = $1
            and t5.id = t1.id
        ),
        (
          select
            '{"id":"' || t6.id
            || '"}'
          from public.sync_jobs as t6
          where t6.tenant_id = $1
            and t6.id = t1.id
        ),
        (
          select
            '{"id":"' || t7.id
            || '"}'
          from public.analytics_events as t7
          where t7.tenant_id = $1
            and t7.id = t1.id
        ),
        (
          select
            '{"id":"' || t8.id
            || '"}'
          from public.audit_logs as t8
          where t8.tenant_id = $1
            and t8.id = t1.id
        ),
        (
          select
            '{"id":"' || t9.id
            || '"}'
          from public.audit_seals as t9
          where t9.tenant_id = $1
            and t9.id = t1.id
        ),
        'null'
      ), ',' order by t1.n), '') || ']'
    from unnest($2::uuid[]) with ordinality as t1(id, n)
  ) as f1;
