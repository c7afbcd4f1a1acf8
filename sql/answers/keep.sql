-- Keeps the answer ($3, $4) under the tenant's ($1) key ($2).
update public.kept_answers as t1
set data = $3, errors = $4
where t1.tenant_id = $1
  and t1.key = $2
