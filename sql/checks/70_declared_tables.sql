-- rule: 7
-- title: The tables of requests are the declared ones
-- why: The gateway names the tenant in every statement, for every table that it knows; it cannot for one it does not.
-- fix: bulkhead migrate; revoke all on … from bulkhead_app, or declare the table
with declared as (
  select entity ->> 'table' as name, to_regclass(entity ->> 'table') as oid
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
)
select declared.name as object, 'is declared, and the database has no such table with a tenant_id' as problem
from declared
where not exists (select from pg_attribute where attrelid = declared.oid and attname = 'tenant_id')
union all
select
  relation.oid::regclass::text,
  'unknown table in public: nothing declares it, and bulkhead_app holds a privilege on it'
from pg_class as relation
where $1::text::jsonb ? 'entities'
  and relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and (
    has_table_privilege('bulkhead_app', relation.oid, 'delete, truncate, trigger')
    or has_any_column_privilege('bulkhead_app', relation.oid, 'select, insert, update, references')
  )
  and not exists (select from declared where declared.oid = relation.oid)
