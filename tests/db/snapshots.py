"""Snapshots of test databases."""

from collections.abc import Mapping

from app.isolation.snapshot import take_snapshot
from tests.conftest import TestDatabase


async def snapshot_of(database: TestDatabase) -> Mapping[str, str]:
    """The snapshot of a database."""
    connection = await database.superuser()
    try:
        return await take_snapshot(connection)
    finally:
        await connection.close()
