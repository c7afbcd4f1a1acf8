"""What tests stand on: one embedded Postgres a run, migrated once; a database of its own for each module that asks.

`world` is a database with two tenants (world.py), shared by the tests of a module; tests that change it take
`fresh_world`, which is theirs alone. Everything talks to Postgres as the unprivileged role, unless it says `superuser`.
"""

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from app.auth.principal import Principal
from app.catalog import Catalog, build_catalog
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.embedded import EmbeddedServer, start_embedded
from app.db.migrations import migrate
from app.db.sqlstate import ErrorTranslator
from app.domains import DOMAINS
from app.graph.execution import Engine
from app.graph.running import Execution
from app.plan.planning import Limits
from app.vault.data_keys import Vault
from tests import world as tenants

_numbers = count(1)

# Hundreds of databases of hundreds of files each: in memory, where there is room. To remove them takes a disk 15 s.
MEMORY = Path("/dev/shm")  # noqa: S108 - whatever is made there has a name of its own
ROOM = 8 * 2**30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    tempfile.tempdir = str(MEMORY)

# What sql/bootstrap.sql says of the requests' role in a database: a copy brings its own objects, but not this.
SETTINGS = (
    "timezone = 'UTC'",
    "max_parallel_workers_per_gather = 0",
    "jit = off",
)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The catalog of all domains."""
    return build_catalog(DOMAINS)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """The embedded server of this run, in a folder that no other run tidies away."""
    folder = tempfile.mkdtemp(prefix="bulkhead-tests-")
    yield start_embedded(Path(folder))
    # In no table, index, log or WAL of any database is a secret that a test wrote.
    found = subprocess.run(["grep", "-rlF", tenants.CANARY, folder], check=False, capture_output=True, text=True)  # noqa: S603, S607
    subprocess.run(["rm", "-rf", folder], check=False)  # noqa: S603, S607 - hundreds of databases: Python takes 20 s
    assert not found.stdout, found.stdout


@dataclass(frozen=True)
class TestDatabase:
    """A database of the embedded server."""

    __test__ = False

    server: EmbeddedServer
    name: str

    @property
    def app_url(self) -> str:
        return self.server.app_url(self.name)

    @property
    def owner_url(self) -> str:
        return self.server.owner_url(self.name)

    async def superuser(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.owner_url)

    async def app(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.app_url)


async def create_database(server: EmbeddedServer, template: str | None = None) -> TestDatabase:
    """A new database; empty, or a copy of a template."""
    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(server.owner_url("postgres"))
    try:
        await connection.execute(f"create database {name}" + (f" template {template}" if template else ""))
        if template:
            for setting in SETTINGS:
                await connection.execute(f"alter role bulkhead_app in database {name} set {setting}")
            await connection.execute(f"revoke temporary on database {name} from public")
    finally:
        await connection.close()
    return TestDatabase(server, name)


@pytest.fixture(scope="session")
async def template(server: EmbeddedServer) -> TestDatabase:
    """A migrated database with both tenants in it; only ever copied."""
    import asyncio

    database = await create_database(server)
    await asyncio.to_thread(migrate, database.owner_url)
    connection = await database.superuser()
    await tenants.fill(connection)
    await connection.execute("analyze")
    await connection.close()
    return database


@dataclass(frozen=True)
class World:
    """A database with both tenants, and the gateway in front of it."""

    database: TestDatabase
    engine: Engine
    pool: Database

    async def answer(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        as_: Principal | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """The whole GraphQL response to a request, as acme's owner unless said otherwise."""
        context = RequestContext(as_ or tenants.ACME.principal(), request_id="test", client_ip="192.0.2.1")
        answer = await self.engine.execute(query, variables, name, Execution(context), may_mutate=True)
        response: dict[str, Any] = {"data": None if answer.data is None else orjson.loads(answer.data)}
        if answer.errors:
            response["errors"] = orjson.loads(orjson.dumps(answer.errors))
        return response

    async def data(self, query: str, variables: dict[str, Any] | None = None, *, as_: Principal | None = None) -> Any:
        """The data of a request that must not fail."""
        response = await self.answer(query, variables, as_=as_)
        assert "errors" not in response, response["errors"]
        return response["data"]

    async def code(self, query: str, variables: dict[str, Any] | None = None, *, as_: Principal | None = None) -> str:
        """The code of a request that must fail in exactly one way."""
        response = await self.answer(query, variables, as_=as_)
        (error,) = response["errors"]
        return str(error["extensions"]["code"])


async def open_world(database: TestDatabase, catalog: Catalog, limits: Limits | None = None) -> World:
    """A gateway in front of a database."""
    options = DatabaseOptions(pool_size=4, statement_timeout_ms=10_000)
    pool = Database(database.app_url, options, ErrorTranslator(catalog))
    await pool.open()
    return World(database, Engine(catalog, pool, limits or Limits(), Vault(tenants.MASTER_KEYS)), pool)


@pytest.fixture(scope="module")
async def world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """Both tenants, for a module's tests that only read, or that clean up after themselves."""
    world = await open_world(await create_database(template.server, template.name), catalog)
    yield world
    await world.pool.close()


@pytest.fixture
async def fresh_world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """Both tenants, for one test alone."""
    world = await open_world(await create_database(template.server, template.name), catalog)
    yield world
    await world.pool.close()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[1]
