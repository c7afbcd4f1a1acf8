with written as (
  insert into public.sync_jobs as t1 (tenant_id, connection_id, sync_id, status)
  values ($1, $2, $3, $4)
  on conflict (tenant_id, sync_id) do update
  set connection_id = $2, status = $4, version = t1.version + 1, updated_at = now()
  returning t1.sync_id, t1.status, t1.records_processed
)
select
  '{"syncId":' || to_json(t1.sync_id)::text
  || ',"status":"' || t1.status
  || '","recordsProcessed":' || t1.records_processed
  || '}'
from written as t1;
