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
$$
