with written as (
  insert into public.sync_jobs (tenant_id, connection_id, sync_id, status)
  select $1, r.connection_id, r.sync_id, case when r."status given" then r.status else 'PENDING' end
  from json_to_recordset($2::json) as r(connection_id uuid, sync_id text, status text, "status given" boolean)
  returning id
)
select coalesce(array_agg(id), '{}')
from written;
