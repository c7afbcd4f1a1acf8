-- rule: 1
-- title: No role of the gateway stands above row-level security
-- why: A superuser or a role with BYPASSRLS reads every tenant's rows, whatever the policies say; the other
--   attributes lead there.
-- fix: alter role … nosuperuser nobypassrls nocreaterole nocreatedb noreplication, or let the server log in as
--   bulkhead_app
select role.rolname as object, 'has ' || attribute.name as problem
from pg_roles as role
cross join lateral (values
  ('SUPERUSER', role.rolsuper),
  ('BYPASSRLS', role.rolbypassrls),
  ('CREATEROLE', role.rolcreaterole),
  ('CREATEDB', role.rolcreatedb),
  ('REPLICATION', role.rolreplication)
) as attribute (name, held)
where attribute.held
  and role.rolname in (
    session_user, current_user, 'bulkhead_app', 'bulkhead_owner', 'bulkhead_platform', 'bulkhead_search'
  )
