"""a context for readers, and gates asked once."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
