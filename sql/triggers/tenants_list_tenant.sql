-- A tenant's slug and domain are known to the platform's directory as soon as they are written.
create trigger list_tenant after insert or delete or update of slug, domain on public.tenants
for each row execute function app.list_tenant()
