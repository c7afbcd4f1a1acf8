-- Runs once, by the Postgres image, when its volume is new: the requests' role with its password.
-- `bulkhead migrate` makes this role where it is missing, but without a password, which is no business of a migration.
-- To change the password later: `docker compose exec postgres psql -U postgres -c '\password bulkhead_app'`.
\getenv password POSTGRES_APP_PASSWORD
create role bulkhead_app login nosuperuser nobypassrls nocreatedb nocreaterole password :'password';
