-- rule: 1
-- title: bulkhead_owner owns the schema, bulkhead_app owns nothing
-- why: An owner may drop policies, switch row-level security off, and grant what it likes.
-- fix: alter … owner to bulkhead_owner
with extension_member as (
  select classid, objid from pg_depend where deptype = 'e'
),
ours as (
  select 'pg_class'::regclass as classid, oid as objid, oid::regclass::text as object, relowner as owner
  from pg_class
  where relnamespace in ('public'::regnamespace, 'platform'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'pg_proc'::regclass, oid, oid::regprocedure::text, proowner
  from pg_proc
  where pronamespace = 'app'::regnamespace
)
select ours.object, 'is owned by ' || ours.owner::regrole as problem
from ours
left join extension_member using (classid, objid)
where extension_member.objid is null and ours.owner <> 'bulkhead_owner'::regrole
union
select pg_describe_object(owned.classid, owned.objid, 0), 'is owned by bulkhead_app'
from pg_shdepend as owned
left join pg_database as here on here.oid = owned.dbid
where owned.refclassid = 'pg_authid'::regclass and owned.refobjid = 'bulkhead_app'::regrole
  and owned.deptype = 'o'
  and (owned.dbid = 0 or here.datname = current_database())
  and (owned.classid, owned.objid) not in (select ours.classid, ours.objid from ours)
