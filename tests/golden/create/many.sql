with written as (
  insert into public.users (tenant_id, email, name, role)
  select $1, r.email, r.name, case when r.g2 then r.role else 'MEMBER' end
  from json_to_recordset($3::json) as r(email text, name text, role text, g2 boolean)
  returning email, name, role, functions, id
)
select
  '{"count":' || count(*)
  || ',"nodes":[' || coalesce(string_agg(
    '{"email":' || to_json(t1.email)::text
    || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
    || ',"role":"' || t1.role
    || '","functions":' || to_json(t1.functions)::text
    || ',"connections":' || (
      select
        '{"totalCount":' || (
          select count(*)
          from (
            select
            from public.connections as t3
            where t3.tenant_id = $1
              and t3.user_id = t1.id
            limit $2
          ) as t3
        )
        || '}'
    )
    || '}', ','
  ), '')
  || ']}'
from written as t1;
