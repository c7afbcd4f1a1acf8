"""Rules of columns."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
