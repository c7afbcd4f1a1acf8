-- rule: 6
-- title: No column has a type whose comparison is leaky
-- why: Under row-level security only leakproof comparisons use an index: of 200,000 rows, filtering an indexed native
--   enum read 20,000 to return 20; as text, 20. A leaky comparison that went first could tell of the values it saw.
-- fix: text with a CHECK for enums, bigint minor units for money, two columns for a range
select
  format('%s.%s', relation.oid::regclass, col.attname) as object,
  'is of type ' || format_type(declared.oid, null) as problem
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
join pg_attribute as col on col.attrelid = relation.oid and col.attnum > 0 and not col.attisdropped
join pg_type as declared on declared.oid = col.atttypid
-- The type itself, what a domain is made of, what an array holds.
join pg_type as held
  on held.oid in (declared.oid, declared.typbasetype, case declared.typcategory when 'A' then declared.typelem end)
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and (held.typtype in ('e', 'r', 'm') or held.oid = 'numeric'::regtype)
