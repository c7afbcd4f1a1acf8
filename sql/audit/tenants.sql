-- Every tenant that has a log: those that are there, and those that are gone.
select id, slug from platform.tenant_directory
union all
select id, slug from platform.departed_tenants
order by slug, id
