-- What the tenant's ($1) key ($2) stands for.
select t1.fingerprint, t1.data, t1.errors
from public.kept_answers as t1
where t1.tenant_id = $1
  and t1.key = $2
