-- The tenant's ($1) key of this number ($2), retired or not.
select t1.number, t1.master_key, t1.wrapped
from public.data_keys as t1
where t1.tenant_id = $1
  and t1.number = $2
