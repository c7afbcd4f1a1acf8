-- rule: 2
-- title: No policy has a sub-select
-- why: It runs for every row, under other policies and locks, and a tenant-sharded Postgres refuses it.
-- fix: say it with columns of the row and app.current_tenant(), app.current_user_id(), app.current_role_name()
select polrelid::regclass || ' ' || polname as object, 'has a sub-select' as problem
from pg_policy
where position('{SUBLINK ' in concat(polqual, polwithcheck)) > 0
