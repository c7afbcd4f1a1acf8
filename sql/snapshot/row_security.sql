-- Row-level security: whether it is enabled, and whether it holds for the owner too.
select
  format('row security of %s', oid::regclass) as identity,
  concat_ws(
    ', ', case when relrowsecurity then 'enabled' else 'disabled' end,
    case when relforcerowsecurity then 'forced' else 'not forced' end
  ) as definition
from pg_class
where relkind in ('r', 'p') and relnamespace::regnamespace::text = any ($1)
