-- rule: 1
-- title: Requests hold the declared privileges and no others
-- why: Hidden columns and columns that only the platform sets are kept from requests by missing grants.
-- fix: revoke what is named from bulkhead_app, or declare it in the entity and migrate
with declared as (
  select to_regclass(entity ->> 'table') as oid, entity
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
)
select declared.oid::regclass || '.' || col.attname as object, 'bulkhead_app may ' || command || ' it' as problem
from declared
join pg_attribute as col on col.attrelid = declared.oid and col.attnum > 0 and not col.attisdropped
cross join unnest(array['select', 'insert', 'update']) as command
where has_column_privilege('bulkhead_app', declared.oid, col.attnum, command)
  and not declared.entity -> command ? col.attname::text
union all
select declared.oid::text, 'bulkhead_app may delete its rows'
from declared
where has_table_privilege('bulkhead_app', declared.oid, 'delete') and not (declared.entity -> 'delete')::boolean
