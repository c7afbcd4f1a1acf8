-- Comments on tables, columns and functions. Objects of Postgres itself have numbers below 16384.
select
  format('comment on %s %s', case type when 'table column' then 'column' else type end, o.identity) as identity,
  description as definition
from pg_description, pg_identify_object(classoid, objoid, objsubid) as o
where objoid >= 16384 and classoid in ('pg_class'::regclass, 'pg_proc'::regclass) and schema = any ($1)
