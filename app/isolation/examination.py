"""`bulkhead doctor`: examines the database that the settings name, and prints what was found.

In: settings.  Out: a report, a line for each check.
"""

import asyncpg
from rich.console import Console

from app.catalog import build_catalog
from app.db.sqlstate import translated_connection_errors
from app.domains import DOMAINS
from app.isolation.doctor import Report, examine
from app.settings import Settings


async def examine_database(settings: Settings) -> Report:
    """Examines the database as the login that serves requests. Raises Unavailable when it cannot be reached."""
    assert settings.database_url is not None
    with translated_connection_errors():
        connection = await asyncpg.connect(settings.database_url)
    try:
        return await examine(connection, build_catalog(DOMAINS))
    finally:
        await connection.close()
