-- Opens a request that may write: who is asking, and how the audit log will know it, for this transaction only. Called
-- by app/db, before anything else, and by nobody else.
-- On a sharded database only SET LOCAL reaches the workers; elsewhere set_config(…, true) does the same for less.
create function app.set_context(
  tenant_id uuid, user_id uuid, role text, request_id text, client_ip text, user_agent text, timeout_ms integer
) returns void
language plpgsql volatile
as $$
begin
  if current_setting('citus.propagate_set_commands', true) = 'local' then
    execute format(
      'set local app.tenant_id = %L; set local app.user_id = %L; set local app.role = %L; '
      'set local app.request_id = %L; set local app.client_ip = %L; set local app.user_agent = %L; '
      'set local statement_timeout = %s',
      tenant_id, coalesce(user_id::text, ''), coalesce(role, ''),
      coalesce(request_id, ''), coalesce(client_ip, ''), coalesce(user_agent, ''), timeout_ms
    );
  else
    perform
      set_config('app.tenant_id', tenant_id::text, true),
      set_config('app.user_id', coalesce(user_id::text, ''), true),
      set_config('app.role', coalesce(role, ''), true),
      set_config('app.request_id', coalesce(request_id, ''), true),
      set_config('app.client_ip', coalesce(client_ip, ''), true),
      set_config('app.user_agent', coalesce(user_agent, ''), true),
      set_config('statement_timeout', timeout_ms::text, true);
  end if;
end
$$
