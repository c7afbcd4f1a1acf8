-- rule: 1
-- title: No role of the gateway is granted another
-- why: A member inherits or, with SET ROLE, becomes what it was granted; pg_read_all_data and its like read everything.
-- fix: revoke the role that is named from its member
with recursive requests_role as (
  select oid
  from pg_roles
  where rolname in (session_user, current_user, 'bulkhead_app')
),
reached (member, role) as (
  select granted.member, granted.roleid
  from pg_auth_members as granted
  join requests_role on requests_role.oid = granted.member
  union
  select reached.member, granted.roleid
  from reached
  join pg_auth_members as granted on granted.member = reached.role
)
select reached.member::regrole::text as object, 'is a member of ' || reached.role::regrole as problem
from reached
where reached.role <> 'bulkhead_app'::regrole
union
select granted.member::regrole::text, 'is a member of ' || granted.roleid::regrole
from pg_auth_members as granted
where granted.member in ('bulkhead_owner'::regrole, 'bulkhead_platform'::regrole, 'bulkhead_search'::regrole)
  and granted.roleid in (
    'bulkhead_app'::regrole, 'bulkhead_owner'::regrole, 'bulkhead_platform'::regrole, 'bulkhead_search'::regrole
  )
  -- From 16 on, whoever creates a role is granted its administration by the bootstrap superuser, and no more.
  -- Asked through JSON because 15 has no such columns.
  and not (
    granted.grantor = 10
    and to_jsonb(granted) @> '{"admin_option": true, "inherit_option": false, "set_option": false}'
  )
