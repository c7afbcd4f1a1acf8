with written as (
  update public.users as t1
  set name = $3, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.id = $2
  returning t1.name
)
select
  '{"name":' || coalesce(to_json(t1.name)::text, 'null')
  || '}'
from written as t1;

with written as (
  update public.users as t1
  set first_name = $3, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.id = $2
  returning t1.name, t1.first_name
)
select
  '{"name":' || coalesce(to_json(t1.name)::text, 'null')
  || ',"firstName":' || coalesce(to_json(t1.first_name)::text, 'null')
  || '}'
from written as t1;
