select
  (
    select
      '{"count":' || count(*)
      || ',"countDistinct":{"status":' || count(distinct t1.status)
      || ',"completedAt":' || count(distinct t1.completed_at)
      || '},"sum":{"recordsProcessed":' || coalesce(sum(t1.records_processed)::text, 'null')
      || '},"avg":{"recordsProcessed":' || coalesce(to_json(avg(t1.records_processed)::double precision)::text, 'null')
      || '},"min":{"syncId":' || coalesce(to_json(min(t1.sync_id))::text, 'null')
      || ',"recordsProcessed":' || coalesce(min(t1.records_processed)::text, 'null')
      || ',"startedAt":' || coalesce(to_json(min(t1.started_at))::text, 'null')
      || '},"max":{"completedAt":' || coalesce(to_json(max(t1.completed_at))::text, 'null')
      || '}}'
    from public.sync_jobs as t1
    where t1.tenant_id = $1
  ) as f1;
