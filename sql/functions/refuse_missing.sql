-- Refuses a write that names a row which is not there for the caller. The detail is where in the input it is named.
create function app.refuse_missing(place text) returns uuid
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'no such row' using errcode = 'ST003', detail = place;
end
$$
