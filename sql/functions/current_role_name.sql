-- The caller's role in the tenant (VIEWER … OWNER), or NULL.
create function app.current_role_name() returns text
language sql stable parallel safe
return nullif(current_setting('app.role', true), '')
