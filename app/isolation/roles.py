"""The names of the database's roles. `sql/bootstrap.sql` creates them."""

OWNER = "bulkhead_owner"
APP = "bulkhead_app"
PLATFORM = "bulkhead_platform"
SEARCH = "bulkhead_search"
