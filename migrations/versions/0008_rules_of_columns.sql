-- Frozen. Later changes are later revisions.

-- Whether every text of a list has so many characters, and matches a pattern. What is null is not asked: a bound, the
-- pattern, an item. A CHECK has no words of its own for every item of a list.
create function app.each_fits(items text[], shortest integer, longest integer, pattern text) returns boolean
language sql immutable parallel safe
return not exists (
  select from unnest(items) as item
  where char_length(item) < shortest or char_length(item) > longest or item !~ pattern
);

revoke all on function app.each_fits(text[],integer,integer,text) from public;

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(event_name) between 1 and 200)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_event_name_check CHECK (char_length(event_name) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(event_type) between 1 and 200)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_event_type_check CHECK (char_length(event_type) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(source) between 1 and 200)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_source_check CHECK (char_length(source) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.analytics_events where not (char_length(source_id) between 1 and 255)
ALTER TABLE public.analytics_events ADD CONSTRAINT analytics_events_source_id_check CHECK (char_length(source_id) between 1 and 255);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.connections where not (char_length(connection_id) between 1 and 255)
ALTER TABLE public.connections ADD CONSTRAINT connections_connection_id_check CHECK (char_length(connection_id) between 1 and 255);

-- Stops at rows that break it; a superuser sees them: select id from platform.identities where not (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$')
ALTER TABLE platform.identities ADD CONSTRAINT identities_email_check CHECK (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$');

-- Stops at rows that break it; a superuser sees them: select id from platform.identities where not (failed_sign_ins >= 0)
ALTER TABLE platform.identities ADD CONSTRAINT identities_failed_sign_ins_check CHECK (failed_sign_ins >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(description) <= 10000)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_description_check CHECK (char_length(description) <= 10000);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(name) between 1 and 200)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_name_check CHECK (char_length(name) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(provider) <= 63 and provider ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$')
ALTER TABLE public.integrations ADD CONSTRAINT integrations_provider_check CHECK (char_length(provider) <= 63 and provider ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(sync_error) <= 10000)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_sync_error_check CHECK (char_length(sync_error) <= 10000);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.integrations where not (char_length(sync_status) between 1 and 100)
ALTER TABLE public.integrations ADD CONSTRAINT integrations_sync_status_check CHECK (char_length(sync_status) between 1 and 100);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.sync_jobs where not (records_processed >= 0)
ALTER TABLE public.sync_jobs ADD CONSTRAINT sync_jobs_records_processed_check CHECK (records_processed >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.sync_jobs where not (char_length(sync_id) between 1 and 255)
ALTER TABLE public.sync_jobs ADD CONSTRAINT sync_jobs_sync_id_check CHECK (char_length(sync_id) between 1 and 255);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(billing_email) <= 254 and billing_email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$')
ALTER TABLE public.tenants ADD CONSTRAINT tenants_billing_email_check CHECK (char_length(billing_email) <= 254 and billing_email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(domain) <= 253 and domain ~ '^(?:[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+)$')
ALTER TABLE public.tenants ADD CONSTRAINT tenants_domain_check CHECK (char_length(domain) <= 253 and domain ~ '^(?:[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (max_integrations >= 0)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_max_integrations_check CHECK (max_integrations >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (max_users >= 0)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_max_users_check CHECK (max_users >= 0);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(name) between 1 and 200)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_name_check CHECK (char_length(name) between 1 and 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(plan_type) between 1 and 100)
ALTER TABLE public.tenants ADD CONSTRAINT tenants_plan_type_check CHECK (char_length(plan_type) between 1 and 100);

-- Stops at rows that break it; a superuser sees them: select tenant_id from public.tenants where not (char_length(slug) <= 63 and slug ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$')
ALTER TABLE public.tenants ADD CONSTRAINT tenants_slug_check CHECK (char_length(slug) <= 63 and slug ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(avatar) <= 2048 and avatar ~ '^(?:https?://[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*(?::[0-9]{1,5})?(?:[/?#][a-zA-Z0-9._~:/?#@!$&''()*+,;=%-]*)?)$')
ALTER TABLE public.users ADD CONSTRAINT users_avatar_check CHECK (char_length(avatar) <= 2048 and avatar ~ '^(?:https?://[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*(?::[0-9]{1,5})?(?:[/?#][a-zA-Z0-9._~:/?#@!$&''()*+,;=%-]*)?)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$')
ALTER TABLE public.users ADD CONSTRAINT users_email_check CHECK (char_length(email) <= 254 and email ~ '^(?:[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*)$');

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (cardinality(extra_permissions) <= 100 and app.each_fits(extra_permissions, 1, 100, null))
ALTER TABLE public.users ADD CONSTRAINT users_extra_permissions_check CHECK (cardinality(extra_permissions) <= 100 and app.each_fits(extra_permissions, 1, 100, null));

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(first_name) <= 200)
ALTER TABLE public.users ADD CONSTRAINT users_first_name_check CHECK (char_length(first_name) <= 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (cardinality(functions) <= 100 and app.each_fits(functions, 1, 100, null))
ALTER TABLE public.users ADD CONSTRAINT users_functions_check CHECK (cardinality(functions) <= 100 and app.each_fits(functions, 1, 100, null));

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(last_name) <= 200)
ALTER TABLE public.users ADD CONSTRAINT users_last_name_check CHECK (char_length(last_name) <= 200);

-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.users where not (char_length(name) between 1 and 200)
ALTER TABLE public.users ADD CONSTRAINT users_name_check CHECK (char_length(name) between 1 and 200);

grant execute on function app.each_fits(text[],integer,integer,text) to bulkhead_app;

grant execute on function app.each_fits(text[],integer,integer,text) to bulkhead_platform;

