select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t1.provider
        || '","syncJobsStats":' || (
          select
            '{"sum":{"recordsProcessed":' || coalesce(sum(t2.records_processed)::text, 'null')
            || '},"min":{"startedAt":' || coalesce(to_json(min(t2.started_at))::text, 'null')
            || '}}'
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.connection_id = t1.id
            and t2.status <> $2
        )
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.provider, t1.id
      from public.connections as t1
      where t1.tenant_id = $1
      order by t1.id
      limit $3
    ) as t1
  ) as f1;
