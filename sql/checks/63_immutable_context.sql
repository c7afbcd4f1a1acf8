-- rule: 6
-- title: No IMMUTABLE function reads the context
-- why: It is computed once, when a plan is made, and the plan is used again for the next tenant.
-- fix: alter function … stable
select oid::regprocedure::text as object, 'is IMMUTABLE and reads the context' as problem
from pg_proc
where provolatile = 'i'
  and pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  and concat(prosrc, pg_get_function_sqlbody(oid)) ~* 'current_setting|current_tenant|current_user_id|current_role_name'
