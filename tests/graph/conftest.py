"""A world with more rows in it, for tests that only read."""

from collections.abc import AsyncIterator

import pytest

from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from bench.synthetic import import_package, write_package
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.graph.operations_run import ASKED, OPERATIONS, SEED
from tests.graph.rich_world import fill_richly


@pytest.fixture(scope="session")
async def rich_world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """Both tenants with dozens of rows, nulls and ties among them. Nobody writes to it."""
    database = await create_database(template.server, template.name)
    await fill_richly(database)
    world = await open_world(database, catalog)
    yield world
    await world.pool.close()


@pytest.fixture(scope="session")
def large_catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All domains, and entities that nobody needs, 150 together."""
    folder = tmp_path_factory.mktemp("synthetic")
    write_package(folder, 150 - len(list(build_catalog(DOMAINS).graph_entities())))
    return build_catalog((*DOMAINS, import_package(folder)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how to repeat the operations that were made at random, whether they passed or not."""
    if ASKED:
        terminalreporter.write_line(
            f"{OPERATIONS} generated operations, {len(ASKED)} of them different; OPERATIONS_SEED={SEED} repeats them"
        )
