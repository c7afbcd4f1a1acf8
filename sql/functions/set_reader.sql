-- Opens a request that reads: who is asking, for this transaction only, which may not write any more. Called by app/db,
-- before anything is read, and by nobody else.
-- On a sharded database only SET LOCAL reaches the workers; elsewhere set_config(…, true) does the same for less.
create function app.set_reader(tenant_id uuid, user_id uuid, role text, timeout_ms integer) returns void
language plpgsql volatile
as $$
begin
  if current_setting('citus.propagate_set_commands', true) = 'local' then
    execute format(
      'set local app.tenant_id = %L; set local app.user_id = %L; set local app.role = %L; '
      'set local statement_timeout = %s; set local transaction_read_only = on',
      tenant_id, coalesce(user_id::text, ''), coalesce(role, ''), timeout_ms
    );
  else
    perform
      set_config('app.tenant_id', tenant_id::text, true),
      set_config('app.user_id', coalesce(user_id::text, ''), true),
      set_config('app.role', coalesce(role, ''), true),
      set_config('statement_timeout', timeout_ms::text, true),
      set_config('transaction_read_only', 'on', true);
  end if;
end
$$
