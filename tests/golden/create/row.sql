with written as (
  insert into public.users as t1 (tenant_id, id, email, name, functions, preferences)
  values ($1, $2, $3, $4, $5, $6)
  returning t1.id, t1.email, t1.name, t1.role, t1.functions, t1.preferences, t1.status
)
select
  '{"id":"' || t1.id
  || '","email":' || to_json(t1.email)::text
  || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
  || ',"role":"' || t1.role
  || '","functions":' || to_json(t1.functions)::text
  || ',"preferences":' || t1.preferences::text
  || ',"status":"' || t1.status
  || '"}'
from written as t1;
