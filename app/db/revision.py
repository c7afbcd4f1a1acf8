"""Which revision a database should be at, and whether it is. Apart from migrations.py, which pulls in Alembic."""

import asyncpg

from app.db.sqlstate import translated_connection_errors
from app.paths import ROOT


def head_revision() -> str:
    """The newest revision that this checkout knows. Revisions are numbered, so it is the last by name."""
    return max(file.name for file in (ROOT / "migrations" / "versions").glob("[0-9]*.py")).partition("_")[0]


async def is_at_head(url: str) -> bool:
    """Whether a database is at the newest revision. Raises Unavailable when it cannot be reached."""
    with translated_connection_errors():
        connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("select app.schema_revision()") == head_revision())
    except asyncpg.PostgresError:
        return False  # never migrated: there is no such function yet
    finally:
        await connection.close()
