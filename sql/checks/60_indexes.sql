-- rule: 6
-- title: Indexes start with tenant_id
-- why: Every filter begins with the tenant; an index that does not reads all tenants' entries to find one's.
-- fix: create index on … (tenant_id, …)
select index.indexrelid::regclass::text as object, 'does not start with tenant_id' as problem
from pg_index as index
join pg_class as relation on relation.oid = index.indrelid and relation.relnamespace = 'public'::regnamespace
join pg_class as made on made.oid = index.indexrelid
join pg_am as method on method.oid = made.relam
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
where not (index.indisunique or index.indisexclusion)
  and index.indkey[0] <> tenant.attnum
  -- These hold words or vectors and take no uuid in front. The tenant is one of the words; of vectors, as many are read
  -- as it takes to have enough of the tenant's.
  and method.amname not in ('gin', 'hnsw', 'ivfflat')
