select
  (
    select
      '{"id":"' || t1.id
      || '","email":' || to_json(t1.email)::text
      || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
      || ',"tenant":' || coalesce(t2.j, 'null')
      || ',"connections":' || (
        select
          '{"nodes":[' || coalesce(string_agg(
            '{"id":"' || t3.id
            || '","provider":"' || t3.provider
            || '","status":"' || t3.status
            || '","syncJobs":' || (
              select
                '{"nodes":[' || coalesce(string_agg(
                  '{"id":"' || t4.id
                  || '","status":"' || t4.status
                  || '","recordsProcessed":' || t4.records_processed
                  || ',"startedAt":' || to_json(t4.started_at)::text
                  || '}', ','
                ), '')
                || ']}'
              from (
                select t4.id, t4.status, t4.records_processed, t4.started_at
                from public.sync_jobs as t4
                where t4.tenant_id = $1
                  and t4.connection_id = t3.id
                order by t4.started_at desc, t4.id desc
                limit $2
              ) as t4
            )
            || '}', ','
          ), '')
          || ']}'
        from (
          select t3.id, t3.provider, t3.status
          from public.connections as t3
          where t3.tenant_id = $1
            and t3.user_id = t1.id
          order by t3.id
          limit $3
        ) as t3
      )
      || '}'
    from public.users as t1
    left join lateral (
      select
        '{"name":' || to_json(t2.name)::text
        || ',"slug":' || to_json(t2.slug)::text
        || '}' as j
      from public.tenants as t2
      where t2.tenant_id = $1
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.email = $4
  ) as f1;
