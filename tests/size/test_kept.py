"""What Postgres keeps of a statement serves every tenant.

Of a statement that it has planned five times Postgres may keep a plan that knows no value, not even the tenant: made
for tenants of average size, and used for the one that has most rows.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.auth.principal import Principal
from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions, ReadTransaction, RequestContext
from app.db.sqlstate import ErrorTranslator
from app.graph.execution import Engine
from app.graph.running import Execution
from tests.conftest import World
from tests.size.large import LARGE
from tests.world import ACME

JUNE = '"2026-06-01T00:00:00Z"'
RUNS_BEFORE = 10
"""Twice as many as Postgres always plans anew."""

# A query, and how many rows the large tenant may cost: entries of indexes and rows of tables, by Postgres's own count.
QUERIES = {
    "list": ("{ syncJobs(first: 50) { nodes { syncId } pageInfo { hasNextPage } } }", 60),
    "order": ("{ syncJobs(first: 50, orderBy: [{startedAt: DESC}]) { nodes { syncId } } }", 60),
    "order-with-nulls": ("{ syncJobs(first: 50, orderBy: [{completedAt: DESC}]) { nodes { syncId } } }", 120),
    "mixed-order": ("{ syncJobs(first: 50, orderBy: [{status: ASC}, {startedAt: DESC}]) { nodes { syncId } } }", 60),
    "where": ("{ syncJobs(first: 50, where: {status: {eq: FAILED}}) { nodes { syncId } } }", 60),
    "range": (
        f"{{ syncJobs(first: 50, where: {{startedAt: {{gt: {JUNE}}}}}, orderBy: [{{startedAt: ASC}}]) "
        "{ nodes { syncId } } }",
        60,
    ),
    "edges": (
        "{ syncJobs(first: 20) { nodes { connection { syncJobs(first: 5, orderBy: [{startedAt: DESC}]) "
        "{ nodes { status } } } } } }",
        20 + 20 + 20 * 6,
    ),
}


@pytest.mark.parametrize(("query", "at_most"), QUERIES.values(), ids=QUERIES.keys())
async def test_statement_that_was_often_asked_costs_the_large_tenant_no_more(
    size_world: World, catalog: Catalog, query: str, at_most: int
) -> None:
    for often_asked_by in (ACME.principal(), LARGE):
        async with one_connection(size_world, catalog) as pool:
            for _ in range(RUNS_BEFORE):
                await rows_of(size_world.engine, pool, query, often_asked_by)
            assert await rows_of(size_world.engine, pool, query, LARGE) <= at_most


@asynccontextmanager
async def one_connection(world: World, catalog: Catalog) -> AsyncIterator[Database]:
    """The requests' role with one connection: it is connections that keep what was planned."""
    pool = Database(world.database.app_url, DatabaseOptions(pool_size=1), ErrorTranslator(catalog))
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


async def rows_of(engine: Engine, pool: Database, query: str, principal: Principal) -> int:
    """How many rows a query reads."""
    execution = Execution(RequestContext(principal))
    statement = engine.prepare(query, {}, None, execution).statement
    assert statement is not None
    values = engine.bind(statement, execution)
    async with pool.read(execution.context) as tx:
        before = await rows_read(tx)
        await tx.row(statement.text, values)
        return await rows_read(tx) - before


async def rows_read(tx: ReadTransaction) -> int:
    """Entries of indexes, and rows of tables read without one, that this transaction has read."""
    row = await tx.row(
        """select sum(pg_stat_get_xact_tuples_returned(oid))::bigint from pg_class
           where relnamespace = 'public'::regnamespace and $1::uuid is not null"""
    )
    assert row is not None
    return int(row[0])
