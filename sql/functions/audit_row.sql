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
$$
