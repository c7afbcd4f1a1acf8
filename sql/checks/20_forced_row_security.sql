-- rule: 2
-- title: Row-level security is enabled and forced on every table that requests reach
-- why: Where it is off, policies are decoration; where it is not forced, the owner's functions and triggers pass by it.
--   A partition or an inheritance child is asked for its own, not for its parent's.
-- fix: alter table … enable row level security, force row level security
with recursive guarded (oid) as (
  select relation.oid
  from pg_class as relation
  where relation.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    and relation.relkind in ('r', 'p')
    and (
      has_table_privilege('bulkhead_app', relation.oid, 'delete, truncate, trigger')
      or has_any_column_privilege('bulkhead_app', relation.oid, 'select, insert, update, references')
      or relation.relnamespace = 'public'::regnamespace
      and exists (select from pg_attribute where attrelid = relation.oid and attname = 'tenant_id')
    )
  union
  select child.inhrelid
  from guarded
  join pg_inherits as child on child.inhparent = guarded.oid
)
select relation.oid::regclass::text as object, flaw.problem
from guarded
join pg_class as relation using (oid)
cross join lateral (values
  (not relation.relrowsecurity, 'row-level security is not enabled'),
  (not relation.relforcerowsecurity, 'row-level security is not forced')
) as flaw (found, problem)
where relation.relkind in ('r', 'p') and flaw.found
