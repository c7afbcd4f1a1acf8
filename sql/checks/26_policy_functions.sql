-- rule: 2
-- title: Policies learn who asks from the three context functions alone
-- why: A setting that a policy reads by itself ('' after a commit, or one such as app.is_admin that a caller might
--   reach) decides without them; another function may hide either.
-- fix: use app.current_tenant(), app.current_user_id(), app.current_role_name()
with known (function) as (
  select function.oid
  from pg_proc as function
  where function.pronamespace = 'app'::regnamespace and function.pronargs = 0
    and function.proname in ('current_tenant', 'current_user_id', 'current_role_name')
)
select polrelid::regclass || ' ' || polname as object, 'reads a setting by itself' as problem
from pg_policy
where concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) ~ '\mcurrent_setting\('
union
-- What came with Postgres is not in pg_depend, so these are functions and operators that somebody added.
select
  policy.polrelid::regclass || ' ' || policy.polname,
  'uses ' || pg_describe_object(used.refclassid, used.refobjid, 0)
from pg_policy as policy
join pg_depend as used on used.classid = 'pg_policy'::regclass and used.objid = policy.oid
where used.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
  and used.refobjid not in (select function from known)
