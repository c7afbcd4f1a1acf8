-- The rows that every contestant serves, as temporary views; the same in every run.
-- psql variables: tenants, users (of a tenant), connections (of a user), jobs (of a connection).
-- An id is the md5 of a path such as t7/u3/c2/j11. The primes scatter times; none falls together within a tenant.
create temporary view tenant_rows as
select md5('t' || t)::uuid as id, 'Tenant ' || t as name, 'tenant-' || t as slug, made_at
from generate_series(0, :tenants - 1) as t,
  lateral (select timestamptz '2025-01-01 00:00:00+00' + t * interval '1 minute' as made_at) as times;

create temporary view user_rows as
select md5('t' || t || '/u' || u)::uuid as id, md5('t' || t)::uuid as tenant_id,
  'user' || u || '@tenant' || t || '.example' as email, 'User ' || u || ' of ' || t as name, made_at
from generate_series(0, :tenants - 1) as t, generate_series(0, :users - 1) as u,
  lateral (select timestamptz '2025-01-02 00:00:00+00' + (t * :users + u) * interval '1 minute' as made_at) as times;

-- About half are ACTIVE: of the 200 of a tenant, some more than the 100 of a page.
create temporary view connection_rows as
select md5('t' || t || '/u' || u || '/c' || c)::uuid as id, md5('t' || t)::uuid as tenant_id,
  md5('t' || t || '/u' || u)::uuid as user_id, 'conn-' || t || '-' || u || '-' || c as connection_id,
  (array['GITHUB', 'NOTION', 'JIRA', 'SLACK'])[1 + c % 4] as provider,
  (array['ACTIVE', 'INACTIVE', 'ACTIVE', 'ERROR', 'ACTIVE', 'EXPIRED', 'ACTIVE'])[1 + (u * 4 + c) % 7] as status,
  jsonb_build_object(
    'region', (array['eu', 'us', 'ap'])[1 + u % 3], 'n', u * 4 + c, 'scopes', jsonb_build_array('read', 'sync')
  ) as metadata,
  made_at
from generate_series(0, :tenants - 1) as t, generate_series(0, :users - 1) as u,
  generate_series(0, :connections - 1) as c,
  lateral (
    select timestamptz '2025-02-01 00:00:00+00' + t * interval '1 second'
      + (u * :connections + c) * 97 % (:users * :connections) * interval '1 hour' as made_at
  ) as times;

create temporary view job_rows as
select md5('t' || t || '/u' || u || '/c' || c || '/j' || j)::uuid as id, md5('t' || t)::uuid as tenant_id,
  md5('t' || t || '/u' || u || '/c' || c)::uuid as connection_id,
  'sync-' || t || '-' || u || '-' || c || '-' || j as sync_id,
  (array['COMPLETED', 'COMPLETED', 'COMPLETED', 'FAILED', 'PENDING', 'IN_PROGRESS'])[1 + (u + c + j) % 6] as status,
  (t * 31 + u * 17 + c * 7 + j * 3) % 1000 as records_processed,
  case when (u + c + j) % 6 = 3 then '[{"code": "RATE_LIMIT", "message": "try later"}]'::jsonb end as errors,
  made_at as started_at, case when (u + c + j) % 6 < 4 then made_at + interval '90 seconds' end as completed_at
from generate_series(0, :tenants - 1) as t, generate_series(0, :users - 1) as u,
  generate_series(0, :connections - 1) as c, generate_series(0, :jobs - 1) as j,
  lateral (
    select timestamptz '2025-03-01 00:00:00+00' + t * interval '1 second'
      + ((u * :connections + c) * :jobs + j)::bigint * 997 % (:users * :connections * :jobs) * interval '10 minutes'
      as made_at
  ) as times;
