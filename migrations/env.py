"""Where Alembic meets the database: runs the revisions as the owner, whoever logged in.

Ends by writing down the revision in `app.schema_revision()`, which the requests' role may call: the version table
itself is out of its reach.
"""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    include_schemas=True,
    compare_type=True,
    compare_server_default=True,
    version_table_schema="platform",
)
with context.begin_transaction():
    context.run_migrations()
    revision = context.get_context().get_current_revision()
    connection.execute(
        text(f"create or replace function app.schema_revision() returns text language sql stable return '{revision}'")
    )
    connection.execute(text("revoke all on function app.schema_revision() from public"))
    connection.execute(text("grant execute on function app.schema_revision() to bulkhead_app"))
