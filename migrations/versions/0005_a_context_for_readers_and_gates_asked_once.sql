-- Frozen. Later changes are later revisions.

drop policy read_gate on public.analytics_events;

drop policy read_gate on public.audit_logs;

drop policy read_gate on public.connections;

drop policy read_gate on public.integrations;

drop policy read_gate on public.sync_jobs;

drop policy read_gate on public.tenants;

drop policy read_gate on public.users;

-- Opens a request that may write: who is asking, and how the audit log will know it, for this transaction only. Called
-- by app/db, before anything else, and by nobody else.
-- On a sharded database only SET LOCAL reaches the workers; elsewhere set_config(…, true) does the same for less.
create or replace function app.set_context(
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
$$;

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
$$;

revoke all on function app.set_reader(uuid,uuid,text,integer) from public;

create policy read_gate on public.tenants as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy read_gate on public.users as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy read_gate on public.integrations as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy read_gate on public.connections as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy read_gate on public.sync_jobs as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy read_gate on public.analytics_events as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy read_gate on public.audit_logs as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('ADMIN', 'OWNER') then app.current_tenant() end);

grant execute on function app.set_reader(uuid,uuid,text,integer) to bulkhead_app;

grant execute on function app.set_reader(uuid,uuid,text,integer) to bulkhead_platform;

