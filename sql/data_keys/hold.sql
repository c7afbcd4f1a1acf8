-- The tenant's ($1) key to seal with, held against retirement until the transaction ends. No row when there is none, or
-- when it was retired while this waited for it.
select t1.number, t1.master_key, t1.wrapped
from public.data_keys as t1
where t1.tenant_id = $1
  and t1.retired_at is null
order by t1.number desc
limit 1
for share
