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
$$
