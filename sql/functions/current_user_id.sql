-- The user of this transaction, or NULL.
create function app.current_user_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.user_id', true), '')::uuid
