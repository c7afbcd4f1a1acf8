-- Appends one entry to the audit log of the current tenant, with what the transaction's context says of the actor.
-- Reached through the audit triggers only: they run as the owner, who alone may insert.
create function app.audit_entry(tenant uuid, target_type text, action text, target_id text, changes jsonb, meta jsonb)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.audit_logs (
    tenant_id, actor_user_id, actor_type, actor_role, action, target_type, target_id, changes, meta,
    ip_address, user_agent, request_id
  )
  values (
    tenant, app.current_user_id(), case when app.current_user_id() is null then 'SYSTEM' else 'USER' end,
    app.current_role_name(), action, target_type, target_id, changes, meta,
    nullif(current_setting('app.client_ip', true), ''), nullif(current_setting('app.user_agent', true), ''),
    nullif(current_setting('app.request_id', true), '')
  );
end
$$
