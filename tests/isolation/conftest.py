"""Here every table has rows of both tenants, and there are connections for raw SQL.

`app_session` is the role that serves requests, as the pool has it; `superuser` looks on.
"""

import re
from collections.abc import AsyncIterator

import pytest

from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from app.isolation.roles import OWNER
from app.isolation.schema import extension_statements, guard_statements, table_statements
from tests.conftest import TestDatabase, World, create_database
from tests.isolation import archive
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


@pytest.fixture(scope="session")
def archive_catalog() -> Catalog:
    """All domains and the archive."""
    return build_catalog((*DOMAINS, archive))


@pytest.fixture(scope="session")
async def archive_template(template: TestDatabase, archive_catalog: Catalog) -> TestDatabase:
    """A database that has the archive's tables, without rows; only ever copied."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute(f"set role {OWNER}")
    for statement in extension_statements(archive_catalog):
        await superuser.execute(statement)
    for statement in (*table_statements(archive_catalog), *guard_statements(archive_catalog)):
        if re.search(r"\bpublic\.(articles|passages)\b", statement):
            await superuser.execute(statement)
    await superuser.close()
    return database


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
