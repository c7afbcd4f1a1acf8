with written as (
  update public.users as t1
  set name = $3, extra_permissions = $4, status = $5, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.id = $2
  returning t1.email, t1.name, t1.status, t1.extra_permissions, t1.role, t1.functions
)
select
  '{"email":' || to_json(t1.email)::text
  || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
  || ',"status":"' || t1.status
  || '","extraPermissions":' || to_json(t1.extra_permissions)::text
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
