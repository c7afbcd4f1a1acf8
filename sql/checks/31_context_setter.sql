-- rule: 3
-- title: Only requests and the platform may set the context
-- why: Whoever sets the tenant is the tenant.
-- fix: revoke execute on function app.apply_settings, app.set_context, app.set_reader from …
select
  function.oid::regprocedure::text as object,
  'may be executed by ' || case granted.grantee when 0 then 'PUBLIC' else granted.grantee::regrole::text end as problem
from pg_proc as function
cross join aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) as granted
where function.pronamespace = 'app'::regnamespace and function.proname in ('apply_settings', 'set_context', 'set_reader')
  and granted.grantee not in ('bulkhead_app'::regrole, 'bulkhead_platform'::regrole, function.proowner)
