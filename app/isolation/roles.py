"""The names of the database's roles. `sql/roles.sql` creates them."""

OWNER = "bulkhead_owner"
APP = "bulkhead_app"
PLATFORM = "bulkhead_platform"
