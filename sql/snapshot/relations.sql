-- Tables, views and sequences: who owns them, how they are kept, what a view shows.
select
  format(
    '%s %s',
    case relkind
      when 'r' then 'table' when 'p' then 'partitioned table' when 'f' then 'foreign table'
      when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
    end,
    oid::regclass
  ) as identity,
  concat_ws(
    ', ', 'owner ' || relowner::regrole, 'persistence ' || relpersistence::text, reloptions::text,
    case when relkind in ('v', 'm') then pg_get_viewdef(oid) end
  ) as definition
from pg_class
where relkind in ('r', 'p', 'f', 'v', 'm', 'S') and relnamespace::regnamespace::text = any ($1)
