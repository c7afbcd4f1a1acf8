-- rule: 2
-- title: Every permissive policy repeats the tenant rule
-- why: Permissive policies are ORed: one that says `true` leaves the floor as the only thing that keeps tenants apart.
-- fix: drop the policy, or let it begin with tenant_id = app.current_tenant() and …
-- Postgres prints a conjunction flat, each part in parentheses: what begins like this cannot be ORed away.
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
