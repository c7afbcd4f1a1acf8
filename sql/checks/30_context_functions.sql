-- rule: 3
-- title: The context functions are what the policies take them for
-- why: IMMUTABLE ones show one tenant's rows to the next through a reused plan; what Postgres cannot inline runs for
--   every row and can use no index; without nullif, '' raises where it should mean nobody.
-- fix: restore the function from sql/functions/
with expected (name, body) as (
  values
    ('current_tenant', $$RETURN (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid$$),
    ('current_user_id', $$RETURN (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid$$),
    ('current_role_name', $$RETURN NULLIF(current_setting('app.role'::text, true), ''::text)$$)
)
select format('app.%s()', expected.name) as object, flaw.problem
from expected
left join pg_proc as function
  on function.pronamespace = 'app'::regnamespace and function.proname = expected.name and function.pronargs = 0
left join pg_language as language on language.oid = function.prolang
cross join lateral (values
  (function.oid is null, 'does not exist'),
  (function.provolatile <> 's', 'is not STABLE'),
  (language.lanname <> 'sql', 'is not written in SQL'),
  (function.prosecdef, 'is SECURITY DEFINER'),
  (function.proleakproof, 'is LEAKPROOF'),
  (function.proconfig is not null, 'has SET clauses'),
  (pg_get_function_sqlbody(function.oid) is distinct from expected.body, 'does not just return nullif of its setting')
) as flaw (found, problem)
where flaw.found
