"""A world with the library in it: notes of both tenants, some with the same words."""

import re
from collections.abc import AsyncIterator

import pytest

import tests.library
from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from app.isolation.roles import OWNER
from app.isolation.schema import extension_statements, guard_statements, table_statements
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.library.rows import fill
from tests.world import ACME, GLOBEX

OURS = re.compile(r"\bpublic\.(authors|notes|pins|secrets)\b")


@pytest.fixture(scope="session")
def library_catalog() -> Catalog:
    """All domains and the library."""
    return build_catalog((*DOMAINS, tests.library))


@pytest.fixture(scope="session")
async def library_template(template: TestDatabase, library_catalog: Catalog) -> TestDatabase:
    """A database with the library's tables and rows; only ever copied."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute(f"set role {OWNER}")
    for statement in extension_statements(library_catalog):
        await superuser.execute(statement)
    for statement in (*table_statements(library_catalog), *guard_statements(library_catalog)):
        if OURS.search(statement):
            await superuser.execute(statement)
    await superuser.execute("reset role")
    for tenant in (ACME, GLOBEX):
        await fill(superuser, tenant)
    await superuser.close()
    return database


@pytest.fixture(scope="module")
async def library(library_template: TestDatabase, library_catalog: Catalog) -> AsyncIterator[World]:
    """The gateway in front of it."""
    database = await create_database(library_template.server, library_template.name)
    world = await open_world(database, library_catalog)
    yield world
    await world.pool.close()
