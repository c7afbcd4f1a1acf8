-- The ids of all tenants.
select id from platform.tenant_directory order by slug
