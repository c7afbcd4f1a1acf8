-- Indexes, without those that a constraint brings along.
select
  format('index %I on %s', c.relname, i.indrelid::regclass) as identity,
  concat_ws(', ', pg_get_indexdef(i.indexrelid), case when not i.indisvalid then 'invalid' end) as definition
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
where c.relnamespace::regnamespace::text = any ($1)
  and not exists (select from pg_constraint as o where o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x'))
