"""Read gates that are expected to hold."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
