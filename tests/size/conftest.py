"""A database of real size: one tenant of 1,000,000 sync jobs among 1,000 tenants (fill.sql)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from app.catalog import Catalog
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.size.large import LARGE

CursorOf = Callable[[str, int], Awaitable[str]]
"""The cursor of the sync job that stands at that number, from 1 on, in that order."""


@pytest.fixture(scope="session")
async def size_world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """The gateway in front of it. Nobody writes to it."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute((Path(__file__).parent / "fill.sql").read_text())
    await superuser.execute("reindex schema public")
    # As autovacuum leaves a table: analyzed, and known to be visible to all.
    await superuser.execute("vacuum analyze")
    await superuser.close()
    world = await open_world(database, catalog)
    yield world
    await world.pool.close()


@pytest.fixture(scope="session")
def cursor_of(size_world: World) -> CursorOf:
    """Finds cursors by their offset, each once."""
    found: dict[tuple[str, int], str] = {}

    async def find(order: str, row: int) -> str:
        if (order, row) not in found:
            query = f"query ($o: Int!) {{ syncJobs(orderBy: {order}, offset: $o, first: 1) {{ edges {{ cursor }} }} }}"
            (edge,) = (await size_world.data(query, {"o": row - 1}, as_=LARGE))["syncJobs"]["edges"]
            found[order, row] = edge["cursor"]
        return found[order, row]

    return find
