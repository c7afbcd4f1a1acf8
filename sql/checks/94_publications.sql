-- rule: 9
-- title: No publication streams a tenant table
-- why: Logical replication passes by row-level security.
-- fix: alter publication … drop table …, or drop publication …
select published.pubname as object, 'publishes ' || relation.oid::regclass as problem
from pg_publication_tables as published
join pg_class as relation on relation.relname = published.tablename and relation.relnamespace = 'public'::regnamespace
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
where published.schemaname = 'public'
