-- The schemas and who owns them.
select format('schema %I', nspname) as identity, 'owner ' || nspowner::regrole as definition
from pg_namespace
where oid::regnamespace::text = any ($1)
