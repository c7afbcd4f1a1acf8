-- Opens a request that reads: who is asking, for this transaction only, which may not write any more. Called by app/db,
-- before anything is read, and by nobody else.
-- On a sharded database only SET LOCAL reaches the workers; elsewhere set_config(…, true) does the same for less. One
-- expression, which Postgres puts in the place of the call: a function in PL/pgSQL would take half as long again. No
-- set_config is null, so `or` makes them all.
create function app.set_reader(tenant_id uuid, user_id uuid, role text, timeout_ms integer) returns boolean
language sql volatile
as $$
  select case
    when current_setting('citus.propagate_set_commands', true) = 'local' then
      app.apply_settings(
        array['app.tenant_id', 'app.user_id', 'app.role', 'statement_timeout', 'transaction_read_only'],
        array[tenant_id::text, user_id::text, role, timeout_ms::text, 'on']
      )
    else
      set_config('app.tenant_id', coalesce(tenant_id::text, ''), true) is null
      or set_config('app.user_id', coalesce(user_id::text, ''), true) is null
      or set_config('app.role', coalesce(role, ''), true) is null
      or set_config('statement_timeout', timeout_ms::text, true) is null
      or set_config('transaction_read_only', 'on', true) is null
  end
$$
