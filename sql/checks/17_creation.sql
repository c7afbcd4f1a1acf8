-- rule: 1
-- title: Requests create nothing, not even temporary tables, nor does the search role
-- why: A function, an operator or a table of one's own can stand in for ours, and a temporary table outlives its
--   transaction in a pooled connection.
-- fix: revoke create on schema … from bulkhead_app, bulkhead_search, public;
--   revoke create, temporary on database … from bulkhead_app, bulkhead_search, public
with creator (name) as (
  values ('bulkhead_app'), ('bulkhead_search')
)
select 'schema ' || nspname as object, creator.name || ' may create objects in it' as problem
from pg_namespace
cross join creator
where has_schema_privilege(creator.name, oid, 'create')
union all
select 'database ' || current_database(), format('%s may create %s in it', creator.name, made.what)
from (values ('create', 'schemas'), ('temporary', 'temporary tables')) as made (privilege, what)
cross join creator
where has_database_privilege(creator.name, current_database(), made.privilege)
