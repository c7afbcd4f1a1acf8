with written as (
  insert into public.sync_jobs as t1 (tenant_id, connection_id, sync_id)
  values ($1, $2, $3)
  on conflict (tenant_id, sync_id) do update
  set status = $4, records_processed = $5, completed_at = $6, version = t1.version + 1, updated_at = now()
  returning t1.id, t1.status, t1.records_processed, t1.completed_at
)
select
  '{"id":"' || t1.id
  || '","status":"' || t1.status
  || '","recordsProcessed":' || t1.records_processed
  || ',"completedAt":' || coalesce(to_json(t1.completed_at)::text, 'null')
  || '}'
from written as t1;
