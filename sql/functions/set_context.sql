-- Opens a request that may write: who is asking, and how the audit log will know it, for this transaction only. Called
-- by app/db, before anything else, and by nobody else.
-- On a sharded database only SET LOCAL reaches the workers; elsewhere set_config(…, true) does the same for less. One
-- expression, which Postgres puts in the place of the call: a function in PL/pgSQL would take half as long again. No
-- set_config is null, so `or` makes them all.
create function app.set_context(
  tenant_id uuid, user_id uuid, role text, request_id text, client_ip text, user_agent text, timeout_ms integer
) returns boolean
language sql volatile
as $$
  select case
    when current_setting('citus.propagate_set_commands', true) = 'local' then
      app.apply_settings(
        array[
          'app.tenant_id', 'app.user_id', 'app.role', 'app.request_id', 'app.client_ip', 'app.user_agent',
          'statement_timeout'
        ],
        array[tenant_id::text, user_id::text, role, request_id, client_ip, user_agent, timeout_ms::text]
      )
    else
      set_config('app.tenant_id', coalesce(tenant_id::text, ''), true) is null
      or set_config('app.user_id', coalesce(user_id::text, ''), true) is null
      or set_config('app.role', coalesce(role, ''), true) is null
      or set_config('app.request_id', coalesce(request_id, ''), true) is null
      or set_config('app.client_ip', coalesce(client_ip, ''), true) is null
      or set_config('app.user_agent', coalesce(user_agent, ''), true) is null
      or set_config('statement_timeout', timeout_ms::text, true) is null
  end
$$
