-- rule: 9
-- title: SECURITY DEFINER functions are the listed ones, pinned; requests call but those for search and the audit log
-- why: They run with their owner's rights; with a search_path of the caller's, they run the caller's objects so.
--   What requests may call is listed as theirs, or is a search function, to the letter the one that a declared entity
--   has.
-- fix: drop the function, or list it in sql/checks/92_definer_functions.sql with its reason; restore a search function
--   from what app/isolation/search.py makes (bulkhead revision);
--   alter function … set search_path = pg_catalog, pg_temp; revoke execute on function … from public, bulkhead_app
with listed (signature, requests_call, reason) as (
  values
    ('app.audit_change()', false, 'requests may read the audit log but never write to it'),
    ('app.audit_rows()', false, 'requests may read the audit log but never write to it'),
    ('app.audit_statement()', false, 'the same, for rows that come by the thousand'),
    ('app.audit_operation(uuid,text,text,uuid)', true, 'the same, for operations: what it says of who asks is the context'),
    ('app.seal_audit(uuid)', true, 'seals are made of all columns of the log, and written by nobody else'),
    ('app.sign_audit_seal(uuid,integer,text)', true, 'adds a signature to a seal, and changes none'),
    ('app.list_tenant()', false, 'nobody but the owner writes the directory of tenants')
),
searching as (
  select to_regprocedure(entity -> 'search' ->> 'function')::oid as oid, entity -> 'search' ->> 'body' as body
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
)
select function.oid::regprocedure::text as object, flaw.problem
from pg_proc as function
join pg_roles as owner on owner.oid = function.proowner
join pg_language as language on language.oid = function.prolang
left join listed on listed.signature = function.oid::regprocedure::text
left join searching on searching.oid = function.oid
cross join lateral (values
  (listed.signature is null and searching.oid is null, 'is SECURITY DEFINER and not listed'),
  (
    array_position(function.proconfig, 'search_path=pg_catalog, pg_temp') is null,
    'is SECURITY DEFINER without search_path = pg_catalog, pg_temp'
  ),
  (
    owner.rolsuper or owner.rolbypassrls,
    format('is SECURITY DEFINER and owned by %s, who bypasses row-level security', owner.rolname)
  ),
  (
    searching.oid is null and not coalesce(listed.requests_call, false)
      and has_function_privilege('bulkhead_app', function.oid, 'execute'),
    'is SECURITY DEFINER and may be executed by bulkhead_app'
  ),
  (
    (function.prosrc, language.lanname, function.provolatile, cardinality(function.proconfig))
      is distinct from (searching.body, 'plpgsql'::name, 's'::"char", 1) and searching.oid is not null,
    'is not the search function that its entity declares'
  ),
  (
    searching.oid is not null and exists (
      select from aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) as granted
      where granted.grantee not in ('bulkhead_app'::regrole, function.proowner)
    ),
    'is a search function, and others than bulkhead_app may execute it'
  )
) as flaw (found, problem)
where function.prosecdef
  and function.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  and flaw.found
