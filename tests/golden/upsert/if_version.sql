with written as (
  insert into public.users as t1 (tenant_id, email, name)
  values ($1, $2, $3)
  on conflict (tenant_id, email) do update
  set name = $3, version = t1.version + 1, updated_at = now()
  where t1.version = $4
  returning t1.name, t1.version
)
select
  '{"name":' || coalesce(to_json(t1.name)::text, 'null')
  || ',"version":' || t1.version
  || '}'
from written as t1;
