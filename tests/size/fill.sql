-- Fills a migrated database: one tenant of 1,000,000 sync jobs, and 997 small ones beside the two that are there.
-- Run as superuser, in one session. The same rows in every run: what looks like chance is arithmetic modulo a prime.

-- No triggers, no checks of foreign keys, and nothing that has to outlive a crash.
set session_replication_role = replica;
set synchronous_commit = off;
set maintenance_work_mem = '256MB';

-- An id that says whose it is, ordered as the rows were made: like the version 7 that the server makes.
create function pg_temp.made_id(kind integer, tenant integer, number bigint) returns uuid
language sql immutable
return (
  '019b7000-' || lpad(to_hex(tenant), 4, '0') || '-7' || lpad(to_hex(kind), 3, '0') || '-8000-'
  || lpad(to_hex(number), 12, '0')
)::uuid;

-- The number, scattered over 0 … 1,000,002: no two of a tenant fall together.
create function pg_temp.scattered(number bigint) returns bigint
language sql immutable
return number * 48271 % 1000003;

-- How much of everything a tenant has. Tenant 1 is the large one.
create temporary table sizes as
select 1 as tenant, 200 as users, 20 as systems, 2000 as connections, 1000000 as sync_jobs, 200000 as events, 5000 as logs
union all
select n, 3 + n % 17, 1 + n % 4, 5 + n % 40, 5 + n * 37 % 300, 5 + n * 53 % 200, 5 + n % 20
from generate_series(2, 998) as n;

-- Indexes are not kept up row by row: `reindex`, which comes next, builds them and makes them ready again. Measured for
-- a million sync jobs: 11 s rather than 28 s.
create temporary table filled as
select unnest('{tenants,users,integrations,connections,sync_jobs,analytics_events,audit_logs}'::text[]) as name;
update pg_index set indisready = false where indrelid in (select ('public.' || name)::regclass from filled);

insert into public.tenants (tenant_id, name, slug)
select pg_temp.made_id(0, tenant, 0), 'Tenant ' || tenant, 'tenant-' || tenant
from sizes;

insert into public.users (tenant_id, id, email, name, role, status)
select
  pg_temp.made_id(0, tenant, 0), pg_temp.made_id(1, tenant, n),
  'user' || lpad(pg_temp.scattered(n)::text, 7, '0') || '@tenant-' || tenant || '.example', 'User ' || n,
  (array['OWNER', 'ADMIN', 'MANAGER', 'MEMBER', 'VIEWER'])[least(n, 4 + n % 2)],
  case when n % 9 = 0 then 'INVITED' else 'ACTIVE' end
from sizes, generate_series(1, users) as n;

insert into public.integrations (tenant_id, id, name, provider, status)
select pg_temp.made_id(0, tenant, 0), pg_temp.made_id(2, tenant, n), 'System ' || n, 'system-' || n, 'ACTIVE'
from sizes, generate_series(1, systems) as n;

insert into public.connections (tenant_id, id, user_id, provider, connection_id, status, last_sync_at)
select
  pg_temp.made_id(0, tenant, 0), pg_temp.made_id(3, tenant, n), pg_temp.made_id(1, tenant, 1 + n % users),
  (array['GITHUB', 'NOTION', 'JIRA', 'SLACK'])[1 + n % 4], 'broker-' || n,
  case when n % 20 = 0 then 'ERROR' when n % 20 = 1 then 'EXPIRED' else 'ACTIVE' end,
  case when n % 3 > 0 then timestamptz '2026-01-01Z' + pg_temp.scattered(n) * interval '1 second' end
from sizes, generate_series(1, connections) as n;

-- A job every 30 seconds, a year of them. One in three has not completed; one in twelve was imported, all at one
-- instant; one in six knows its day only; the others have a moment of their own.
insert into public.sync_jobs (
  tenant_id, id, connection_id, sync_id, status, records_processed, errors, started_at, completed_at
)
select
  pg_temp.made_id(0, tenant, 0), pg_temp.made_id(4, tenant, n),
  pg_temp.made_id(3, tenant, 1 + pg_temp.scattered(n) / 100 % connections), 'sync-' || n,
  case
    when chance < 62 then 'COMPLETED'
    when chance < 67 then 'FAILED'
    when chance < 80 then 'IN_PROGRESS'
    else 'PENDING'
  end,
  pg_temp.scattered(n) % 5000,
  case when chance between 62 and 66 then '["timeout"]'::jsonb end,
  began,
  case
    when chance >= 67 then null
    when n % 8 = 0 then timestamptz '2026-06-01Z'
    when n % 4 = 1 then date_trunc('day', began, 'UTC') + interval '1 day'
    else began + interval '5 minutes' + pg_temp.scattered(n) * interval '1 microsecond'
  end
from
  sizes,
  generate_series(1, sync_jobs) as n,
  lateral (
    select
      pg_temp.scattered(n) % 100 as chance,
      timestamptz '2026-01-01Z' + n * interval '30 seconds' + pg_temp.scattered(n) % 20 * interval '30 seconds' as began
  ) as job;

insert into public.analytics_events (tenant_id, id, event_type, event_name, source, source_id, timestamp)
select
  pg_temp.made_id(0, tenant, 0), pg_temp.made_id(5, tenant, n),
  (array['page', 'page', 'page', 'click', 'click', 'order', 'login', 'error'])[1 + pg_temp.scattered(n) % 8],
  'event-' || n % 40, case when n % 2 = 0 then 'web' end, case when n % 2 = 0 then 'session-' || n / 20 end,
  timestamptz '2026-01-01Z' + n * interval '2 minutes' + pg_temp.scattered(n) % 600 * interval '1 second'
from sizes, generate_series(1, events) as n;

insert into public.audit_logs (tenant_id, id, actor_user_id, actor_type, action, target_type, target_id, created_at)
select
  pg_temp.made_id(0, tenant, 0), pg_temp.made_id(6, tenant, n), pg_temp.made_id(1, tenant, 1 + n % users), 'USER',
  (array['connection.updated', 'connection.created', 'user.updated'])[1 + n % 3], 'Connection',
  pg_temp.made_id(3, tenant, 1 + n % connections)::text, timestamptz '2026-01-01Z' + n * interval '1 hour'
from sizes, generate_series(1, logs) as n;
