-- A new tenant, whose context is set: id ($1), name ($2), slug ($3), domain ($4), plan ($5), seats ($6), integrations ($7).
insert into public.tenants (tenant_id, name, slug, domain, status, plan_type, max_users, max_integrations)
values ($1, $2, $3, $4, 'ACTIVE', $5, $6, $7)
