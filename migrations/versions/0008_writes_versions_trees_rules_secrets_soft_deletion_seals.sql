-- Frozen. Later changes are later revisions.

drop trigger audit on public.connections;

drop trigger audit on public.integrations;

drop trigger audit on public.sync_jobs;

drop trigger audit on public.tenants;

drop trigger audit on public.users;

drop policy tenant_access on public.integrations;

drop function app.audit_row();

-- After a row was updated: an audit entry with the fields that changed, before and after.
-- Arguments: the entity's name, its name in actions, the key column, the columns that are passed over, and those whose
-- values are secret. Row by row, and the columns one by one: of a single row, which is the usual case, that takes half the
-- time that a query over them takes.
-- SECURITY DEFINER because requests may read the log but never write to it.
create function app.audit_change() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  was jsonb := to_jsonb(old);
  became jsonb := to_jsonb(new);
  passed_over text[] := tg_argv[3];
  secrets text[] := tg_argv[4];
  before jsonb := '{}';
  after jsonb := '{}';
  name text;
begin
  for name in select jsonb_object_keys(became) loop
    if was -> name = became -> name or name = any (passed_over) then
      continue;
    elsif name <> all (secrets) then
      before := before || jsonb_build_object(name, was -> name);
      after := after || jsonb_build_object(name, became -> name);
    -- What the platform seals with another key is still the same secret: `v1.<key>.…`. Nobody else can be its role.
    elsif not (
      current_setting('role') = 'bulkhead_platform'
      and coalesce(starts_with(was ->> name, 'v1.') and starts_with(became ->> name, 'v1.'), false)
      and split_part(was ->> name, '.', 2) <> split_part(became ->> name, '.', 2)
    ) then
      before := before || jsonb_build_object(name, case when was ->> name is not null then '***' end);
      after := after || jsonb_build_object(name, case when became ->> name is not null then '***' end);
    end if;
  end loop;
  if before <> '{}' then
    perform app.audit_entry(
      (became ->> 'tenant_id')::uuid,
      tg_argv[0],
      -- Where deleted rows stay until they are purged; no other column has this name.
      tg_argv[1] || case
        when was ->> 'deleted_at' is null and became ->> 'deleted_at' is not null then '.deleted'
        when was ->> 'deleted_at' is not null and became ->> 'deleted_at' is null then '.restored'
        else '.updated'
      end,
      became ->> tg_argv[2],
      jsonb_build_object('before', before, 'after', after),
      '{}'
    );
  end if;
  return null;
end
$$;

revoke all on function app.audit_change() from public;

-- Appends an entry on an operation to the audit log of the current tenant: what its changes left one by one, under the
-- name of what was asked for. Of its arguments the entry says nothing: they may be secret.
-- SECURITY DEFINER because requests may read the log but never write to it. All that an entry says of who acted is the
-- transaction's context, as for a trigger; an operation's name has no dot, so no entry made here can pass for one of a
-- trigger's, such as `user.deleted`.
create function app.audit_operation(tenant uuid, operation text, target_type text, target_id uuid) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if operation !~ '^[a-z][A-Za-z0-9]{0,62}$' or target_type !~ '^[A-Z][A-Za-z0-9]{0,62}$' then
    raise exception 'not the name of an operation and of an entity' using errcode = 'invalid_parameter_value';
  end if;
  perform app.audit_entry(tenant, target_type, operation, target_id::text, null, '{}');
end
$$;

revoke all on function app.audit_operation(uuid,text,text,uuid) from public;

-- After rows were made or deleted: an audit entry for each, with the fields that had a value. All rows of a statement
-- together: of a thousand new ones that takes a third of the time that it takes one by one.
-- Arguments: the entity's name, its name in actions, the key column, the columns that are passed over, and those whose
-- values are secret. The rows are the transition table `changed`.
-- SECURITY DEFINER because requests may read the log but never write to it.
create function app.audit_rows() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  passed_over text[] := tg_argv[3];
  secrets text[] := tg_argv[4];
  actor uuid := app.current_user_id();
begin
  insert into public.audit_logs (
    tenant_id, actor_user_id, actor_type, actor_role, action, target_type, target_id, changes, meta,
    ip_address, user_agent, request_id
  )
  select
    (line ->> 'tenant_id')::uuid, actor, case when actor is null then 'SYSTEM' else 'USER' end, app.current_role_name(),
    tg_argv[1] || case
      when tg_op = 'INSERT' then '.created'
      -- Where deleted rows stay until they are purged; no other column has this name.
      when line ->> 'deleted_at' is not null then '.purged'
      else '.deleted'
    end,
    tg_argv[0], line ->> tg_argv[2],
    jsonb_build_object(case tg_op when 'INSERT' then 'after' else 'before' end, fields),
    '{}',
    nullif(current_setting('app.client_ip', true), ''), nullif(current_setting('app.user_agent', true), ''),
    nullif(current_setting('app.request_id', true), '')
  from (select to_jsonb(changed) as line from changed) as row
  cross join lateral (
    select jsonb_object_agg(name, case when name = any (secrets) then '"***"' else value end) as fields
    from jsonb_each(line) as field (name, value)
    where value <> 'null' and name <> all (passed_over)
  ) as with_value
  where fields is not null;
  return null;
end
$$;

revoke all on function app.audit_rows() from public;

-- Whether every text of a list has so many characters, and matches a pattern. What is null is not asked: a bound, the
-- pattern, an item. A CHECK has no words of its own for every item of a list.
create function app.each_fits(items text[], shortest integer, longest integer, pattern text) returns boolean
language sql immutable parallel safe
return not exists (
  select from unnest(items) as item
  where char_length(item) < shortest or char_length(item) > longest or item !~ pattern
);

revoke all on function app.each_fits(text[],integer,integer,text) from public;

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

-- Keeps platform.tenant_directory, where a tenant is found by slug or domain before it is known, and beside it
-- platform.departed_tenants: who was deleted leaves an audit log.
-- SECURITY DEFINER because nobody but the owner writes there.
create or replace function app.list_tenant() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    delete from platform.tenant_directory where id = old.tenant_id;
    insert into platform.departed_tenants (id, slug) values (old.tenant_id, old.slug);
  else
    delete from platform.departed_tenants where id = new.tenant_id;
    insert into platform.tenant_directory (id, slug, domain) values (new.tenant_id, new.slug, new.domain)
    on conflict (id) do update set slug = excluded.slug, domain = excluded.domain;
  end if;
  return null;
end
$$;

-- The root of the Merkle tree over these leaves, in their order, as RFC 6962 has it: a node is the hash of a byte 1 and
-- of both of its children; one without a neighbour goes up a level as it is.
create function app.merkle_root(leaves bytea[]) returns bytea
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  level bytea[] := leaves;
begin
  while cardinality(level) > 1 loop
    level := (
      select array_agg(case when nodes = 2 then sha256('\x01'::bytea || children) else children end order by pair)
      from (
        select (place - 1) / 2 as pair, count(*) as nodes, string_agg(node, '' order by place) as children
        from unnest(level) with ordinality as numbered (node, place)
        group by 1
      ) as pairs
    );
  end loop;
  return level[1];
end
$$;

revoke all on function app.merkle_root(bytea[]) from public;

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

-- Seals what no seal covers yet of a tenant's audit log: 10,000 entries at most, or the first ones that come to 16 MB of
-- text, so that no log takes longer than a statement may. Tells the number of the seal and its chain, null when there was
-- nothing to seal; whether it is full, so that there may be more to seal at once; and whether the log has entries for a
-- later seal.
--
-- Writers do not wait, nor does this wait for them: a seal takes the entries of transactions that are over for certain.
-- Below the xmin of a snapshot there is none that runs, so that whatever they left is seen, and nothing is ever added.
-- So each seal begins where the last one ended, and entries that are found there later were put there otherwise.
-- A database that was restored from a dump counts transactions anew, from below where the last seal ended: then what
-- that left is sealed first, whatever its transactions, and after it all that no seal lists, from the first transaction.
--
-- Of two who seal at once, the seals' key takes one, and the other leaves it. No advisory lock: requests can take any, for
-- as long as their connection is pooled, and sealing would stop for that tenant without a word.
--
-- SECURITY DEFINER because requests may neither write seals nor read all that is sealed. They may call this: it seals
-- what is there, and can be told nothing else.
create function app.seal_audit(
  tenant uuid, out seal_number integer, out seal_chain text, out is_full boolean, out has_more boolean
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
declare
  sealed_at constant timestamptz := clock_timestamp();
  visible pg_snapshot;
  last record;
  low bigint;
  high bigint;
  is_restored boolean;
  entry record;
  hashed text;
  hashed_bytes bigint := 0;
  ids uuid[] := '{}';
  hashes text[] := '{}';
  last_xid bigint;
  root text;
begin
  is_full := false;
  select seal.number, seal.until_xid, seal.chain
  into last
  from public.audit_seals as seal
  where seal.tenant_id = tenant
  order by seal.number desc
  limit 1;
  visible := pg_current_snapshot();
  low := coalesce(last.until_xid, 0);
  is_restored := pg_snapshot_xmax(visible)::text::bigint < low;
  high := case when is_restored then 9223372036854775807 else pg_snapshot_xmin(visible)::text::bigint end;

  loop
    -- Row by row, to end where it is enough: how long a text is that was compressed is known once it was read.
    for entry in
      with listed as materialized (
        select unnest(seal.entry_ids) as id
        from public.audit_seals as seal
        where seal.tenant_id = tenant and seal.until_xid >= low and seal.from_xid <= high
      )
      select log.*
      from public.audit_logs as log
      where log.tenant_id = tenant and log.xid >= low and log.xid < high
        -- Not a join: this keeps to the order of the index, and stops at the limit.
        and log.id not in (select listed.id from listed)
      order by log.xid, log.id
      limit 10000
    loop
      -- An entry is hashed as the JSON array of its columns' texts. Of this form is 1: should a column come to the log, it
      -- is form 2 that has it, and both go on being verified (app/audit/form.py).
      hashed := to_jsonb(
        array[
          entry.tenant_id::text, entry.id::text, entry.actor_user_id::text, entry.actor_type, entry.actor_role,
          entry.actor_external_id, entry.level, entry.action, entry.target_type, entry.target_id,
          entry.changes::text, entry.message, entry.meta::text, entry.ip_address, entry.user_agent,
          entry.request_id, trim_scale(extract(epoch from entry.created_at) * 1000000)::text, entry.xid::text
        ]
      )::text;
      ids := ids || entry.id;
      hashes := hashes || encode(sha256(convert_to(hashed, 'UTF8')), 'hex');
      last_xid := entry.xid;
      hashed_bytes := hashed_bytes + octet_length(hashed);
      is_full := cardinality(ids) = 10000 or hashed_bytes >= 16000000;
      exit when is_full;
    end loop;
    exit when ids <> '{}' or not is_restored or low = 0;
    low := 0;
    high := pg_snapshot_xmin(visible)::text::bigint;
  end loop;

  if is_full then
    high := last_xid;
  elsif high = 9223372036854775807 then
    high := last_xid + 1;
    -- The old database's entries are sealed; the new one's may be next.
    is_full := true;
  end if;
  has_more := is_full or exists (
    select
    from public.audit_logs as waiting
    where waiting.tenant_id = tenant
      and waiting.xid >= pg_snapshot_xmin(visible)::text::bigint
      and waiting.xid < pg_snapshot_xmax(visible)::text::bigint
  );
  if ids = '{}' then
    return;
  end if;

  seal_number := coalesce(last.number, 0) + 1;
  select encode(
    app.merkle_root(array_agg(sha256('\x00'::bytea || uuid_send(leaf.id) || decode(leaf.hash, 'hex')) order by leaf.place)),
    'hex'
  )
  into root
  from unnest(ids, hashes) with ordinality as leaf (id, hash, place);
  seal_chain := encode(
    sha256(
      convert_to(
        to_jsonb(
          array[
            coalesce(last.chain, ''), tenant::text, seal_number::text, '1', low::text, high::text,
            cardinality(ids)::text, root, trim_scale(extract(epoch from sealed_at) * 1000000)::text
          ]
        )::text,
        'UTF8'
      )
    ),
    'hex'
  );
  insert into public.audit_seals (
    tenant_id, number, form, entries, root, chain, sealed_at, from_xid, until_xid, entry_ids, entry_hashes
  )
  values (tenant, seal_number, 1, cardinality(ids), root, seal_chain, sealed_at, low, high, ids, hashes)
  on conflict (tenant_id, number) do nothing;
  if not found then
    raise lock_not_available;
  end if;
exception
  -- Somebody else seals, or just has.
  when lock_not_available then
    seal_number := null;
    seal_chain := null;
    is_full := false;
    has_more := true;
end
$$;

revoke all on function app.seal_audit(uuid) from public;

-- Adds a signature to a seal of the current tenant. Who holds the key and calls this is no part of the database; what is
-- signed wrongly is no signature to whoever verifies, and stands in the way of none that is right.
-- SECURITY DEFINER because requests may not write signatures otherwise.
create function app.sign_audit_seal(tenant uuid, seal_number integer, signature text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if signature !~ '^[0-9a-f]{64}$' or not exists (
    select from public.audit_seals as seal where seal.tenant_id = tenant and seal.number = seal_number
  ) then
    raise exception 'not a signature of a seal' using errcode = 'invalid_parameter_value';
  end if;
  insert into public.audit_signatures (tenant_id, number, signature) values (tenant, seal_number, signature);
end
$$;

revoke all on function app.sign_audit_seal(uuid,integer,text) from public;

CREATE TABLE platform.departed_tenants (
	id UUID DEFAULT app.new_id() NOT NULL, 
	slug TEXT NOT NULL, 
	departed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT departed_tenants_pkey PRIMARY KEY (id)
);

CREATE TABLE public.audit_seals (
	tenant_id UUID NOT NULL, 
	id UUID DEFAULT app.new_id() NOT NULL, 
	number INTEGER NOT NULL, 
	form INTEGER NOT NULL, 
	entries INTEGER NOT NULL, 
	root TEXT NOT NULL, 
	chain TEXT NOT NULL, 
	sealed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	from_xid BIGINT NOT NULL, 
	until_xid BIGINT NOT NULL, 
	entry_ids UUID[] NOT NULL, 
	entry_hashes TEXT[] NOT NULL, 
	CONSTRAINT audit_seals_pkey PRIMARY KEY (tenant_id, id), 
	CONSTRAINT audit_seals_number_key UNIQUE (tenant_id, number)
);

CREATE TABLE public.audit_signatures (
	tenant_id UUID NOT NULL, 
	id UUID DEFAULT app.new_id() NOT NULL, 
	number INTEGER NOT NULL, 
	signature TEXT NOT NULL, 
	signed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT audit_signatures_pkey PRIMARY KEY (tenant_id, id)
);

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

alter table public.audit_logs add column xid BIGINT DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL;

alter table public.connections add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.integrations add column has_credentials BOOLEAN GENERATED ALWAYS AS (credentials is not null) STORED NOT NULL;

alter table public.integrations add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.sync_jobs add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.tenants add column version INTEGER DEFAULT 1 NOT NULL;

alter table public.users add column version INTEGER DEFAULT 1 NOT NULL;

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(event_name) between 1 and 200)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_event_name_check CHECK (char_length(event_name) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(event_type) between 1 and 200)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_event_type_check CHECK (char_length(event_type) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(source) between 1 and 200)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_source_check CHECK (char_length(source) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(source_id) between 1 and 255)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_source_id_check CHECK (char_length(source_id) between 1 and 255);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.connections where not (char_length(connection_id) between 1 and 255)
ALTER TABLE public.connections ADD CONSTRAINT connections_connection_id_check CHECK (char_length(connection_id) between 1 and 255);

-- Stops at rows that break it; a superuser sees them: select id from platform.identities where not (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$')
ALTER TABLE platform.identities ADD CONSTRAINT identities_email_check CHECK (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$');

-- Stops at rows that break it; a superuser sees them: select id from platform.identities where not (failed_sign_ins >= 0)
ALTER TABLE platform.identities ADD CONSTRAINT identities_failed_sign_ins_check CHECK (failed_sign_ins >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (credentials ~ '^v1[.][0-9]+[.][A-Za-z0-9_-]+$')
ALTER TABLE public.integrations ADD CONSTRAINT integrations_credentials_check CHECK (credentials ~ '^v1[.][0-9]+[.][A-Za-z0-9_-]+$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(description) <= 10000)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_description_check CHECK (char_length(description) <= 10000);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(name) between 1 and 200)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_name_check CHECK (char_length(name) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(provider) <= 63 and provider ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$')
ALTER TABLE public.integrations ADD CONSTRAINT integrations_provider_check CHECK (char_length(provider) <= 63 and provider ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(sync_error) <= 10000)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_sync_error_check CHECK (char_length(sync_error) <= 10000);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(sync_status) between 1 and 100)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_sync_status_check CHECK (char_length(sync_status) between 1 and 100);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.sync_jobs where not (records_processed >= 0)
ALTER TABLE public.sync_jobs ADD CONSTRAINT sync_jobs_records_processed_check CHECK (records_processed >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.sync_jobs where not (char_length(sync_id) between 1 and 255)
ALTER TABLE public.sync_jobs ADD CONSTRAINT sync_jobs_sync_id_check CHECK (char_length(sync_id) between 1 and 255);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(billing_email) <= 254 and billing_email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$')
ALTER TABLE public.tenants ADD CONSTRAINT tenants_billing_email_check CHECK (char_length(billing_email) <= 254 and billing_email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(domain) <= 253 and domain ~ '^(?:[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+)$')
ALTER TABLE public.tenants ADD CONSTRAINT tenants_domain_check CHECK (char_length(domain) <= 253 and domain ~ '^(?:[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (max_integrations >= 0)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_max_integrations_check CHECK (max_integrations >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (max_users >= 0)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_max_users_check CHECK (max_users >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(name) between 1 and 200)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_name_check CHECK (char_length(name) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(plan_type) between 1 and 100)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_plan_type_check CHECK (char_length(plan_type) between 1 and 100);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(slug) <= 63 and slug ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$')
ALTER TABLE public.tenants ADD CONSTRAINT tenants_slug_check CHECK (char_length(slug) <= 63 and slug ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(avatar) <= 2048 and avatar ~ '^(?:https?://[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*(?::[0-9]{1,5})?(?:[/?#][a-zA-Z0-9._~:/?#@!$&''()*+,;=%-]*)?)$')
ALTER TABLE public.users ADD CONSTRAINT users_avatar_check CHECK (char_length(avatar) <= 2048 and avatar ~ '^(?:https?://[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*(?::[0-9]{1,5})?(?:[/?#][a-zA-Z0-9._~:/?#@!$&''()*+,;=%-]*)?)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$')
ALTER TABLE public.users ADD CONSTRAINT users_email_check CHECK (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (cardinality(extra_permissions) <= 100 and app.each_fits(extra_permissions, 1, 100, null))
ALTER TABLE public.users ADD CONSTRAINT users_extra_permissions_check CHECK (cardinality(extra_permissions) <= 100 and app.each_fits(extra_permissions, 1, 100, null));

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(first_name) <= 200)
ALTER TABLE public.users ADD CONSTRAINT users_first_name_check CHECK (char_length(first_name) <= 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (cardinality(functions) <= 100 and app.each_fits(functions, 1, 100, null))
ALTER TABLE public.users ADD CONSTRAINT users_functions_check CHECK (cardinality(functions) <= 100 and app.each_fits(functions, 1, 100, null));

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(last_name) <= 200)
ALTER TABLE public.users ADD CONSTRAINT users_last_name_check CHECK (char_length(last_name) <= 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(name) between 1 and 200)
ALTER TABLE public.users ADD CONSTRAINT users_name_check CHECK (char_length(name) between 1 and 200);

CREATE INDEX audit_logs_xid_idx ON public.audit_logs (tenant_id, xid, id);

CREATE INDEX audit_seals_until_xid_idx ON public.audit_seals (tenant_id, until_xid, id);

CREATE INDEX audit_signatures_number_idx ON public.audit_signatures (tenant_id, number, id);

COMMENT ON TABLE platform.departed_tenants IS 'A tenant that was deleted, whose audit log was not. Kept by a trigger on tenants; `id` is the tenant''s.';

COMMENT ON TABLE public.audit_logs IS 'A change to a row, a bulk statement, or an operation. Actors carry no foreign key: the log outlives people.';

COMMENT ON COLUMN public.audit_logs.action IS 'Such as `connection.updated`; of an operation its name, such as `startSync`.';

COMMENT ON COLUMN public.audit_logs.xid IS 'The transaction that left the entry.';

COMMENT ON TABLE public.audit_seals IS 'A batch of the audit log''s entries under one hash, which the next seal''s hash is made of as well.';

COMMENT ON COLUMN public.audit_seals.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.audit_seals.number IS '1, 2, 3 …';

COMMENT ON COLUMN public.audit_seals.form IS 'The version of the form in which entries are hashed.';

COMMENT ON COLUMN public.audit_seals.entries IS 'How many entries it covers.';

COMMENT ON COLUMN public.audit_seals.root IS 'The root of the Merkle tree over the entries, in hexadecimal digits.';

COMMENT ON COLUMN public.audit_seals.chain IS 'The hash of this seal and the chain before it: all that was logged until then.';

COMMENT ON COLUMN public.audit_seals.from_xid IS 'The first transaction whose entries it covers.';

COMMENT ON COLUMN public.audit_seals.until_xid IS 'The transaction that the next seal begins with.';

COMMENT ON COLUMN public.audit_seals.entry_ids IS 'The entries, in the order of their transactions and ids.';

COMMENT ON COLUMN public.audit_seals.entry_hashes IS 'The hash of each.';

COMMENT ON TABLE public.audit_signatures IS 'The chain of a seal, signed with a key that the database never sees.';

COMMENT ON COLUMN public.audit_signatures.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.audit_signatures.number IS 'The seal''s.';

COMMENT ON COLUMN public.audit_signatures.signature IS 'HMAC-SHA-256 of its chain, in hexadecimal digits.';

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

create trigger audit_insert after insert on public.tenants
referencing new table as changed
for each statement execute function app.audit_rows('Tenant', 'tenant', 'tenant_id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create trigger audit_delete after delete on public.tenants
referencing old table as changed
for each statement execute function app.audit_rows('Tenant', 'tenant', 'tenant_id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create trigger audit_update after update on public.tenants
for each row execute function app.audit_change('Tenant', 'tenant', 'tenant_id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

alter table platform.departed_tenants enable row level security;

alter table platform.departed_tenants force row level security;

create policy platform_access on platform.departed_tenants as permissive for all to bulkhead_owner, bulkhead_platform
  using (true)
  with check (true);

grant select, insert, update, delete on platform.departed_tenants to bulkhead_platform;

create trigger audit_insert after insert on public.users
referencing new table as changed
for each statement execute function app.audit_rows('User', 'user', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{identity_id}');

create trigger audit_delete after delete on public.users
referencing old table as changed
for each statement execute function app.audit_rows('User', 'user', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{identity_id}');

create trigger audit_update after update on public.users
for each row execute function app.audit_change('User', 'user', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{identity_id}');

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

create trigger audit_insert after insert on public.integrations
referencing new table as changed
for each statement execute function app.audit_rows('Integration', 'integration', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{credentials}');

create trigger audit_delete after delete on public.integrations
referencing old table as changed
for each statement execute function app.audit_rows('Integration', 'integration', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{credentials}');

create trigger audit_update after update on public.integrations
for each row execute function app.audit_change('Integration', 'integration', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{credentials}');

create trigger audit_insert after insert on public.connections
referencing new table as changed
for each statement execute function app.audit_rows('Connection', 'connection', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create trigger audit_delete after delete on public.connections
referencing old table as changed
for each statement execute function app.audit_rows('Connection', 'connection', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create trigger audit_update after update on public.connections
for each row execute function app.audit_change('Connection', 'connection', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create trigger audit_insert after insert on public.sync_jobs
referencing new table as changed
for each statement execute function app.audit_rows('SyncJob', 'sync_job', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create trigger audit_delete after delete on public.sync_jobs
referencing old table as changed
for each statement execute function app.audit_rows('SyncJob', 'sync_job', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create trigger audit_update after update on public.sync_jobs
for each row execute function app.audit_change('SyncJob', 'sync_job', 'id', '{tenant_id,version,created_at,updated_at,search_vector}', '{}');

create policy owner_reads on public.audit_logs as permissive for select to bulkhead_owner
  using (tenant_id = app.current_tenant());

alter table public.audit_seals enable row level security;

alter table public.audit_seals force row level security;

create policy tenant_floor on public.audit_seals as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.audit_seals as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy owner_appends on public.audit_seals as permissive for insert to bulkhead_owner
  with check (tenant_id = app.current_tenant());

create policy owner_reads on public.audit_seals as permissive for select to bulkhead_owner
  using (tenant_id = app.current_tenant());

create policy read_gate on public.audit_seals as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('ADMIN', 'OWNER') then app.current_tenant() end);

create policy create_gate on public.audit_seals as restrictive for insert to bulkhead_app
  with check (false);

create policy update_gate on public.audit_seals as restrictive for update to bulkhead_app
  using (false)
  with check (false);

create policy delete_gate on public.audit_seals as restrictive for delete to bulkhead_app
  using (false);

grant select (tenant_id, id, number, form, entries, root, chain, sealed_at) on public.audit_seals to bulkhead_app;

alter table public.audit_signatures enable row level security;

alter table public.audit_signatures force row level security;

create policy tenant_floor on public.audit_signatures as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.audit_signatures as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy owner_appends on public.audit_signatures as permissive for insert to bulkhead_owner
  with check (tenant_id = app.current_tenant());

create policy owner_reads on public.audit_signatures as permissive for select to bulkhead_owner
  using (tenant_id = app.current_tenant());

create policy read_gate on public.audit_signatures as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('ADMIN', 'OWNER') then app.current_tenant() end);

create policy create_gate on public.audit_signatures as restrictive for insert to bulkhead_app
  with check (false);

create policy update_gate on public.audit_signatures as restrictive for update to bulkhead_app
  using (false)
  with check (false);

create policy delete_gate on public.audit_signatures as restrictive for delete to bulkhead_app
  using (false);

grant select (tenant_id, id, number, signature, signed_at) on public.audit_signatures to bulkhead_app;

-- A seal is never changed.
create trigger refuse_change before delete or update on public.audit_seals
for each row execute function app.refuse_change();

-- A seal is never changed.
create trigger refuse_truncate before truncate on public.audit_seals
for each statement execute function app.refuse_change();

-- A signature is never changed.
create trigger refuse_change before delete or update on public.audit_signatures
for each row execute function app.refuse_change();

-- A signature is never changed.
create trigger refuse_truncate before truncate on public.audit_signatures
for each statement execute function app.refuse_change();

grant execute on function app.audit_operation(uuid,text,text,uuid) to bulkhead_app;

grant execute on function app.each_fits(text[],integer,integer,text) to bulkhead_app;

grant execute on function app.each_fits(text[],integer,integer,text) to bulkhead_platform;

grant execute on function app.refuse_missing(text) to bulkhead_app;

grant execute on function app.refuse_missing(text) to bulkhead_platform;

grant execute on function app.seal_audit(uuid) to bulkhead_app;

grant execute on function app.sign_audit_seal(uuid,integer,text) to bulkhead_app;

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
