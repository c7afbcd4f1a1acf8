-- rule: 6
-- title: The search role reads the words of the declared tables, and nothing else
-- why: It stands beside the tenant floor, so that `@@` can use an index: what it may read, it may read of all tenants.
--   Its functions give the keys of one; a column more would be open to a mistake in them.
-- fix: revoke all on … from bulkhead_search, public; alter role bulkhead_search nologin
with searched as (
  select to_regclass(entity ->> 'table')::oid as oid, entity -> 'search' -> 'columns' as columns
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
  where entity -> 'search' <> 'null'
),
ours as (
  select oid, oid::regclass::text as name
  from pg_class
  where relkind in ('r', 'p', 'v', 'm', 'f')
    and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    and not exists (
      select from pg_depend as member
      where member.classid = 'pg_class'::regclass and member.objid = pg_class.oid and member.deptype = 'e'
    )
)
select rolname as object, 'may log in' as problem
from pg_roles
where rolname = 'bulkhead_search' and rolcanlogin
union all
select 'platform', 'bulkhead_search may look into the schema'
where has_schema_privilege('bulkhead_search', 'platform', 'usage')
union all
select ours.name || '.' || col.attname, 'bulkhead_search may read it'
from ours
join pg_attribute as col on col.attrelid = ours.oid and col.attnum > 0 and not col.attisdropped
left join searched using (oid)
where has_column_privilege('bulkhead_search', ours.oid, col.attnum, 'select')
  and not coalesce(searched.columns ? col.attname::text, false)
union all
select name, 'bulkhead_search may write to it'
from ours
where has_table_privilege('bulkhead_search', oid, 'delete, truncate, trigger')
  or has_any_column_privilege('bulkhead_search', oid, 'insert, update, references')
