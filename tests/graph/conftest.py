"""A world with more rows in it, for tests that only read."""

from collections.abc import AsyncIterator

import pytest

from app.catalog import Catalog
from app.graph.schema import print_sdl
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.graph.rich_world import fill_richly
from tests.reader import PlainReader
from tests.world import ACME


@pytest.fixture(scope="session")
async def rich_world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """Both tenants with dozens of rows, nulls and ties among them. Nobody writes to it."""
    database = await create_database(template.server, template.name)
    await fill_richly(database)
    world = await open_world(database, catalog)
    yield world
    await world.pool.close()


@pytest.fixture(scope="session")
async def rich_reader(rich_world: World, catalog: Catalog) -> PlainReader:
    """The plain reader of acme's rows in it."""
    superuser = await rich_world.database.superuser()
    try:
        return await PlainReader.open(superuser, catalog, print_sdl(rich_world.engine.schema), ACME.id)
    finally:
        await superuser.close()
