-- Before the first migration: the roles, which belong to the whole cluster, and the schemas. Takes a superuser, or a
-- login with CREATEROLE that owns the database, as managed servers have it. Runs again without harm.
-- None of the roles is granted anything of another.
--   bulkhead_owner     owns everything and migrates; does not log in: a migrating login does SET ROLE
--   bulkhead_app       serves requests; owns nothing, bypasses nothing
--   bulkhead_platform  platform work (provisioning, sign-in); does not log in
--   bulkhead_search    owns the search functions and nothing else; does not log in
-- The schemas: app holds functions that policies and statements call, platform holds tables that no request reaches.
do $$
begin
  if to_regrole('bulkhead_owner') is null then
    create role bulkhead_owner nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
  if to_regrole('bulkhead_app') is null then
    create role bulkhead_app login nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
  if to_regrole('bulkhead_platform') is null then
    create role bulkhead_platform nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
  if to_regrole('bulkhead_search') is null then
    create role bulkhead_search nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
  -- A superuser may become any role. Any other login becomes those that it made only as a member of them.
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant bulkhead_owner, bulkhead_platform, bulkhead_search to %I', current_user);
  end if;
  execute format('grant connect on database %I to bulkhead_owner, bulkhead_app, bulkhead_platform', current_database());
  execute format('revoke temporary on database %I from public', current_database());
  -- JSON carries times in UTC, whatever the server's zone.
  execute format('alter role bulkhead_app in database %I set timezone = ''UTC''', current_database());
  -- A request has one core: what takes more for itself takes it from others. And what JIT compiles for a second is run
  -- for milliseconds.
  execute format(
    'alter role bulkhead_app in database %I set max_parallel_workers_per_gather = 0', current_database()
  );
  execute format('alter role bulkhead_app in database %I set jit = off', current_database());
  -- Statements are planned as Postgres sees fit. A plan that knows no value starts no search at the beginning of a text,
  -- and expects of every tenant what the average one has: tests/size, at a million rows.
  execute format('alter role bulkhead_app in database %I reset plan_cache_mode', current_database());
end
$$;
grant usage, create on schema public to bulkhead_owner;
create schema if not exists app authorization bulkhead_owner;
create schema if not exists platform authorization bulkhead_owner;
grant usage on schema app to bulkhead_app, bulkhead_platform, bulkhead_search;
grant usage on schema platform to bulkhead_platform;
-- A new function is nobody's to call until it is granted.
alter default privileges for role bulkhead_owner revoke execute on functions from public;
alter default privileges for role bulkhead_search revoke execute on functions from public;
