with written as (
  update public.users as t1
  set name = $3, permissions = $4, status = $5, updated_at = now()
  where t1.tenant_id = $1
    and t1.id = $2
  returning t1.email, t1.name, t1.status, t1.permissions
)
select
  '{"email":' || to_json(t1.email)::text
  || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
  || ',"status":"' || t1.status
  || '","permissions":' || to_json(t1.permissions)::text
  || '}'
from written as t1;
