-- After a statement changed rows that come by the thousand: one audit entry a tenant, with their number.
-- Arguments: the entity's name, its name in actions. The changed rows are the transition table `changed`.
create function app.audit_statement() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app.audit_entry(
    tenant_id,
    tg_argv[0],
    tg_argv[1] || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end,
    null,
    null,
    jsonb_build_object('rows', count(*))
  )
  from changed
  group by tenant_id;
  return null;
end
$$
