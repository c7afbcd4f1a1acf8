-- rule: 5
-- title: Uniques start with tenant_id
-- why: A violation of a global one tells one tenant what another has; ON CONFLICT DO NOTHING tells it silently.
-- fix: unique (tenant_id, …)
select index.indexrelid::regclass::text as object, 'is unique across tenants' as problem
from pg_index as index
join pg_class as relation on relation.oid = index.indrelid and relation.relnamespace = 'public'::regnamespace
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
where (index.indisunique or index.indisexclusion)
  and not index.indisprimary
  and index.indkey[0] <> tenant.attnum
