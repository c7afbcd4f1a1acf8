with written as (
  insert into public.users as t1 (tenant_id, id, email)
  values ($1, $2, $3)
  on conflict (tenant_id, id) do update
  set email = $3, version = t1.version + 1, updated_at = now()
  returning t1.id, t1.email, t1.name
)
select
  '{"id":"' || t1.id
  || '","email":' || to_json(t1.email)::text
  || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
  || '}'
from written as t1;
