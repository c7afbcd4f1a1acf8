with written as (
  delete from public.sync_jobs as t1
  where t1.tenant_id = $1
    and t1.sync_id = $2
  returning t1.id, t1.status
)
select
  '{"id":"' || t1.id
  || '","status":"' || t1.status
  || '"}'
from written as t1;
