-- The id and role of the seat with this address ($2) in a tenant ($1), whose context is set.
select id, role from public.users where tenant_id = $1 and email = $2
