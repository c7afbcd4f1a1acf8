-- rule: 2
-- title: Requests reach tenant tables only
-- why: A table without tenant_id has no floor, and outside the schema public no other check looks for one.
-- fix: revoke all on … from bulkhead_app, or give the table a tenant_id and move it to public
select relation.oid::regclass::text as object, flaw.problem
from pg_class as relation
cross join lateral (values
  (relation.relnamespace <> 'public'::regnamespace, 'bulkhead_app holds a privilege on it, and it is not in public'),
  (
    not exists (select from pg_attribute where attrelid = relation.oid and attname = 'tenant_id'),
    'bulkhead_app holds a privilege on it, and it has no tenant_id'
  )
) as flaw (found, problem)
where relation.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  and relation.relkind in ('r', 'p')
  and (
    has_table_privilege('bulkhead_app', relation.oid, 'delete')
    or has_any_column_privilege('bulkhead_app', relation.oid, 'select, insert, update')
  )
  and flaw.found
