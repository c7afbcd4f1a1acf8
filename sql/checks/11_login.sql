-- rule: 1
-- title: The server logs in as bulkhead_app, or as a login that holds no more
-- why: The other checks judge bulkhead_app. RESET ROLE gives a session back whatever its login holds.
-- fix: point DATABASE_URL at bulkhead_app, or at a login that is a member of bulkhead_app and of nothing else
with login as (
  select oid, rolname as name
  from pg_roles
  where rolname in (session_user, current_user) and rolname <> 'bulkhead_app'
),
here as (
  select oid from pg_database where datname = current_database()
)
select login.name as object, 'the server logs in as it, and it is not bulkhead_app or a member of it' as problem
from login
where not pg_has_role(login.oid, 'bulkhead_app', 'usage')
union all
select login.name, format('the server logs in as it, and it %s %s objects of this database', hold.verb, count(*))
from login
join pg_shdepend as held on held.refclassid = 'pg_authid'::regclass and held.refobjid = login.oid
join here on here.oid = held.dbid
join (values ('o'::"char", 'owns'), ('a', 'has grants on')) as hold (deptype, verb) on hold.deptype = held.deptype
group by login.name, hold.verb
