with written as (
  update public.connections as t1
  set status = $3, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.id = $2
  returning t1.status
)
select
  '{"status":"' || t1.status
  || '"}'
from written as t1;

select t1.version
from public.connections as t1
where t1.tenant_id = $1
  and t1.id = $2;

with written as (
  update public.connections as t1
  set status = $3, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.id = $2
  returning t1.status
)
select
  '{"status":"' || t1.status
  || '"}'
from written as t1;
