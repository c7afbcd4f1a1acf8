-- rule: 4
-- title: Foreign keys between tenant tables carry the tenant
-- why: Foreign-key checks pass by row-level security: without the tenant, a row of one tenant can point at, probe for
--   and be deleted along with a row of another.
-- fix: foreign key (tenant_id, x_id) references … (tenant_id, id)
select
  reference.conrelid::regclass || ' ' || reference.conname as object,
  'does not map tenant_id to tenant_id' as problem
from pg_constraint as reference
join pg_class as source on source.oid = reference.conrelid and source.relnamespace = 'public'::regnamespace
join pg_class as target on target.oid = reference.confrelid and target.relnamespace = 'public'::regnamespace
join pg_attribute as tenant on tenant.attrelid = source.oid and tenant.attname = 'tenant_id'
join pg_attribute as target_tenant on target_tenant.attrelid = target.oid and target_tenant.attname = 'tenant_id'
where reference.contype = 'f'
  and reference.conparentid = 0
  and not exists (
    select from unnest(reference.conkey, reference.confkey) as pair (here, there)
    where pair.here = tenant.attnum and pair.there = target_tenant.attnum
  )
