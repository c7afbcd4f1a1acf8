-- rule: 9
-- title: Requests may call the listed functions and no others
-- why: Functions are open to PUBLIC unless somebody closes them; one that sets the context is a door.
-- fix: revoke execute on function … from public, bulkhead_app; if requests must call it, list it in
--   app/isolation/grants.py and in sql/checks/93_callable_functions.sql
-- A list of its own, not the one that makes the grants: a mistake there is to be noticed here. To it come the search
-- functions of the declared entities, which 92 compares to the letter.
with listed (signature, reason) as (
  values
    ('app.current_tenant()', 'policies call it'),
    ('app.current_user_id()', 'policies call it'),
    ('app.current_role_name()', 'policies call it'),
    ('app.new_id()', 'makes ids, as a default'),
    ('app.refuse_missing(text)', 'a write that names a row which is not there calls it'),
    ('app.each_fits(text[],integer,integer,text)', 'checks call it'),
    ('app.apply_settings(text[],text[])', 'the next two call it on a sharded database'),
    ('app.set_context(uuid,uuid,text,text,text,text,integer)', 'opens a request that may write'),
    ('app.set_reader(uuid,uuid,text,integer)', 'opens a request that reads'),
    ('app.audit_operation(uuid,text,text,uuid)', 'notes an operation in the audit log'),
    ('app.seal_audit(uuid)', 'seals the audit log'),
    ('app.sign_audit_seal(uuid,integer,text)', 'signs a seal of it'),
    ('app.search_query(regconfig,text,boolean)', 'makes a query of a text'),
    ('app.schema_revision()', 'tells whether migrations are behind')
),
searching as (
  select to_regprocedure(entity -> 'search' ->> 'function')::oid as oid
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
)
select function.oid::regprocedure::text as object, 'may be called by bulkhead_app and is not listed' as problem
from pg_proc as function
left join listed on listed.signature = function.oid::regprocedure::text
where has_function_privilege('bulkhead_app', function.oid, 'execute')
  and function.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  and listed.signature is null
  and function.oid not in (select oid from searching where oid is not null)
  and not exists (
    select from pg_depend as member
    where member.classid = 'pg_proc'::regclass and member.objid = function.oid and member.deptype = 'e'
  )
