with written as (
  insert into public.users as t1 (tenant_id, email)
  values ($1, $2)
  returning t1.email
)
select
  '{"email":' || to_json(t1.email)::text
  || '}'
from written as t1;
