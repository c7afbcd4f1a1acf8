-- Refuses a change of a row by who may only delete it, where that is an update too; the trigger's condition tells which.
create function app.refuse_update() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'only to be deleted' using errcode = 'insufficient_privilege';
end
$$
