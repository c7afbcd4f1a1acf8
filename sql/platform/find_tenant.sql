-- The id of the tenant with this slug ($1).
select id from platform.tenant_directory where slug = $1
