-- Refuses a change of status that the declaration does not allow; the trigger's condition tells which those are.
-- Arguments: the column, and what may follow each of its values, as JSON. The detail names states, which are words of
-- the schema, and no other value of the row.
create function app.refuse_transition() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  was text := to_jsonb(old) ->> tg_argv[0];
begin
  raise exception 'illegal transition' using
    errcode = 'ST001',
    detail = jsonb_build_object(
      'column', tg_argv[0], 'from', was, 'to', to_jsonb(new) ->> tg_argv[0],
      'allowed', coalesce(tg_argv[1]::jsonb -> was, '[]')
    );
end
$$
