"""a context that is one expression."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
