-- rule: 1
-- title: Requests create nothing, not even temporary tables
-- why: A function, an operator or a table of one's own can stand in for ours, and a temporary table outlives its
--   transaction in a pooled connection.
-- fix: revoke create on schema … from bulkhead_app, public;
--   revoke create, temporary on database … from bulkhead_app, public
select 'schema ' || nspname as object, 'bulkhead_app may create objects in it' as problem
from pg_namespace
where has_schema_privilege('bulkhead_app', oid, 'create')
union all
select 'database ' || current_database(), 'bulkhead_app may create ' || made.what || ' in it'
from (values ('create', 'schemas'), ('temporary', 'temporary tables')) as made (privilege, what)
where has_database_privilege('bulkhead_app', current_database(), made.privilege)
