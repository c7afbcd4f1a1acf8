-- rule: 4
-- title: Every foreign key within the tenant has an index to delete by
-- why: Otherwise deleting one row of one tenant reads the referring table of all of them.
-- fix: create index on … (tenant_id, x_id)
select reference.conrelid::regclass || ' ' || reference.conname as object, 'no index starts with its columns' as problem
from pg_constraint as reference
join pg_class as source on source.oid = reference.conrelid and source.relnamespace = 'public'::regnamespace
join pg_class as target on target.oid = reference.confrelid and target.relnamespace = 'public'::regnamespace
join pg_attribute as tenant on tenant.attrelid = source.oid and tenant.attname = 'tenant_id'
where reference.contype = 'f'
  and reference.conparentid = 0
  and not exists (
    select from pg_index as index
    -- indkey counts from 0.
    cross join lateral (select (index.indkey::int2[])[0:cardinality(reference.conkey) - 1]) as head (columns)
    where index.indrelid = source.oid
      and index.indisvalid
      and index.indpred is null
      and head.columns @> reference.conkey and head.columns <@ reference.conkey
  )
