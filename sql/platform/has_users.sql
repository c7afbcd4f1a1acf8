-- Whether a tenant ($1), whose context is set, has any seat.
select exists (select from public.users where tenant_id = $1)
