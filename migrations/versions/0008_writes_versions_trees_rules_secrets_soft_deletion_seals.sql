-- Frozen. Later changes are later revisions.

drop trigger audit on public.tenants;

drop policy tenant_access on public.integrations;

-- After a row changed: one audit entry with the fields that changed, before and after.
-- Arguments: the entity's name, its name in actions, the key column, then the columns whose values are secret.
-- SECURITY DEFINER because requests may read the log but never write to it.
create or replace function app.audit_row() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  old_row jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  new_row jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end;
  some_row jsonb := case when tg_op = 'DELETE' then old_row else new_row end;
  secrets text[] := tg_argv[3:];
  -- Where deleted rows stay until they are purged; no other column has this name.
  was_deleted boolean := old_row ->> 'deleted_at' is not null;
  is_deleted boolean := new_row ->> 'deleted_at' is not null;
  action text := case
    when tg_op = 'INSERT' then '.created'
    when tg_op = 'DELETE' and was_deleted then '.purged'
    when tg_op = 'DELETE' or is_deleted and not was_deleted then '.deleted'
    when was_deleted and not is_deleted then '.restored'
    else '.updated'
  end;
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
    where key not in ('tenant_id', 'created_at', 'updated_at', 'version', 'search_vector')
  ) as field
  where was <> became
    -- What the platform seals with another key is still the same secret: `v1.<key>.…`. Nobody else can be its role.
    and not coalesce(
      current_setting('role') = 'bulkhead_platform'
      and key = any (secrets)
      and starts_with(was #>> '{}', 'v1.')
      and starts_with(became #>> '{}', 'v1.')
      and split_part(was #>> '{}', '.', 2) <> split_part(became #>> '{}', '.', 2),
      false
    );

  if before is null then
    return null;
  end if;
  perform app.audit_entry(
    (some_row ->> 'tenant_id')::uuid,
    tg_argv[0],
    tg_argv[1] || action,
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

-- After rows were added, or restored: refuses them when the tenant has more of them now than it may.
-- Arguments: the table, the column of tenants that says how many, and the column that says when a row was deleted, if
-- there is one: such rows do not count. Whoever adds at the same time waits here, and then counts what the other has
-- left; the lock ends with the transaction.
create or replace function app.hold_quota() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  tenant uuid;
  most integer;
  found integer;
  counted text := case when tg_nargs > 2 then format(' and %I is null', tg_argv[2]) else '' end;
begin
  for tenant in select distinct tenant_id from added loop
    perform pg_advisory_xact_lock(hashtextextended(tenant::text || tg_argv[0], 0));
    execute format('select %I from public.tenants where tenant_id = $1', tg_argv[1]) into most using tenant;
    execute format('select count(*) from public.%I where tenant_id = $1', tg_argv[0]) || counted
      into found using tenant;
    if found > most then
      raise exception 'quota exceeded' using
        errcode = 'ST002', detail = jsonb_build_object('quota', tg_argv[1], 'most', most);
    end if;
  end loop;
  return null;
end
$$;

-- Refuses a write that names a row which is not there for the caller. The detail is where in the input it is named.
create function app.refuse_missing(place text) returns uuid
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'no such row' using errcode = 'ST003', detail = place;
end
$$;

revoke all on function app.refuse_missing(text) from public;

-- Refuses a change of a row by who may only delete it, where that is an update too; the trigger's condition tells which.
create function app.refuse_update() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'only to be deleted' using errcode = 'insufficient_privilege';
end
$$;

revoke all on function app.refuse_update() from public;

CREATE TABLE public.data_keys (
	tenant_id UUID NOT NULL, 
	id UUID DEFAULT app.new_id() NOT NULL, 
	number INTEGER NOT NULL, 
	master_key TEXT NOT NULL, 
	wrapped TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	retired_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT data_keys_pkey PRIMARY KEY (tenant_id, id), 
	CONSTRAINT data_keys_number_key UNIQUE (tenant_id, number), 
	CONSTRAINT data_keys_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES public.tenants (tenant_id) ON DELETE CASCADE
);

alter table public.connections add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.integrations add column has_credentials BOOLEAN GENERATED ALWAYS AS (credentials is not null) STORED NOT NULL;

alter table public.integrations add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.sync_jobs add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.tenants add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.users add column version INTEGER DEFAULT 1 NOT NULL;

ALTER TABLE public.integrations ADD CONSTRAINT integrations_credentials_check CHECK (credentials ~ '^v1[.][0-9]+[.][A-Za-z0-9_-]+$');

COMMENT ON COLUMN public.tenants.version IS 'One more with every change; for `ifVersion`.';

COMMENT ON TABLE public.data_keys IS 'A key that secrets of the tenant are sealed with, wrapped by a master key that the database never sees.';

COMMENT ON COLUMN public.data_keys.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.data_keys.number IS 'Its name in what is sealed with it.';

COMMENT ON COLUMN public.data_keys.master_key IS 'The name of the master key that wraps it.';

COMMENT ON COLUMN public.data_keys.wrapped IS 'The key itself, encrypted.';

COMMENT ON COLUMN public.data_keys.retired_at IS 'Since when nothing is sealed with it any more.';

COMMENT ON COLUMN public.integrations.credentials IS 'What its source asks for. It can be set, and never be read.';

COMMENT ON COLUMN public.integrations.has_credentials IS 'Whether `credentials` is set.';

COMMENT ON COLUMN public.integrations.version IS 'One more with every change; for `ifVersion`.';

COMMENT ON COLUMN public.users.version IS 'One more with every change; for `ifVersion`.';

COMMENT ON COLUMN public.connections.version IS 'One more with every change; for `ifVersion`.';

COMMENT ON COLUMN public.sync_jobs.version IS 'One more with every change; for `ifVersion`.';

create trigger audit after insert or update or delete on public.tenants
for each row execute function app.audit_row('Tenant', 'tenant', 'tenant_id');

alter table public.data_keys enable row level security;

alter table public.data_keys force row level security;

create policy tenant_floor on public.data_keys as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.data_keys as permissive for all to bulkhead_app, bulkhead_platform
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.data_keys as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy create_gate on public.data_keys as restrictive for insert to bulkhead_app
  with check (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy update_gate on public.data_keys as restrictive for update to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'))
  with check (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy delete_gate on public.data_keys as restrictive for delete to bulkhead_app
  using (false);

grant select (tenant_id, id, number, master_key, wrapped, created_at, retired_at) on public.data_keys to bulkhead_app;

grant insert (tenant_id, id, number, master_key, wrapped, retired_at) on public.data_keys to bulkhead_app;

grant update (retired_at) on public.data_keys to bulkhead_app;

grant select, insert, update, delete on public.data_keys to bulkhead_platform;

create policy tenant_access on public.integrations as permissive for all to bulkhead_app, bulkhead_platform
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

grant execute on function app.refuse_missing(text) to bulkhead_app;

grant execute on function app.refuse_missing(text) to bulkhead_platform;

grant insert (credentials) on public.integrations to bulkhead_app;

grant select (version) on public.connections to bulkhead_app;

grant select (has_credentials, version) on public.integrations to bulkhead_app;

grant select (credentials, id, tenant_id) on public.integrations to bulkhead_platform;

grant select (version) on public.sync_jobs to bulkhead_app;

grant select (version) on public.tenants to bulkhead_app;

grant select (version) on public.users to bulkhead_app;

grant update (version) on public.connections to bulkhead_app;

grant update (credentials, version) on public.integrations to bulkhead_app;

grant update (credentials) on public.integrations to bulkhead_platform;

grant update (version) on public.sync_jobs to bulkhead_app;

grant update (version) on public.tenants to bulkhead_app;

grant update (version) on public.users to bulkhead_app;

alter table public.tenants drop column encryption_key;
