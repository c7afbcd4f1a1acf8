-- rule: 2
-- title: Row-level security holds for the login that asks
-- why: This is Postgres's own answer for this session, whatever the reason; where it is no, pg_stats shows samples of
--   every tenant's values as well.
-- fix: see the holes above, of the roles and of the table; set row_security to on
select relation.oid::regclass::text as object, 'row-level security does not hold for ' || current_user as problem
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and not row_security_active(relation.oid)
