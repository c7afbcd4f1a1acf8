"""What Postgres keeps of a statement serves every tenant.

Of a statement that it has planned five times Postgres may keep a plan that knows no value, not even the tenant: made
for tenants of average size, and used for the one that has most rows.
"""

from collections.abc import AsyncIterator

import pytest

from app.auth.principal import Principal
from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions, ReadTransaction, RequestContext
from app.db.sqlstate import ErrorTranslator
from app.graph.running import Execution
from tests.conftest import World
from tests.size import not_yet
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

LATER = dict.fromkeys(("order", "order-with-nulls", "mixed-order", "where", "range"), not_yet.INDEX_RANGES)


@pytest.fixture
async def one_connection(size_world: World, catalog: Catalog) -> AsyncIterator[Database]:
    """The requests' role with one connection, which keeps what it has planned."""
    pool = Database(size_world.database.app_url, DatabaseOptions(pool_size=1), ErrorTranslator(catalog))
    await pool.open()
    yield pool
    await pool.close()


@pytest.mark.parametrize("often_asked_by", [ACME.principal(), LARGE], ids=["by-a-small-tenant", "by-the-large-one"])
@pytest.mark.parametrize(("query", "at_most"), not_yet.each(QUERIES, LATER))
async def test_statement_that_was_often_asked_costs_the_large_tenant_no_more(
    size_world: World, one_connection: Database, query: str, at_most: int, often_asked_by: Principal
) -> None:
    for principal in (*[often_asked_by] * RUNS_BEFORE, LARGE):
        execution = Execution(RequestContext(principal))
        statement = size_world.engine.prepare(query, {}, None, execution).reads
        assert statement is not None
        values = size_world.engine.bind(statement, execution)
        async with one_connection.read(execution.context) as tx:
            before = await rows_read(tx)
            await tx.row(statement.text, values)
            read = await rows_read(tx) - before
    assert read <= at_most


async def rows_read(tx: ReadTransaction) -> int:
    """Entries of indexes, and rows of tables read without one, that this transaction has read."""
    row = await tx.row(
        """select sum(pg_stat_get_xact_tuples_returned(oid))::bigint from pg_class
           where relnamespace = 'public'::regnamespace and $1::uuid is not null"""
    )
    assert row is not None
    return int(row[0])
