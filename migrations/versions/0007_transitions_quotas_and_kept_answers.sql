-- Frozen. Later changes are later revisions.

-- After rows were added: refuses them when the tenant has more of them now than it may.
-- Arguments: the table, and the column of tenants that says how many. Whoever adds at the same time waits here, and then
-- counts what the other has left; the lock ends with the transaction.
create function app.hold_quota() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  tenant uuid;
  most integer;
  found integer;
begin
  for tenant in select distinct tenant_id from added loop
    perform pg_advisory_xact_lock(hashtextextended(tenant::text || tg_argv[0], 0));
    execute format('select %I from public.tenants where tenant_id = $1', tg_argv[1]) into most using tenant;
    execute format('select count(*) from public.%I where tenant_id = $1', tg_argv[0]) into found using tenant;
    if found > most then
      raise exception 'quota exceeded' using
        errcode = 'ST002', detail = jsonb_build_object('quota', tg_argv[1], 'most', most);
    end if;
  end loop;
  return null;
end
$$;

revoke all on function app.hold_quota() from public;

-- Refuses a change of status that the declaration does not allow; the trigger's condition tells which those are.
-- Arguments: the column, and what may follow each of its values, as JSON. The detail names states, which are words of
-- the schema, and no other value of the row.
create function app.refuse_transition() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  was text := to_jsonb(old) ->> tg_argv[0];
begin
  raise exception 'illegal transition' using
    errcode = 'ST001',
    detail = jsonb_build_object(
      'column', tg_argv[0], 'from', was, 'to', to_jsonb(new) ->> tg_argv[0],
      'allowed', coalesce(tg_argv[1]::jsonb -> was, '[]')
    );
end
$$;

revoke all on function app.refuse_transition() from public;

CREATE TABLE public.kept_answers (
	tenant_id UUID NOT NULL, 
	id UUID DEFAULT app.new_id() NOT NULL, 
	key TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	data TEXT, 
	errors TEXT, 
	kept_until TIMESTAMP WITH TIME ZONE DEFAULT now() + '24:00:00'::interval NOT NULL, 
	CONSTRAINT kept_answers_pkey PRIMARY KEY (tenant_id, id), 
	CONSTRAINT kept_answers_key_key UNIQUE (tenant_id, key), 
	CONSTRAINT kept_answers_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES public.tenants (tenant_id) ON DELETE CASCADE
);

CREATE INDEX kept_answers_kept_until_idx ON public.kept_answers (tenant_id, kept_until, id);

COMMENT ON TABLE public.kept_answers IS 'The answer to a mutation that came with an Idempotency-Key, for whoever sends it again.';

COMMENT ON COLUMN public.kept_answers.tenant_id IS 'Whose row it is.';

COMMENT ON COLUMN public.kept_answers.key IS 'What the caller named the request.';

COMMENT ON COLUMN public.kept_answers.fingerprint IS 'Of the request and who sent it: the same key may stand for nothing else.';

COMMENT ON COLUMN public.kept_answers.data IS 'Of the response, as JSON; none while the mutation runs.';

COMMENT ON COLUMN public.kept_answers.errors IS 'The same.';

COMMENT ON COLUMN public.sync_jobs.status IS 'How far it is. What has ended never runs again, but how it ended may be corrected.';

create trigger quota after insert on public.users
referencing new table as added
for each statement execute function app.hold_quota('users', 'max_users');

alter table public.kept_answers enable row level security;

alter table public.kept_answers force row level security;

create policy tenant_floor on public.kept_answers as restrictive for all to public
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy tenant_access on public.kept_answers as permissive for all to bulkhead_app
  using (tenant_id = app.current_tenant())
  with check (tenant_id = app.current_tenant());

create policy read_gate on public.kept_answers as restrictive for select to bulkhead_app
  using (tenant_id = case when app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER') then app.current_tenant() end);

create policy create_gate on public.kept_answers as restrictive for insert to bulkhead_app
  with check (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy update_gate on public.kept_answers as restrictive for update to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'))
  with check (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

create policy delete_gate on public.kept_answers as restrictive for delete to bulkhead_app
  using (app.current_role_name() in ('VIEWER', 'MEMBER', 'MANAGER', 'ADMIN', 'OWNER'));

grant select (tenant_id, id, key, fingerprint, data, errors, kept_until) on public.kept_answers to bulkhead_app;

grant insert (tenant_id, id, key, fingerprint, data, errors, kept_until) on public.kept_answers to bulkhead_app;

grant update (key, fingerprint, data, errors, kept_until) on public.kept_answers to bulkhead_app;

grant delete on public.kept_answers to bulkhead_app;

create trigger quota after insert on public.integrations
referencing new table as added
for each statement execute function app.hold_quota('integrations', 'max_integrations');

create trigger transition_of_status before update on public.connections
for each row when (old.status <> new.status and not coalesce(
  case old.status
    when 'ACTIVE' then new.status in ('INACTIVE', 'ERROR', 'EXPIRED')
    when 'INACTIVE' then new.status in ('ACTIVE')
    when 'ERROR' then new.status in ('ACTIVE', 'INACTIVE', 'EXPIRED')
    when 'EXPIRED' then new.status in ('ACTIVE', 'INACTIVE', 'ERROR')
    else false
  end, false))
execute function app.refuse_transition('status', '{"ACTIVE":["INACTIVE","ERROR","EXPIRED"],"INACTIVE":["ACTIVE"],"ERROR":["ACTIVE","INACTIVE","EXPIRED"],"EXPIRED":["ACTIVE","INACTIVE","ERROR"]}');

create trigger transition_of_status before update on public.sync_jobs
for each row when (old.status <> new.status and not coalesce(
  case old.status
    when 'PENDING' then new.status in ('IN_PROGRESS', 'COMPLETED', 'FAILED')
    when 'IN_PROGRESS' then new.status in ('COMPLETED', 'FAILED')
    when 'COMPLETED' then new.status in ('FAILED')
    when 'FAILED' then new.status in ('COMPLETED')
    else false
  end, false))
execute function app.refuse_transition('status', '{"PENDING":["IN_PROGRESS","COMPLETED","FAILED"],"IN_PROGRESS":["COMPLETED","FAILED"],"COMPLETED":["FAILED"],"FAILED":["COMPLETED"]}');

