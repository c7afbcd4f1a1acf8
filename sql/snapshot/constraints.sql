-- Keys, uniques and checks. NOT NULL is left out: columns.sql tells it, and only PostgreSQL 18 makes a constraint of it.
select
  format('constraint %I on %s', conname, conrelid::regclass) as identity,
  pg_get_constraintdef(oid) as definition
from pg_constraint
where conrelid <> 0 and contype not in ('n', 't') and connamespace::regnamespace::text = any ($1)
