"""${message}"""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
