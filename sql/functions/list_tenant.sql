-- Keeps platform.tenant_directory, where a tenant is found by slug or domain before it is known, and beside it
-- platform.departed_tenants: who was deleted leaves an audit log.
-- SECURITY DEFINER because nobody but the owner writes there.
create function app.list_tenant() returns trigger
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
$$
