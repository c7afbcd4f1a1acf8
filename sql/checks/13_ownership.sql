-- rule: 1
-- title: bulkhead_owner owns the schema, bulkhead_search its functions, bulkhead_app nothing
-- why: An owner may drop policies, switch row-level security off, and grant what it likes.
-- fix: alter … owner to bulkhead_owner
with extension_member as (
  select classid, objid from pg_depend where deptype = 'e'
),
search_function as (
  select to_regprocedure(entity -> 'search' ->> 'function')::oid as oid
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
),
ours as (
  select
    'pg_class'::regclass as classid, oid as objid, oid::regclass::text as object, relowner as owner,
    'bulkhead_owner'::regrole as expected
  from pg_class
  where relnamespace in ('public'::regnamespace, 'platform'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select
    'pg_proc'::regclass, oid, oid::regprocedure::text, proowner,
    case when search_function.oid is null then 'bulkhead_owner' else 'bulkhead_search' end::regrole
  from pg_proc
  left join search_function using (oid)
  where pronamespace = 'app'::regnamespace
)
select ours.object, 'is owned by ' || ours.owner::regrole as problem
from ours
left join extension_member using (classid, objid)
where extension_member.objid is null and ours.owner <> ours.expected
union
select pg_describe_object(owned.classid, owned.objid, 0), 'is owned by ' || owned.refobjid::regrole
from pg_shdepend as owned
left join pg_database as here on here.oid = owned.dbid
where owned.refclassid = 'pg_authid'::regclass
  and owned.refobjid in ('bulkhead_app'::regrole, 'bulkhead_search'::regrole)
  -- What will be granted on its functions, sql/bootstrap.sql says; 18 looks into it.
  and (owned.classid <> 'pg_default_acl'::regclass or owned.refobjid <> 'bulkhead_search'::regrole)
  and owned.deptype = 'o'
  and (owned.dbid = 0 or here.datname = current_database())
  and (owned.classid, owned.objid) not in (select ours.classid, ours.objid from ours)
