"""A gateway's way to a database, without the rest of the gateway; and waiting for what Postgres shall show."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from app.catalog import build_catalog
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.sqlstate import ErrorTranslator
from app.db.wire import Row
from app.domains import DOMAINS
from tests.world import ACME, GLOBEX

AS_ACME = RequestContext(ACME.principal(), request_id="of-acme")
AS_GLOBEX = RequestContext(GLOBEX.principal(), request_id="of-globex")
ECHO = "select $1::uuid, $2::text, current_setting('app.tenant_id')"
"""Who asks, as the statement and as the transaction know it, and a question that its answer can be told by."""
LOCKED = "select $1::uuid, pg_advisory_xact_lock($2::bigint)"
"""Runs for as long as the test holds the lock."""

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@asynccontextmanager
async def gateway(url: str, **options: Any) -> AsyncIterator[Database]:
    """The requests' role in a database."""
    database = Database(url, DatabaseOptions(**options), ErrorTranslator(build_catalog(DOMAINS)))
    await database.open()
    try:
        yield database
    finally:
        async with asyncio.timeout(20):
            await database.close()
    assert_at_rest(database)


def assert_at_rest(database: Database) -> None:
    """Nothing is counted, kept or waited for any more."""
    pool = database._pool
    assert not pool._busy
    assert not pool._held
    assert not pool._waiting.tenants
    assert not pool._connecting


async def value(database: Database, text: str, values: Sequence[Any] = (), as_: RequestContext = AS_ACME) -> Any:
    """The second column of what a statement of a reader answers; its first is the tenant."""
    row = await database.fetch(as_, text, values)
    assert row is not None
    return row[1]


def echoed(question: str, context: RequestContext) -> Row:
    """What ECHO answers."""
    tenant = str(context.principal.tenant).encode()
    return tenant, question.encode(), tenant


async def until(superuser: Superuser, question: str, *values: Any) -> Any:
    """Asks Postgres until it says something that is true."""
    async with asyncio.timeout(20):
        while not (answer := await superuser.fetchval(question, *values)):
            await asyncio.sleep(0)
    return answer


async def until_waiting(superuser: Superuser, count: int) -> None:
    """Waits until so many statements, at least, wait for a lock of this database that the test holds.

    One whose connection was given up meanwhile waits on: Postgres looks for its client when it has something to say.
    """
    await until(superuser, "select count(*) >= $1 from pg_locks where locktype = 'advisory' and not granted and "
                "database = (select oid from pg_database where datname = current_database())", count)  # fmt: skip


async def backends(superuser: Superuser) -> list[int]:
    """The processes of the requests' role in this database."""
    rows = await superuser.fetch(
        "select pid from pg_stat_activity where usename = 'bulkhead_app' and datname = current_database()"
    )
    return [row[0] for row in rows]
