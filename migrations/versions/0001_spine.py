"""The spine: tenancy, integrations, analytics, audit; roles' rights, policies, functions and triggers."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
