-- rule: 1
-- title: Requests do not reach the platform's tables
-- why: Credentials and the directory of tenants are kept in the schema platform, across tenants.
-- fix: revoke all on schema platform and on everything in it from bulkhead_app, public
select 'platform' as object, 'bulkhead_app may look into the schema' as problem
where has_schema_privilege('bulkhead_app', 'platform', 'usage')
union all
select oid::regclass::text, 'bulkhead_app holds a privilege on it'
from pg_class
where relnamespace = 'platform'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
  and (
    has_table_privilege('bulkhead_app', oid, 'delete, truncate, trigger')
    or has_any_column_privilege('bulkhead_app', oid, 'select, insert, update, references')
  )
