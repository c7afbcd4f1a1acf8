-- What somebody who writes SQL by hand would make: row-level security on plain tables. Run as a superuser.
create type provider as enum ('GITHUB', 'NOTION', 'JIRA', 'SLACK');
create type connection_status as enum ('ACTIVE', 'INACTIVE', 'ERROR', 'EXPIRED');
create type sync_status as enum ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED');

create table tenants (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table users (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  email text not null,
  name text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, email)
);

create table connections (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  user_id uuid not null,
  connection_id text not null,
  provider provider not null,
  status connection_status not null,
  metadata jsonb not null default '{}',
  last_sync_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);

create table sync_jobs (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  connection_id uuid not null,
  sync_id text not null,
  status sync_status not null,
  records_processed int not null default 0,
  errors jsonb,
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

create index users_tenant_id on users (tenant_id);
create index connections_user on connections (tenant_id, user_id);
create index connections_provider_status on connections (tenant_id, provider, status);
create index sync_jobs_connection_started on sync_jobs (tenant_id, connection_id, started_at desc);

-- Roles are the server's: another database may have made them.
do $$
begin
  if to_regrole('app_user') is null then
    create role app_user login;
    -- As PostGraphile has it: a login without rights of its own, which becomes app_user for each transaction.
    create role authenticator login noinherit;
    grant app_user to authenticator;
  end if;
end
$$;
grant select, insert, update, delete on users, connections, sync_jobs to app_user;
grant select on tenants to app_user;

do $$
declare
  name text;
  key text;
begin
  foreach name in array array['tenants', 'users', 'connections', 'sync_jobs'] loop
    key := case name when 'tenants' then 'id' else 'tenant_id' end;
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenant_isolation on %I using (%I = (select current_setting(''app.tenant_id'', true)::uuid)) '
      'with check (%I = (select current_setting(''app.tenant_id'', true)::uuid))',
      name, key, key
    );
  end loop;
end
$$;
