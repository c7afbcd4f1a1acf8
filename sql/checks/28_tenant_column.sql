-- rule: 2
-- title: Every row says whose it is
-- why: A row without a tenant belongs to nobody, and foreign keys with a NULL in them are not checked at all.
-- fix: alter table … alter column tenant_id set not null
select relation.oid::regclass::text as object, 'tenant_id may be NULL' as problem
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and not tenant.attnotnull
