"""Runs a revision's frozen SQL.

In: a connection and a revision's own file.  Out: nothing; the `.sql` beside it has run, in Alembic's transaction.
"""

from pathlib import Path

from sqlalchemy import Connection

from app.db.migrations import run_script


def run_frozen_sql(connection: Connection, revision_file: str) -> None:
    """Runs the `.sql` file beside a revision, as it stands."""
    run_script(connection, Path(revision_file).with_suffix(".sql").read_text())
