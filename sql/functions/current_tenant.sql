-- The tenant of this transaction, or NULL when none is set: no rows, no writes.
-- STABLE and of one expression, so that Postgres inlines it. After a commit the setting reads '', not NULL.
create function app.current_tenant() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.tenant_id', true), '')::uuid
