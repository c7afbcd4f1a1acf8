-- Frozen. Later changes are later revisions.

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
    where key not in ('tenant_id', 'created_at', 'updated_at', 'search_vector')
  ) as field
  where was <> became;

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

