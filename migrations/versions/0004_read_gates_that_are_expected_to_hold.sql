-- Frozen. Later changes are later revisions.

drop policy read_gate on public.analytics_events;

drop policy read_gate on public.audit_logs;

drop policy read_gate on public.connections;

drop policy read_gate on public.integrations;

drop policy read_gate on public.sync_jobs;

drop policy read_gate on public.tenants;

drop policy read_gate on public.users;

create policy read_gate on public.tenants as restrictive for select to bulkhead_app
  using (nullif(app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'), false) is not null);

create policy read_gate on public.users as restrictive for select to bulkhead_app
  using (nullif(app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'), false) is not null);

create policy read_gate on public.integrations as restrictive for select to bulkhead_app
  using (nullif(app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'), false) is not null);

create policy read_gate on public.connections as restrictive for select to bulkhead_app
  using (nullif(app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'), false) is not null);

create policy read_gate on public.sync_jobs as restrictive for select to bulkhead_app
  using (nullif(app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'), false) is not null);

create policy read_gate on public.analytics_events as restrictive for select to bulkhead_app
  using (nullif(app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'), false) is not null);

create policy read_gate on public.audit_logs as restrictive for select to bulkhead_app
  using (nullif(app.current_role_name() in ('ADMIN', 'OWNER'), false) is not null);

