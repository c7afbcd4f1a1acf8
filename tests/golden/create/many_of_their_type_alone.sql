with written as (
  insert into public.users (tenant_id, email)
  select $1, r.email
  from json_to_recordset($2::json) as r(email text)
  returning id
)
select '{"__typename":"UserChanges"}'
from (select count(*) from written as t1) as all_of_them;
