-- Keeps a table append-only for everybody, its owner and superusers included.
create function app.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$$
