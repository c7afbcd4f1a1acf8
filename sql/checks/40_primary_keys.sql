-- rule: 4
-- title: Primary keys start with tenant_id
-- why: An id alone is taken for all tenants at once, which tells one of the other; a sharded Postgres refuses it.
-- fix: primary key (tenant_id, id)
select
  relation.oid::regclass::text as object,
  case
    when index.indexrelid is null then 'has no primary key'
    else 'its primary key does not start with tenant_id'
  end as problem
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
left join pg_index as index on index.indrelid = relation.oid and index.indisprimary
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and index.indkey[0] is distinct from tenant.attnum
