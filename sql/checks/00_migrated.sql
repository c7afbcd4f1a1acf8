-- rule: 0
-- title: The database was migrated
-- why: Roles, policies and tables are made by the migrations; before the first there is nothing to examine.
-- fix: bulkhead migrate
select current_database() as object, 'this database was never migrated: run `bulkhead migrate`' as problem
where not exists (
  select from pg_proc as function
  join pg_namespace as schema on schema.oid = function.pronamespace
  where schema.nspname = 'app' and function.proname = 'schema_revision'
)
