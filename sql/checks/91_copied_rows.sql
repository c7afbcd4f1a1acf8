-- rule: 9
-- title: Requests reach no copy of rows and no other server
-- why: A materialized view or a foreign table has no policies.
-- fix: revoke all on … from bulkhead_app, public
select
  oid::regclass::text as object,
  'bulkhead_app reaches this ' || case relkind when 'm' then 'materialized view' else 'foreign table' end as problem
from pg_class
where relkind in ('m', 'f')
  and (
    has_table_privilege('bulkhead_app', oid, 'delete')
    or has_any_column_privilege('bulkhead_app', oid, 'select, insert, update')
  )
union all
select 'server ' || srvname, 'bulkhead_app may use this foreign server'
from pg_foreign_server
where has_server_privilege('bulkhead_app', oid, 'usage')
