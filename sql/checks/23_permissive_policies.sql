-- rule: 2
-- title: Every permissive policy repeats the tenant rule
-- why: Permissive policies are ORed: one that says `true` leaves the floor as the only thing that keeps tenants apart.
--   One may say so: bulkhead_search's own, for reads, where an entity declares full-text search.
-- fix: drop the policy, or let it begin with tenant_id = app.current_tenant() and …
-- Postgres prints a conjunction flat, each part in parentheses: what begins like this cannot be ORed away.
with searched as (
  select to_regclass(entity ->> 'table')::oid as oid
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
  where entity -> 'search' <> 'null'
)
select
  relation.oid::regclass || ' ' || policy.polname as object,
  rule.clause || ' does not begin with the tenant rule' as problem
from pg_policy as policy
join pg_class as relation on relation.oid = policy.polrelid
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
cross join lateral (values
  ('USING', pg_get_expr(policy.polqual, policy.polrelid)),
  ('WITH CHECK', pg_get_expr(policy.polwithcheck, policy.polrelid))
) as rule (clause, expression)
where relation.relnamespace = 'public'::regnamespace
  and policy.polpermissive
  and rule.expression <> '(tenant_id = app.current_tenant())'
  and not starts_with(rule.expression, '((tenant_id = app.current_tenant()) AND ')
  and not (
    policy.polcmd = 'r'
    and policy.polroles = array['bulkhead_search'::regrole::oid]
    and relation.oid in (select oid from searched)
  )
