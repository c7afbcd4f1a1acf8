-- Settings for this transaction only, on a sharded database and its workers. Called by app.set_reader and
-- app.set_context.
create function app.apply_settings(names text[], texts text[]) returns boolean
language plpgsql volatile
as $$
declare
  place integer;
begin
  for place in 1 .. cardinality(names) loop
    execute format('set local %s = %L', names[place], coalesce(texts[place], ''));
  end loop;
  return false;
end
$$
