-- rule: 9
-- title: SECURITY DEFINER functions are the listed ones, pinned, and called by triggers only
-- why: They run with their owner's rights; with a search_path of the caller's, they run the caller's objects so.
-- fix: drop the function, or list it in sql/checks/92_definer_functions.sql with its reason;
--   alter function … set search_path = pg_catalog, pg_temp; revoke execute on function … from public, bulkhead_app
with listed (signature, reason) as (
  values
    ('app.audit_row()', 'requests may read the audit log but never write to it'),
    ('app.audit_statement()', 'the same, for rows that come by the thousand'),
    ('app.list_tenant()', 'nobody but the owner writes the directory of tenants')
)
select function.oid::regprocedure::text as object, flaw.problem
from pg_proc as function
join pg_roles as owner on owner.oid = function.proowner
left join listed on listed.signature = function.oid::regprocedure::text
cross join lateral (values
  (listed.signature is null, 'is SECURITY DEFINER and not listed'),
  (
    array_position(function.proconfig, 'search_path=pg_catalog, pg_temp') is null,
    'is SECURITY DEFINER without search_path = pg_catalog, pg_temp'
  ),
  (
    owner.rolsuper or owner.rolbypassrls,
    format('is SECURITY DEFINER and owned by %s, who bypasses row-level security', owner.rolname)
  ),
  (
    has_function_privilege('bulkhead_app', function.oid, 'execute'),
    'is SECURITY DEFINER and may be executed by bulkhead_app'
  )
) as flaw (found, problem)
where function.prosecdef
  and function.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  and flaw.found
