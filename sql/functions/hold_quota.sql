-- After rows were added, or restored: refuses them when the tenant has more of them now than it may.
-- Arguments: the table, the column of tenants that says how many, and the column that says when a row was deleted, if
-- there is one: such rows do not count. Whoever adds at the same time waits here, and then counts what the other has
-- left; the lock ends with the transaction.
create function app.hold_quota() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  tenant uuid;
  most integer;
  found integer;
  counted text := case when tg_nargs > 2 then format(' and %I is null', tg_argv[2]) else '' end;
begin
  for tenant in select distinct tenant_id from added loop
    perform pg_advisory_xact_lock(hashtextextended(tenant::text || tg_argv[0], 0));
    execute format('select %I from public.tenants where tenant_id = $1', tg_argv[1]) into most using tenant;
    execute format('select count(*) from public.%I where tenant_id = $1', tg_argv[0]) || counted
      into found using tenant;
    if found > most then
      raise exception 'quota exceeded' using
        errcode = 'ST002', detail = jsonb_build_object('quota', tg_argv[1], 'most', most);
    end if;
  end loop;
  return null;
end
$$
