"""The instrument itself: the database is what it says, and a plan that does too much is found out."""

from collections.abc import AsyncIterator

import pytest

from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.sqlstate import ErrorTranslator
from tests.conftest import World
from tests.size.large import COMPLETED_OR_FAILED_SYNC_JOBS, FAILED_SYNC_JOBS, LARGE, SYNC_JOBS
from tests.size.plans import (
    assert_index_condition,
    assert_no_table_scan,
    assert_reads,
    assert_tenant_everywhere,
    assert_touches,
    explained,
    explained_statement,
)

CONTEXT = RequestContext(LARGE)


async def test_large_tenant_is_large(size_world: World) -> None:
    stats = "{{ {0}Stats {{ count }} }}"
    expected = {"user": 200, "connection": 2_000, "syncJob": SYNC_JOBS, "analyticsEvent": 200_000, "auditLog": 5_000}
    for field, count in expected.items():
        assert (await size_world.data(stats.format(field), as_=LARGE))[f"{field}Stats"]["count"] == count
    query = """{
      failed: syncJobStats(where: {status: {eq: FAILED}}) { count }
      ended: syncJobStats(where: {completedAt: {isNull: false}}) { count }
    }"""
    data = await size_world.data(query, as_=LARGE)
    assert data["failed"]["count"] == FAILED_SYNC_JOBS
    assert data["ended"]["count"] == COMPLETED_OR_FAILED_SYNC_JOBS


async def test_it_is_one_of_a_thousand_tenants(size_world: World) -> None:
    superuser = await size_world.database.superuser()
    try:
        assert await superuser.fetchval("select count(*) from public.tenants") == 1_000
        assert await superuser.fetchval("select count(*) from public.sync_jobs") > SYNC_JOBS + 100_000
        assert not await superuser.fetch("select from pg_index where not (indisready and indisvalid and indislive)")
    finally:
        await superuser.close()


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        ("where: {recordsProcessed: {eq: 3}}", "records_processed"),
        ('where: {syncId: {iContains: "999"}}', "sync_id"),
        ('where: {startedAt: {gt: "2026-10-01T00:00:00Z"}}', "started_at"),
    ],
    ids=["no-index", "no-range", "another-order"],
)
async def test_condition_that_filters_is_found_out(size_world: World, arguments: str, column: str) -> None:
    plan = await explained(size_world, f"{{ syncJobs({arguments}, first: 50) {{ nodes {{ syncId }} }} }}")
    assert_tenant_everywhere(plan)
    with pytest.raises(AssertionError, match=rf"rows were read, where 200 should do:(.|\n)*→ .* removed.*{column}"):
        assert_reads(plan, at_most=200)
    with pytest.raises(AssertionError, match=rf"no index of sync_jobs was searched for {column}"):
        assert_index_condition(plan, column, of="sync_jobs")


async def test_order_that_sorts_everything_is_found_out(size_world: World) -> None:
    plan = await explained(size_world, "{ syncJobs(orderBy: [{recordsProcessed: ASC}], first: 50) { nodes { id } } }")
    with pytest.raises(AssertionError, match="rows were read"):
        assert_reads(plan, at_most=SYNC_JOBS - 1)
    with pytest.raises(AssertionError, match=r"tables read from end to end:(.|\n)*→ .*Seq Scan on sync_jobs"):
        assert_no_table_scan(plan)
    with pytest.raises(AssertionError, match="blocks were looked at"):
        assert_touches(plan, at_most=1_000)


async def test_statement_without_the_tenant_is_found_out(size_world: World) -> None:
    async with size_world.pool.read(CONTEXT) as tx:
        plan = await explained_statement(tx, "select id from public.users where $1::uuid is not null limit 5")
    with pytest.raises(AssertionError, match=r"without the tenant's predicate(.|\n)*→ .* on users"):
        assert_tenant_everywhere(plan)


@pytest.fixture
async def superusers_pool(size_world: World, catalog: Catalog) -> AsyncIterator[Database]:
    """A gateway's database with a login that row-level security does not hold."""
    pool = Database(size_world.database.owner_url, DatabaseOptions(), ErrorTranslator(catalog))
    await pool.open()
    yield pool
    await pool.close()


async def test_statement_past_row_level_security_is_found_out(superusers_pool: Database) -> None:
    async with superusers_pool.read(CONTEXT) as tx:
        plan = await explained_statement(tx, "select id from public.users where tenant_id = $1 limit 5")
    with pytest.raises(AssertionError, match=r"or row-level security's:(.|\n)*→ .* on users"):
        assert_tenant_everywhere(plan)
