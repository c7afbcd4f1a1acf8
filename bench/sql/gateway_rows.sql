-- Fills the gateway's tables from the views of rows.sql, in the same session. What these do not tell keeps its default.
set session_replication_role = replica;  -- no audit entries, and the rows refer to each other by construction
insert into public.tenants (tenant_id, name, slug, created_at, updated_at)
select id, name, slug, made_at, made_at from tenant_rows;
insert into public.users (id, tenant_id, email, name, created_at, updated_at)
select id, tenant_id, email, name, made_at, made_at from user_rows;
insert into public.connections
  (id, tenant_id, user_id, connection_id, provider, status, metadata, last_sync_at, created_at, updated_at)
select id, tenant_id, user_id, connection_id, provider, status, metadata, made_at + interval '30 days', made_at, made_at
from connection_rows;
insert into public.sync_jobs
  (id, tenant_id, connection_id, sync_id, status, records_processed, errors, started_at, completed_at, created_at,
   updated_at)
select id, tenant_id, connection_id, sync_id, status, records_processed, errors, started_at, completed_at, started_at,
  started_at
from job_rows;
vacuum analyze;
