"""transitions quotas and kept answers."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
