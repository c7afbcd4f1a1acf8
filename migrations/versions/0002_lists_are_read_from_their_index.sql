-- Frozen. Later changes are later revisions.

-- The name is for what a seat may do in all: role, functions, and these.
alter table public.users rename column permissions to extra_permissions;

drop index public.analytics_events_event_type_timestamp_idx;

drop index public.analytics_events_source_id_idx;

drop index public.analytics_events_timestamp_idx;

drop index public.audit_logs_action_idx;

drop index public.audit_logs_actor_user_id_idx;

drop index public.audit_logs_created_at_idx;

drop index public.audit_logs_target_type_target_id_idx;

drop index public.connections_provider_status_idx;

drop index public.connections_status_idx;

drop index public.connections_user_id_idx;

drop index public.integrations_status_idx;

drop index public.sync_jobs_connection_id_started_at_idx;

drop index public.sync_jobs_status_idx;

drop index public.users_identity_id_idx;

drop index public.users_role_idx;

drop index public.users_status_idx;

CREATE INDEX analytics_events_event_type_timestamp_idx ON public.analytics_events (tenant_id, event_type, timestamp, id);

CREATE INDEX analytics_events_source_id_idx ON public.analytics_events (tenant_id, source_id, id);

CREATE INDEX analytics_events_timestamp_idx ON public.analytics_events (tenant_id, timestamp, id);

CREATE INDEX audit_logs_action_idx ON public.audit_logs (tenant_id, action, id);

CREATE INDEX audit_logs_actor_user_id_idx ON public.audit_logs (tenant_id, actor_user_id, id);

CREATE INDEX audit_logs_created_at_idx ON public.audit_logs (tenant_id, created_at, id);

CREATE INDEX audit_logs_target_type_target_id_idx ON public.audit_logs (tenant_id, target_type, target_id, id);

CREATE INDEX connections_provider_status_idx ON public.connections (tenant_id, provider, status, id);

CREATE INDEX connections_status_idx ON public.connections (tenant_id, status, id);

CREATE INDEX connections_user_id_idx ON public.connections (tenant_id, user_id, id);

CREATE INDEX integrations_status_idx ON public.integrations (tenant_id, status, id);

CREATE INDEX sync_jobs_completed_at_idx ON public.sync_jobs (tenant_id, completed_at, id);

CREATE INDEX sync_jobs_connection_id_started_at_idx ON public.sync_jobs (tenant_id, connection_id, started_at, id);

CREATE INDEX sync_jobs_started_at_idx ON public.sync_jobs (tenant_id, started_at, id);

CREATE INDEX sync_jobs_status_idx ON public.sync_jobs (tenant_id, status, id);

CREATE INDEX sync_jobs_status_started_at_desc_idx ON public.sync_jobs (tenant_id, status, started_at desc, id desc);

CREATE INDEX users_email_prefix_idx ON public.users (tenant_id, email collate "C", id);

CREATE INDEX users_identity_id_idx ON public.users (tenant_id, identity_id, id);

CREATE INDEX users_name_prefix_idx ON public.users (tenant_id, name collate "C", id);

CREATE INDEX users_role_idx ON public.users (tenant_id, role, id);

CREATE INDEX users_status_idx ON public.users (tenant_id, status, id);
