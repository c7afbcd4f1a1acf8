-- Fills the floor's tables from the views of rows.sql, in the same session.
set session_replication_role = replica;  -- the rows refer to each other by construction
insert into tenants (id, name, created_at, updated_at) select id, name, made_at, made_at from tenant_rows;
insert into users (id, tenant_id, email, name, created_at, updated_at)
select id, tenant_id, email, name, made_at, made_at from user_rows;
insert into connections
  (id, tenant_id, user_id, connection_id, provider, status, metadata, last_sync_at, created_at, updated_at)
select id, tenant_id, user_id, connection_id, provider::provider, status::connection_status, metadata,
  made_at + interval '30 days', made_at, made_at
from connection_rows;
insert into sync_jobs
  (id, tenant_id, connection_id, sync_id, status, records_processed, errors, started_at, completed_at)
select id, tenant_id, connection_id, sync_id, status::sync_status, records_processed, errors, started_at, completed_at
from job_rows;
vacuum analyze;
