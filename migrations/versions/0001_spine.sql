-- Frozen. Later changes are later revisions.

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
$$;

-- After a row changed: one audit entry with the fields that changed, before and after.
-- Arguments: the entity's name, its name in actions, the key column, then the columns whose values are secret.
-- SECURITY DEFINER because requests may read the log but never write to it.
create function app.audit_row() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  old_row jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  new_row jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end;
  some_row jsonb := case when tg_op = 'DELETE' then old_row else new_row end;
  secrets text[] := tg_argv[3:];
  before jsonb;
  after jsonb;
begin
  -- A key that is missing counts as null: of a new or deleted row, only what had a value is told.
  select
    jsonb_object_agg(key, case when key = any (secrets) and was <> 'null' then '"***"' else was end),
    jsonb_object_agg(key, case when key = any (secrets) and became <> 'null' then '"***"' else became end)
  into before, after
  from (
    select key, coalesce(old_row -> key, 'null') as was, coalesce(new_row -> key, 'null') as became
    from jsonb_object_keys(some_row) as key
    where key not in ('tenant_id', 'created_at', 'updated_at')
  ) as field
  where was <> became;

  if before is null then
    return null;
  end if;
  perform app.audit_entry(
    (some_row ->> 'tenant_id')::uuid,
    tg_argv[0],
    tg_argv[1] || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end,
    some_row ->> tg_argv[2],
    case tg_op
      when 'INSERT' then jsonb_build_object('after', after)
      when 'DELETE' then jsonb_build_object('before', before)
      else jsonb_build_object('before', before, 'after', after)
    end,
    '{}'
  );
  return null;
end
$$;

-- After a statement changed rows that come by the thousand: one audit entry a tenant, with their number.
-- Arguments: the entity's name, its name in actions. The changed rows are the transition table `changed`.
create function app.audit_statement() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app.audit_entry(
    tenant_id,
    tg_argv[0],
    tg_argv[1] || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end,
    null,
    null,
    jsonb_build_object('rows', count(*))
  )
  from changed
  group by tenant_id;
  return null;
end
$$;

-- The caller's role in the tenant (VIEWER … OWNER), or NULL.
create function app.current_role_name() returns text
language sql stable parallel safe
return nullif(current_setting('app.role', true), '');

-- The tenant of this transaction, or NULL when none is set: no rows, no writes.
-- STABLE and of one expression, so that Postgres inlines it. After a commit the setting reads '', not NULL.
create function app.current_tenant() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.tenant_id', true), '')::uuid;

-- The user of this transaction, or NULL.
create function app.current_user_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.user_id', true), '')::uuid;

-- Keeps platform.tenant_directory, where a tenant is found by slug or domain before it is known.
-- SECURITY DEFINER because nobody but the owner writes there.
create function app.list_tenant() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    delete from platform.tenant_directory where id = old.tenant_id;
  else
    insert into platform.tenant_directory (id, slug, domain) values (new.tenant_id, new.slug, new.domain)
    on conflict (id) do update set slug = excluded.slug, domain = excluded.domain;
  end if;
  return null;
end
$$;

-- A version 7 UUID: 48 bits of milliseconds, then random. Written out because PostgreSQL has uuidv7() from 18 on only.
create function app.new_id() returns uuid
language sql volatile parallel safe
return encode(
  set_bit(
    set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6
      ),
      52, 1
    ),
    53, 1
  ),
  'hex'
)::uuid;

-- Keeps a table append-only for everybody, its owner and superusers included.
create function app.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$$;

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
$$;

revoke all on all functions in schema app from public;

grant execute on function app.current_tenant(), app.current_user_id(), app.current_role_name(), app.new_id(), app.set_context(uuid, uuid, text, text, text, text, integer) to bulkhead_app, bulkhead_platform;

CREATE TABLE platform.identities (
  id UUID DEFAULT app.new_id() NOT NULL,
  email TEXT NOT NULL,
  password_hash TEXT,
  mfa_secret TEXT,
  email_verified BOOLEAN DEFAULT false NOT NULL,
  failed_sign_ins INTEGER DEFAULT 0 NOT NULL,
  locked_until TIMESTAMP WITH TIME ZONE,
  last_login_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT identities_pkey PRIMARY KEY (id),
  CONSTRAINT identities_email_key UNIQUE (email)
);

COMMENT ON TABLE platform.identities IS 'A person''s credentials, wherever they have seats. Only the sign-in functions reach it.';

COMMENT ON COLUMN platform.identities.created_at IS 'When it was made.';

COMMENT ON COLUMN platform.identities.updated_at IS 'When it last changed.';

CREATE TABLE platform.tenant_directory (
  id UUID DEFAULT app.new_id() NOT NULL,
  slug TEXT NOT NULL,
  domain TEXT,
  CONSTRAINT tenant_directory_pkey PRIMARY KEY (id),
  CONSTRAINT tenant_directory_slug_key UNIQUE (slug),
  CONSTRAINT tenant_directory_domain_key UNIQUE (domain)
);

COMMENT ON TABLE platform.tenant_directory IS 'Where a tenant is found before it is known. Kept by a trigger on tenants; `id` is the tenant''s.';

CREATE TABLE public.audit_logs (
  tenant_id UUID NOT NULL,
  id UUID DEFAULT app.new_id() NOT NULL,
  actor_user_id UUID,
  actor_type TEXT DEFAULT 'SYSTEM' NOT NULL,
  actor_role TEXT,
  actor_external_id TEXT,
  level TEXT DEFAULT 'INFO' NOT NULL,
  action TEXT NOT NULL,
  target_type TEXT NOT NULL,
  target_id TEXT,
  changes JSONB,
  message TEXT,
  meta JSONB DEFAULT '{}' NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  request_id TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT audit_logs_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT audit_logs_actor_type_check CHECK (actor_type in ('USER', 'SYSTEM')),
  CONSTRAINT audit_logs_level_check CHECK (level in ('INFO', 'WARN', 'ERROR'))
);

CREATE INDEX audit_logs_action_idx ON public.audit_logs (tenant_id, action);

CREATE INDEX audit_logs_actor_user_id_idx ON public.audit_logs (tenant_id, actor_user_id);

CREATE INDEX audit_logs_created_at_idx ON public.audit_logs (tenant_id, created_at);

CREATE INDEX audit_logs_target_type_target_id_idx ON public.audit_logs (tenant_id, target_type, target_id);

COMMENT ON TABLE public.audit_logs IS 'One change to one row, or one bulk statement. Actors carry no foreign key: the log outlives people.';

COMMENT ON COLUMN public.audit_logs.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.audit_logs.actor_user_id IS 'The user who acted; none for the system.';

COMMENT ON COLUMN public.audit_logs.actor_role IS 'The role the actor held at that moment.';

COMMENT ON COLUMN public.audit_logs.actor_external_id IS 'An actor outside the platform.';

COMMENT ON COLUMN public.audit_logs.action IS 'Such as `connection.updated`.';

COMMENT ON COLUMN public.audit_logs.target_type IS 'The entity, such as `Connection`.';

COMMENT ON COLUMN public.audit_logs.changes IS '`before` and `after` of the fields that changed; secrets are masked.';

CREATE TABLE public.tenants (
  tenant_id UUID NOT NULL,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  domain TEXT,
  status TEXT DEFAULT 'TRIAL' NOT NULL,
  settings JSONB DEFAULT '{}' NOT NULL,
  metadata JSONB DEFAULT '{}' NOT NULL,
  features TEXT[] DEFAULT '{}' NOT NULL,
  max_users INTEGER DEFAULT 10 NOT NULL,
  max_integrations INTEGER DEFAULT 5 NOT NULL,
  plan_type TEXT DEFAULT 'trial' NOT NULL,
  billing_email TEXT,
  encryption_key TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT tenants_status_check CHECK (status in ('TRIAL', 'ACTIVE', 'SUSPENDED', 'CANCELLED'))
);

COMMENT ON TABLE public.tenants IS 'An organization that uses the platform. It sees itself and no other.';

COMMENT ON COLUMN public.tenants.name IS 'The organization''s name.';

COMMENT ON COLUMN public.tenants.slug IS 'Its name in URLs, unique on the platform.';

COMMENT ON COLUMN public.tenants.domain IS 'Its own domain, unique on the platform.';

COMMENT ON COLUMN public.tenants.settings IS 'Settings that the tenant keeps for itself.';

COMMENT ON COLUMN public.tenants.metadata IS 'Notes of whoever integrates with it.';

COMMENT ON COLUMN public.tenants.features IS 'Features that are switched on.';

COMMENT ON COLUMN public.tenants.max_users IS 'How many seats it may have.';

COMMENT ON COLUMN public.tenants.max_integrations IS 'How many integrations it may have.';

COMMENT ON COLUMN public.tenants.plan_type IS 'The plan it pays for.';

COMMENT ON COLUMN public.tenants.billing_email IS 'Where invoices go.';

COMMENT ON COLUMN public.tenants.encryption_key IS 'The tenant''s data key, wrapped by the platform''s.';

COMMENT ON COLUMN public.tenants.created_at IS 'When it was made.';

COMMENT ON COLUMN public.tenants.updated_at IS 'When it last changed.';

CREATE TABLE public.analytics_events (
  tenant_id UUID NOT NULL,
  id UUID DEFAULT app.new_id() NOT NULL,
  event_type TEXT NOT NULL,
  event_name TEXT NOT NULL,
  properties JSONB DEFAULT '{}' NOT NULL,
  source TEXT,
  source_id TEXT,
  timestamp TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT analytics_events_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT analytics_events_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES public.tenants (tenant_id) ON DELETE CASCADE
);

CREATE INDEX analytics_events_event_type_timestamp_idx ON public.analytics_events (tenant_id, event_type, timestamp);

CREATE INDEX analytics_events_source_id_idx ON public.analytics_events (tenant_id, source_id);

CREATE INDEX analytics_events_timestamp_idx ON public.analytics_events (tenant_id, timestamp);

COMMENT ON TABLE public.analytics_events IS 'One event. Ingested in bulk, so the audit log gets a row per statement rather than per event.';

COMMENT ON COLUMN public.analytics_events.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.analytics_events.event_type IS 'Its category.';

COMMENT ON COLUMN public.analytics_events.source IS 'Where it came from.';

COMMENT ON COLUMN public.analytics_events.source_id IS 'What the source calls it.';

COMMENT ON COLUMN public.analytics_events.timestamp IS 'When it happened.';

CREATE TABLE public.integrations (
  tenant_id UUID NOT NULL,
  id UUID DEFAULT app.new_id() NOT NULL,
  name TEXT NOT NULL,
  provider TEXT NOT NULL,
  description TEXT,
  config JSONB DEFAULT '{}' NOT NULL,
  credentials TEXT,
  status TEXT DEFAULT 'PENDING' NOT NULL,
  enabled BOOLEAN DEFAULT false NOT NULL,
  last_sync_at TIMESTAMP WITH TIME ZONE,
  sync_status TEXT,
  sync_error TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT integrations_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT integrations_provider_key UNIQUE (tenant_id, provider),
  CONSTRAINT integrations_status_check CHECK (status in ('PENDING', 'ACTIVE', 'ERROR', 'DISABLED')),
  CONSTRAINT integrations_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES public.tenants (tenant_id) ON DELETE CASCADE
);

CREATE INDEX integrations_status_idx ON public.integrations (tenant_id, status);

COMMENT ON TABLE public.integrations IS 'A data source of the whole tenant, one per provider.';

COMMENT ON COLUMN public.integrations.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.integrations.provider IS 'Such as `meta-ads` or `pos`; one integration each.';

COMMENT ON COLUMN public.integrations.config IS 'Settings that are no secret.';

COMMENT ON COLUMN public.integrations.credentials IS 'Encrypted; never leaves the database through a query.';

COMMENT ON COLUMN public.integrations.created_at IS 'When it was made.';

COMMENT ON COLUMN public.integrations.updated_at IS 'When it last changed.';

CREATE TABLE public.users (
  tenant_id UUID NOT NULL,
  id UUID DEFAULT app.new_id() NOT NULL,
  identity_id UUID,
  email TEXT NOT NULL,
  name TEXT,
  first_name TEXT,
  last_name TEXT,
  avatar TEXT,
  role TEXT DEFAULT 'MEMBER' NOT NULL,
  seat_type TEXT DEFAULT 'FREE_BETA' NOT NULL,
  functions TEXT[] DEFAULT '{}' NOT NULL,
  permissions TEXT[] DEFAULT '{}' NOT NULL,
  status TEXT DEFAULT 'ACTIVE' NOT NULL,
  email_verified BOOLEAN DEFAULT false NOT NULL,
  last_login_at TIMESTAMP WITH TIME ZONE,
  preferences JSONB DEFAULT '{}' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT users_email_key UNIQUE (tenant_id, email),
  CONSTRAINT users_role_check CHECK (role in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER')),
  CONSTRAINT users_seat_type_check CHECK (seat_type in ('FREE_BETA', 'PRO', 'ENTERPRISE')),
  CONSTRAINT users_status_check CHECK (status in ('ACTIVE', 'INACTIVE', 'INVITED', 'SUSPENDED')),
  CONSTRAINT users_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES public.tenants (tenant_id) ON DELETE CASCADE,
  CONSTRAINT users_identity_id_fkey FOREIGN KEY(identity_id) REFERENCES platform.identities (id) ON DELETE RESTRICT
);

CREATE INDEX users_identity_id_idx ON public.users (tenant_id, identity_id);

CREATE INDEX users_role_idx ON public.users (tenant_id, role);

CREATE INDEX users_status_idx ON public.users (tenant_id, status);

COMMENT ON TABLE public.users IS 'A person''s seat in one tenant.';

COMMENT ON COLUMN public.users.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.users.identity_id IS 'The credentials behind the seat; none while invited.';

COMMENT ON COLUMN public.users.email IS 'Unique within the tenant; other tenants may seat the same address.';

COMMENT ON COLUMN public.users.name IS 'The name to show.';

COMMENT ON COLUMN public.users.avatar IS 'URL of a picture.';

COMMENT ON COLUMN public.users.role IS 'What the seat may do.';

COMMENT ON COLUMN public.users.functions IS 'Job functions, such as EDITOR, that grant permissions.';

COMMENT ON COLUMN public.users.permissions IS 'Single permissions on top of role and functions.';

COMMENT ON COLUMN public.users.preferences IS 'What the person chose to see, and how.';

COMMENT ON COLUMN public.users.created_at IS 'When it was made.';

COMMENT ON COLUMN public.users.updated_at IS 'When it last changed.';

CREATE TABLE public.connections (
  tenant_id UUID NOT NULL,
  id UUID DEFAULT app.new_id() NOT NULL,
  user_id UUID NOT NULL,
  provider TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  status TEXT DEFAULT 'ACTIVE' NOT NULL,
  metadata JSONB,
  last_sync_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT connections_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT connections_connection_id_key UNIQUE (tenant_id, connection_id),
  CONSTRAINT connections_provider_check CHECK (provider in ('GITHUB', 'NOTION', 'JIRA', 'SLACK')),
  CONSTRAINT connections_status_check CHECK (status in ('ACTIVE', 'INACTIVE', 'ERROR', 'EXPIRED')),
  CONSTRAINT connections_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES public.tenants (tenant_id) ON DELETE CASCADE,
  CONSTRAINT connections_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES public.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX connections_provider_status_idx ON public.connections (tenant_id, provider, status);

CREATE INDEX connections_status_idx ON public.connections (tenant_id, status);

CREATE INDEX connections_user_id_idx ON public.connections (tenant_id, user_id);

COMMENT ON TABLE public.connections IS 'A user''s link to an outside service; changed by that user or an admin.';

COMMENT ON COLUMN public.connections.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.connections.user_id IS 'Whose link it is.';

COMMENT ON COLUMN public.connections.connection_id IS 'The id that the OAuth broker knows it by.';

COMMENT ON COLUMN public.connections.metadata IS 'What the provider told us; the last error while in ERROR.';

COMMENT ON COLUMN public.connections.last_sync_at IS 'When a sync last completed.';

COMMENT ON COLUMN public.connections.created_at IS 'When it was made.';

COMMENT ON COLUMN public.connections.updated_at IS 'When it last changed.';

CREATE TABLE public.sync_jobs (
  tenant_id UUID NOT NULL,
  id UUID DEFAULT app.new_id() NOT NULL,
  connection_id UUID NOT NULL,
  sync_id TEXT NOT NULL,
  status TEXT DEFAULT 'PENDING' NOT NULL,
  records_processed INTEGER DEFAULT 0 NOT NULL,
  errors JSONB,
  started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  completed_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT sync_jobs_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT sync_jobs_sync_id_key UNIQUE (tenant_id, sync_id),
  CONSTRAINT sync_jobs_status_check CHECK (status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED')),
  CONSTRAINT sync_jobs_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES public.tenants (tenant_id) ON DELETE CASCADE,
  CONSTRAINT sync_jobs_connection_id_fkey FOREIGN KEY(tenant_id, connection_id) REFERENCES public.connections (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX sync_jobs_connection_id_started_at_idx ON public.sync_jobs (tenant_id, connection_id, started_at);

CREATE INDEX sync_jobs_status_idx ON public.sync_jobs (tenant_id, status);

COMMENT ON TABLE public.sync_jobs IS 'One run that brings a connection''s data up to date.';

COMMENT ON COLUMN public.sync_jobs.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.sync_jobs.sync_id IS 'The caller''s name for the run, such as `sync_1725627600000`.';

COMMENT ON COLUMN public.sync_jobs.records_processed IS 'Records brought over so far.';

COMMENT ON COLUMN public.sync_jobs.errors IS 'What went wrong, as a list of details.';

COMMENT ON COLUMN public.sync_jobs.completed_at IS 'When it completed or failed; none while it runs.';

COMMENT ON COLUMN public.sync_jobs.created_at IS 'When it was made.';

COMMENT ON COLUMN public.sync_jobs.updated_at IS 'When it last changed.';

alter table public.tenants enable row level security;

alter table public.tenants force row level security;

create policy tenant_floor on public.tenants as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.tenants as permissive for all to bulkhead_app, bulkhead_platform
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.tenants as restrictive for select to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy create_gate on public.tenants as restrictive for insert to bulkhead_app
  with check (false);

create policy update_gate on public.tenants as restrictive for update to bulkhead_app
  using (app.current_role_name() in ('ADMIN', 'OWNER'))
  with check (app.current_role_name() in ('ADMIN', 'OWNER'));

create policy delete_gate on public.tenants as restrictive for delete to bulkhead_app
  using (false);

grant select (tenant_id, name, slug, domain, status, settings, metadata, features, max_users, max_integrations, plan_type, billing_email, created_at, updated_at) on public.tenants to bulkhead_app;

grant update (name, settings, metadata, billing_email, updated_at) on public.tenants to bulkhead_app;

grant select, insert, update, delete on public.tenants to bulkhead_platform;

create trigger audit after insert or update or delete on public.tenants
for each row execute function app.audit_row('Tenant', 'tenant', 'tenant_id', 'encryption_key');

alter table platform.identities enable row level security;

alter table platform.identities force row level security;

create policy platform_access on platform.identities as permissive for all to bulkhead_owner, bulkhead_platform
  using (true)
  with check (true);

grant select, insert, update, delete on platform.identities to bulkhead_platform;

alter table platform.tenant_directory enable row level security;

alter table platform.tenant_directory force row level security;

create policy platform_access on platform.tenant_directory as permissive for all to bulkhead_owner, bulkhead_platform
  using (true)
  with check (true);

grant select, insert, update, delete on platform.tenant_directory to bulkhead_platform;

alter table public.users enable row level security;

alter table public.users force row level security;

create policy tenant_floor on public.users as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.users as permissive for all to bulkhead_app, bulkhead_platform
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.users as restrictive for select to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy create_gate on public.users as restrictive for insert to bulkhead_app
  with check ((app.current_role_name() in ('ADMIN') and role in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN')) or app.current_role_name() in ('OWNER'));

create policy update_gate on public.users as restrictive for update to bulkhead_app
  using ((app.current_role_name() in ('ADMIN') and role in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN')) or app.current_role_name() in ('OWNER'))
  with check ((app.current_role_name() in ('ADMIN') and role in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN')) or app.current_role_name() in ('OWNER'));

create policy delete_gate on public.users as restrictive for delete to bulkhead_app
  using ((app.current_role_name() in ('ADMIN') and role in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN')) or app.current_role_name() in ('OWNER'));

grant select (tenant_id, id, email, name, first_name, last_name, avatar, role, seat_type, functions, permissions, status, email_verified, last_login_at, preferences, created_at, updated_at) on public.users to bulkhead_app;

grant insert (tenant_id, id, email, name, first_name, last_name, avatar, role, seat_type, functions, permissions, status, preferences) on public.users to bulkhead_app;

grant update (email, name, first_name, last_name, avatar, role, seat_type, functions, permissions, status, preferences, updated_at) on public.users to bulkhead_app;

grant delete on public.users to bulkhead_app;

grant select, insert, update, delete on public.users to bulkhead_platform;

create trigger audit after insert or update or delete on public.users
for each row execute function app.audit_row('User', 'user', 'id', 'identity_id');

alter table public.integrations enable row level security;

alter table public.integrations force row level security;

create policy tenant_floor on public.integrations as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.integrations as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.integrations as restrictive for select to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy create_gate on public.integrations as restrictive for insert to bulkhead_app
  with check (app.current_role_name() in ('ADMIN', 'OWNER'));

create policy update_gate on public.integrations as restrictive for update to bulkhead_app
  using (app.current_role_name() in ('ADMIN', 'OWNER'))
  with check (app.current_role_name() in ('ADMIN', 'OWNER'));

create policy delete_gate on public.integrations as restrictive for delete to bulkhead_app
  using (app.current_role_name() in ('ADMIN', 'OWNER'));

grant select (tenant_id, id, name, provider, description, config, status, enabled, last_sync_at, sync_status, sync_error, created_at, updated_at) on public.integrations to bulkhead_app;

grant insert (tenant_id, id, name, provider, description, config, status, enabled, last_sync_at, sync_status, sync_error) on public.integrations to bulkhead_app;

grant update (name, provider, description, config, status, enabled, last_sync_at, sync_status, sync_error, updated_at) on public.integrations to bulkhead_app;

grant delete on public.integrations to bulkhead_app;

create trigger audit after insert or update or delete on public.integrations
for each row execute function app.audit_row('Integration', 'integration', 'id', 'credentials');

alter table public.connections enable row level security;

alter table public.connections force row level security;

create policy tenant_floor on public.connections as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.connections as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.connections as restrictive for select to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy create_gate on public.connections as restrictive for insert to bulkhead_app
  with check ((app.current_role_name() in ('MEMBER', 'MANAGER') and user_id = app.current_user_id()) or app.current_role_name() in ('ADMIN', 'OWNER'));

create policy update_gate on public.connections as restrictive for update to bulkhead_app
  using ((app.current_role_name() in ('MEMBER', 'MANAGER') and user_id = app.current_user_id()) or app.current_role_name() in ('ADMIN', 'OWNER'))
  with check ((app.current_role_name() in ('MEMBER', 'MANAGER') and user_id = app.current_user_id()) or app.current_role_name() in ('ADMIN', 'OWNER'));

create policy delete_gate on public.connections as restrictive for delete to bulkhead_app
  using ((app.current_role_name() in ('MEMBER', 'MANAGER') and user_id = app.current_user_id()) or app.current_role_name() in ('ADMIN', 'OWNER'));

grant select (tenant_id, id, user_id, provider, connection_id, status, metadata, last_sync_at, created_at, updated_at) on public.connections to bulkhead_app;

grant insert (tenant_id, id, user_id, provider, connection_id, status, metadata, last_sync_at) on public.connections to bulkhead_app;

grant update (user_id, provider, connection_id, status, metadata, last_sync_at, updated_at) on public.connections to bulkhead_app;

grant delete on public.connections to bulkhead_app;

create trigger audit after insert or update or delete on public.connections
for each row execute function app.audit_row('Connection', 'connection', 'id');

alter table public.sync_jobs enable row level security;

alter table public.sync_jobs force row level security;

create policy tenant_floor on public.sync_jobs as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.sync_jobs as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.sync_jobs as restrictive for select to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy create_gate on public.sync_jobs as restrictive for insert to bulkhead_app
  with check (app.current_role_name() in ('MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy update_gate on public.sync_jobs as restrictive for update to bulkhead_app
  using (app.current_role_name() in ('MEMBER', 'MANAGER', 'ADMIN', 'OWNER'))
  with check (app.current_role_name() in ('MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy delete_gate on public.sync_jobs as restrictive for delete to bulkhead_app
  using (app.current_role_name() in ('MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

grant select (tenant_id, id, connection_id, sync_id, status, records_processed, errors, started_at, completed_at, created_at, updated_at) on public.sync_jobs to bulkhead_app;

grant insert (tenant_id, id, connection_id, sync_id, status, records_processed, errors, started_at, completed_at) on public.sync_jobs to bulkhead_app;

grant update (connection_id, sync_id, status, records_processed, errors, started_at, completed_at, updated_at) on public.sync_jobs to bulkhead_app;

grant delete on public.sync_jobs to bulkhead_app;

create trigger audit after insert or update or delete on public.sync_jobs
for each row execute function app.audit_row('SyncJob', 'sync_job', 'id');

alter table public.analytics_events enable row level security;

alter table public.analytics_events force row level security;

create policy tenant_floor on public.analytics_events as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.analytics_events as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.analytics_events as restrictive for select to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy create_gate on public.analytics_events as restrictive for insert to bulkhead_app
  with check (app.current_role_name() in ('MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy update_gate on public.analytics_events as restrictive for update to bulkhead_app
  using (app.current_role_name() in ('ADMIN', 'OWNER'))
  with check (app.current_role_name() in ('ADMIN', 'OWNER'));

create policy delete_gate on public.analytics_events as restrictive for delete to bulkhead_app
  using (app.current_role_name() in ('ADMIN', 'OWNER'));

grant select (tenant_id, id, event_type, event_name, properties, source, source_id, timestamp) on public.analytics_events to bulkhead_app;

grant insert (tenant_id, id, event_type, event_name, properties, source, source_id, timestamp) on public.analytics_events to bulkhead_app;

grant update (event_type, event_name, properties, source, source_id, timestamp) on public.analytics_events to bulkhead_app;

grant delete on public.analytics_events to bulkhead_app;

create trigger audit_insert after insert on public.analytics_events
referencing new table as changed
for each statement execute function app.audit_statement('AnalyticsEvent', 'analytics_event');

create trigger audit_update after update on public.analytics_events
referencing new table as changed
for each statement execute function app.audit_statement('AnalyticsEvent', 'analytics_event');

create trigger audit_delete after delete on public.analytics_events
referencing old table as changed
for each statement execute function app.audit_statement('AnalyticsEvent', 'analytics_event');

alter table public.audit_logs enable row level security;

alter table public.audit_logs force row level security;

create policy tenant_floor on public.audit_logs as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.audit_logs as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy owner_appends on public.audit_logs as permissive for insert to bulkhead_owner
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.audit_logs as restrictive for select to bulkhead_app
  using (app.current_role_name() in ('ADMIN', 'OWNER'));

create policy create_gate on public.audit_logs as restrictive for insert to bulkhead_app
  with check (false);

create policy update_gate on public.audit_logs as restrictive for update to bulkhead_app
  using (false)
  with check (false);

create policy delete_gate on public.audit_logs as restrictive for delete to bulkhead_app
  using (false);

grant select (tenant_id, id, actor_user_id, actor_type, actor_role, actor_external_id, level, action, target_type, target_id, changes, message, meta, ip_address, user_agent, request_id, created_at) on public.audit_logs to bulkhead_app;

-- The audit log is append-only.
create trigger refuse_change before delete or update on public.audit_logs
for each row execute function app.refuse_change();

-- The audit log is append-only.
create trigger refuse_truncate before truncate on public.audit_logs
for each statement execute function app.refuse_change();

-- A tenant's slug and domain are known to the platform's directory as soon as they are written.
create trigger list_tenant after insert or delete or update of slug, domain on public.tenants
for each row execute function app.list_tenant();
