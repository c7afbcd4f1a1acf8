with written as (
  insert into public.users as t1 (tenant_id, email, first_name, last_name)
  values ($1, $2, $3, $4)
  returning t1.name, t1.first_name, t1.last_name, t1.email, t1.role, t1.functions, t1.extra_permissions
)
select
  '{"displayName":' || to_json((coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)))::text
  || ',"permissions":' || to_json((array(
    select distinct permission
    from unnest(
      array['data:read']
      || case when t1.role <> 'VIEWER' then array['data:write'] else '{}' end
      || case when t1.role in ('MANAGER', 'ADMIN', 'OWNER') then array['work:assign'] else '{}' end
      || case when t1.role in ('ADMIN', 'OWNER') then array['audit:read', 'seats:manage', 'settings:write'] else '{}' end
      || case when t1.role = 'OWNER' then array['billing:manage'] else '{}' end
      || case when 'AUTHOR' = any (t1.functions) then array['content:write'] else '{}' end
      || case when 'EDITOR' = any (t1.functions) then array['content:publish', 'content:write'] else '{}' end
      || case when 'PM' = any (t1.functions) then array['projects:manage'] else '{}' end
      || case when 'OPERATOR' = any (t1.functions) then array['jobs:run'] else '{}' end
      || t1.extra_permissions
    ) as permission
    order by permission
  )))::text
  || '}'
from written as t1;

with written as (
  insert into public.users as t1 (tenant_id, email, role, functions)
  values ($1, $2, $3, $4)
  returning t1.name, t1.first_name, t1.last_name, t1.email, t1.role, t1.functions, t1.extra_permissions
)
select
  '{"displayName":' || to_json((coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)))::text
  || ',"permissions":' || to_json((array(
    select distinct permission
    from unnest(
      array['data:read']
      || case when t1.role <> 'VIEWER' then array['data:write'] else '{}' end
      || case when t1.role in ('MANAGER', 'ADMIN', 'OWNER') then array['work:assign'] else '{}' end
      || case when t1.role in ('ADMIN', 'OWNER') then array['audit:read', 'seats:manage', 'settings:write'] else '{}' end
      || case when t1.role = 'OWNER' then array['billing:manage'] else '{}' end
      || case when 'AUTHOR' = any (t1.functions) then array['content:write'] else '{}' end
      || case when 'EDITOR' = any (t1.functions) then array['content:publish', 'content:write'] else '{}' end
      || case when 'PM' = any (t1.functions) then array['projects:manage'] else '{}' end
      || case when 'OPERATOR' = any (t1.functions) then array['jobs:run'] else '{}' end
      || t1.extra_permissions
    ) as permission
    order by permission
  )))::text
  || '}'
from written as t1;
