"""Counts read the index of what they count, and a list's total stops counting."""

import pytest

from tests.conftest import World
from tests.size.large import FAILED_SYNC_JOBS, LARGE, SYNC_JOBS, SYNC_JOBS_OF_A_CONNECTION
from tests.size.plans import (
    assert_index_condition,
    assert_reads,
    assert_served_by_index,
    assert_tenant_everywhere,
    explained,
)

MOST_COUNTED = 10_000
PAGE_ROWS = 50
WHERE = {"everything": "", "a-condition": "where: {status: {eq: FAILED}}, "}


@pytest.mark.parametrize("where", WHERE.values(), ids=WHERE.keys())
async def test_total_stops_counting(size_world: World, where: str) -> None:
    query = f"{{ syncJobs({where}first: {PAGE_ROWS}) {{ totalCount totalCountIsExact nodes {{ syncId }} }} }}"
    data = (await size_world.data(query, as_=LARGE))["syncJobs"]
    assert (data["totalCount"], data["totalCountIsExact"]) == (MOST_COUNTED, False)
    plan = await explained(size_world, query)
    # Any rows of the tenant do, so of one that has most of the table they may be read from there. There are two
    # counts and a page; and parallel workers read some thousands ahead until they are stopped.
    assert_tenant_everywhere(plan)
    assert_reads(plan, at_most=4 * MOST_COUNTED)


async def test_count_of_a_condition_reads_its_range_of_the_index(size_world: World) -> None:
    plan = await explained(size_world, "{ syncJobStats(where: {status: {eq: FAILED}}) { count } }")
    assert_served_by_index(plan, at_most=FAILED_SYNC_JOBS)
    assert_index_condition(plan, "status", of="sync_jobs")


async def test_groups_of_a_condition_read_its_range_of_the_index(size_world: World) -> None:
    query = "{ syncJobStats(where: {status: {eq: FAILED}}) { groups(by: [STATUS]) { keys { status } count } } }"
    plan = await explained(size_world, query)
    assert_served_by_index(plan, at_most=FAILED_SYNC_JOBS)
    assert_index_condition(plan, "status", of="sync_jobs")


async def test_groups_of_an_edge_read_its_range_of_the_index(size_world: World) -> None:
    query = "{ connections(first: 5) { nodes { syncJobsStats { count groups(by: [STATUS]) { count } } } } }"
    plan = await explained(size_world, query)
    assert_served_by_index(plan, at_most=5 + 2 * 5 * SYNC_JOBS_OF_A_CONNECTION)
    assert_index_condition(plan, "connection_id", of="sync_jobs")


async def test_groups_of_everything_read_everything_once(size_world: World) -> None:
    # The tenant has most rows of the table, so the table may as well be read from end to end.
    plan = await explained(size_world, "{ syncJobStats { groups(by: [STATUS]) { keys { status } count } } }")
    assert_tenant_everywhere(plan)
    assert_reads(plan, at_most=6 * SYNC_JOBS // 5)
