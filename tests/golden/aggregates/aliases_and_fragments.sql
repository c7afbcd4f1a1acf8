select
  (
    select
      '{"rows":' || count(*)
      || ',"sum":{"total":' || coalesce(sum(t1.records_processed)::text, 'null')
      || ',"again":' || coalesce(sum(t1.records_processed)::text, 'null')
      || ',"__typename":"SyncJobSums"},"least":{"at":' || coalesce(to_json(min(t1.started_at))::text, 'null')
      || '}}'
    from public.sync_jobs as t1
    where t1.tenant_id = $1
  ) as f1,
  (
    select
      '{"rows":' || count(*)
      || ',"sum":{"total":' || coalesce(sum(t2.records_processed)::text, 'null')
      || ',"again":' || coalesce(sum(t2.records_processed)::text, 'null')
      || ',"__typename":"SyncJobSums"},"__typename":"SyncJobStats"}'
    from public.sync_jobs as t2
    where t2.tenant_id = $1
      and t2.status = $2
  ) as f2;
