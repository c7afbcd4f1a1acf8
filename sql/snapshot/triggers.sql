-- Triggers, and whether they fire.
select
  format('trigger %I on %s', tgname, tgrelid::regclass) as identity,
  concat_ws(', ', pg_get_triggerdef(t.oid), case when tgenabled <> 'O' then 'enabled ' || tgenabled::text end) as definition
from pg_trigger as t
join pg_class as c on c.oid = tgrelid
where not tgisinternal and c.relnamespace::regnamespace::text = any ($1)
