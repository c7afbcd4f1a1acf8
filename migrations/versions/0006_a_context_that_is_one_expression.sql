-- Frozen. Later changes are later revisions.

-- Settings for this transaction only, on a sharded database and its workers. Called by app.set_reader and
-- app.set_context.
create function app.apply_settings(names text[], texts text[]) returns boolean
language plpgsql volatile
as $$
declare
  place integer;
begin
  for place in 1 .. cardinality(names) loop
    execute format('set local %s = %L', names[place], coalesce(texts[place], ''));
  end loop;
  return false;
end
$$;

revoke all on function app.apply_settings(text[],text[]) from public;

-- Its result is of another type.
drop function app.set_context(uuid,uuid,text,text,text,text,integer);

-- Opens a request that may write: who is asking, and how the audit log will know it, for this transaction only. Called
-- by app/db, before anything else, and by nobody else.
-- On a sharded database only SET LOCAL reaches the workers; elsewhere set_config(…, true) does the same for less. One
-- expression, which Postgres puts in the place of the call: a function in PL/pgSQL would take half as long again. No
-- set_config is null, so `or` makes them all.
create function app.set_context(
  tenant_id uuid, user_id uuid, role text, request_id text, client_ip text, user_agent text, timeout_ms integer
) returns boolean
language sql volatile
as $$
  select case
    when current_setting('citus.propagate_set_commands', true) = 'local' then
      app.apply_settings(
        array[
          'app.tenant_id', 'app.user_id', 'app.role', 'app.request_id', 'app.client_ip', 'app.user_agent',
          'statement_timeout'
        ],
        array[tenant_id::text, user_id::text, role, request_id, client_ip, user_agent, timeout_ms::text]
      )
    else
      set_config('app.tenant_id', coalesce(tenant_id::text, ''), true) is null
      or set_config('app.user_id', coalesce(user_id::text, ''), true) is null
      or set_config('app.role', coalesce(role, ''), true) is null
      or set_config('app.request_id', coalesce(request_id, ''), true) is null
      or set_config('app.client_ip', coalesce(client_ip, ''), true) is null
      or set_config('app.user_agent', coalesce(user_agent, ''), true) is null
      or set_config('statement_timeout', timeout_ms::text, true) is null
  end
$$;

revoke all on function app.set_context(uuid,uuid,text,text,text,text,integer) from public;

-- Its result is of another type.
drop function app.set_reader(uuid,uuid,text,integer);

-- Opens a request that reads: who is asking, for this transaction only, which may not write any more. Called by app/db,
-- before anything is read, and by nobody else.
-- On a sharded database only SET LOCAL reaches the workers; elsewhere set_config(…, true) does the same for less. One
-- expression, which Postgres puts in the place of the call: a function in PL/pgSQL would take half as long again. No
-- set_config is null, so `or` makes them all.
create function app.set_reader(tenant_id uuid, user_id uuid, role text, timeout_ms integer) returns boolean
language sql volatile
as $$
  select case
    when current_setting('citus.propagate_set_commands', true) = 'local' then
      app.apply_settings(
        array['app.tenant_id', 'app.user_id', 'app.role', 'statement_timeout', 'transaction_read_only'],
        array[tenant_id::text, user_id::text, role, timeout_ms::text, 'on']
      )
    else
      set_config('app.tenant_id', coalesce(tenant_id::text, ''), true) is null
      or set_config('app.user_id', coalesce(user_id::text, ''), true) is null
      or set_config('app.role', coalesce(role, ''), true) is null
      or set_config('statement_timeout', timeout_ms::text, true) is null
      or set_config('transaction_read_only', 'on', true) is null
  end
$$;

revoke all on function app.set_reader(uuid,uuid,text,integer) from public;

grant execute on function app.apply_settings(text[],text[]) to bulkhead_app;

grant execute on function app.apply_settings(text[],text[]) to bulkhead_platform;

grant execute on function app.set_context(uuid,uuid,text,text,text,text,integer) to bulkhead_app;

grant execute on function app.set_context(uuid,uuid,text,text,text,text,integer) to bulkhead_platform;

grant execute on function app.set_reader(uuid,uuid,text,integer) to bulkhead_app;

grant execute on function app.set_reader(uuid,uuid,text,integer) to bulkhead_platform;
