"""Lists are read from their index."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
