"""Here every table has rows of both tenants, and there are connections for raw SQL.

`app_session` is the role that serves requests, as the pool has it; `superuser` looks on.
"""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import TestDatabase, World, create_database
from tests.isolation.rows import Session, fill_every_table
from tests.world import ACME, GLOBEX


@pytest.fixture(scope="session")
async def template(template: TestDatabase) -> TestDatabase:
    """The template of all tests, with rows in every table."""
    filled = await create_database(template.server, template.name)
    superuser = await filled.superuser()
    await fill_every_table(superuser, (ACME, GLOBEX))
    await superuser.close()
    return filled


@pytest.fixture(scope="module")
async def app_session(world: World) -> AsyncIterator[Session]:
    """A connection of the requests' role to the module's world."""
    session = await world.database.app()
    yield session
    await session.close()


@pytest.fixture(scope="module")
async def superuser(world: World) -> AsyncIterator[Session]:
    """A superuser's connection to the module's world."""
    session = await world.database.superuser()
    yield session
    await session.close()


@pytest.fixture
async def fresh_app_session(fresh_world: World) -> AsyncIterator[Session]:
    """A connection of the requests' role to the test's own world."""
    session = await fresh_world.database.app()
    yield session
    await session.close()


@pytest.fixture
async def fresh_superuser(fresh_world: World) -> AsyncIterator[Session]:
    """A superuser's connection to the test's own world."""
    session = await fresh_world.database.superuser()
    yield session
    await session.close()
