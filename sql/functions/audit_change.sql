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
$$
