-- Opens a request: who is asking, for this transaction only. Called by app/db, right after BEGIN, and by nobody else.
-- SET LOCAL rather than set_config(…, true): only the former reaches the workers of a sharded database.
create function app.set_context(
  tenant_id uuid, user_id uuid, role text, request_id text, client_ip text, user_agent text, timeout_ms integer
) returns void
language plpgsql volatile
as $$
begin
  execute format(
    'set local app.tenant_id = %L; set local app.user_id = %L; set local app.role = %L; '
    'set local app.request_id = %L; set local app.client_ip = %L; set local app.user_agent = %L; '
    'set local statement_timeout = %s',
    tenant_id, coalesce(user_id::text, ''), coalesce(role, ''),
    coalesce(request_id, ''), coalesce(client_ip, ''), coalesce(user_agent, ''), timeout_ms
  );
end
$$
