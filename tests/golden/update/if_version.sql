with written as (
  update public.users as t1
  set name = $4, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.email = $2
    and t1.version = $3
  returning t1.name, t1.version
)
select
  '{"name":' || coalesce(to_json(t1.name)::text, 'null')
  || ',"version":' || t1.version
  || '}'
from written as t1;
