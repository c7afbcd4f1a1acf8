-- rule: 0
-- title: Migrations are neither behind nor ahead
-- why: A policy or a grant that this checkout counts on may be missing.
-- fix: bulkhead migrate; where the database is ahead, deploy the gateway that migrated it
-- Reads the revision from the function's body, so that it is answered whoever logs in.
with live as (
  select substring(pg_get_function_sqlbody(function.oid) from '''([^'']+)''') as revision
  from pg_proc as function
  where function.pronamespace = 'app'::regnamespace and function.proname = 'schema_revision'
),
expected as (
  select $1::text::jsonb ->> 'revision' as revision
)
select
  current_database() as object,
  case
    when live.revision > expected.revision
      then format('is at revision %s, ahead of this checkout, which is at %s', live.revision, expected.revision)
    else format('is at revision %s, this checkout at %s: run `bulkhead migrate`', live.revision, expected.revision)
  end as problem
from live, expected
where live.revision is distinct from expected.revision
