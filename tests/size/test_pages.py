"""A page costs its rows and a few steps down an index, wherever in a million rows it starts.

O(log n + page): the same number of rows and of blocks is enough for page 1 and for page 10,000, in either direction.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests import world
from tests.conftest import World
from tests.size.conftest import CursorOf
from tests.size.large import (
    COMPLETED_OR_FAILED_SYNC_JOBS,
    FAILED_SYNC_JOBS,
    LARGE,
    SYNC_JOBS,
    SYNC_JOBS_OF_A_CONNECTION,
)
from tests.size.plans import assert_index_condition, assert_served_by_index, assert_touches, explained

PAGE_ROWS = 50
# The rows after a cursor are up to four ranges of an index: one for each of three terms, and one of nulls. Each may
# have to hold a whole page, and the row that tells whether there are more.
PAGE_READS = 4 * (PAGE_ROWS + 1)
# A row may lie in a block of its own. The way down the index of a million rows is four blocks, for each range.
PAGE_BLOCKS = PAGE_READS + 4 * 4

PAGE_10_000 = PAGE_ROWS * 9_999
NULLS_END = SYNC_JOBS - COMPLETED_OR_FAILED_SYNC_JOBS
NULLS_BEGIN = COMPLETED_OR_FAILED_SYNC_JOBS
HALF = PAGE_ROWS // 2
ACMES_SYNC_JOBS = 2 * world.SYNC_JOBS
# Numbers of the rows that pages start from; 0 is page 1.
STARTS = (0, PAGE_10_000)
# Where nulls come first they end within a page, and where they come last they begin within one, read from either side.
STARTS_AROUND_NULLS = (*STARTS, NULLS_END - HALF, NULLS_END + HALF, NULLS_BEGIN - HALF, NULLS_BEGIN + HALF)

ORDERS = {
    "id": "[]",
    "id-desc": "[{id: DESC}]",
    "sync_id": "[{syncId: ASC}]",
    "started": "[{startedAt: ASC}]",
    "started-desc": "[{startedAt: DESC}]",
    "status": "[{status: ASC}]",
    "status-desc": "[{status: DESC}]",
    "mixed": "[{status: ASC}, {startedAt: DESC}]",  # there is an index of that shape
}
ORDERS_WITH_NULLS = {
    "completed": "[{completedAt: ASC}]",
    "completed-desc": "[{completedAt: DESC}]",
    "completed-nulls-first": "[{completedAt: ASC, nulls: FIRST}]",
    "completed-desc-nulls-last": "[{completedAt: DESC, nulls: LAST}]",
}
ALL_ORDERS = {**ORDERS, **ORDERS_WITH_NULLS}

EDGES = "edges { cursor node { syncId status startedAt completedAt } }"
FORWARD = f"first: {PAGE_ROWS}, after: $cursor"
BACKWARD = f"last: {PAGE_ROWS}, before: $cursor"


def page_query(arguments: str, fields: str) -> str:
    """A page of sync jobs."""
    return f"query ($cursor: Cursor) {{ syncJobs({arguments}) {{ {fields} }} }}"


def each_order_and_start(orders: Iterable[str], starts: Iterable[int]) -> Iterator[Any]:
    """Parameters: every order from every start."""
    for name in orders:
        for row in starts:
            yield pytest.param(ALL_ORDERS[name], row, id=f"{name}-{row}")


EVERYWHERE = [*each_order_and_start(ORDERS, STARTS), *each_order_and_start(ORDERS_WITH_NULLS, STARTS_AROUND_NULLS)]


@pytest.mark.parametrize(
    ("direction", "more"), [(FORWARD, "hasNextPage"), (BACKWARD, "hasPreviousPage")], ids=["forward", "backward"]
)
@pytest.mark.parametrize(("order", "row"), EVERYWHERE)
async def test_page_costs_its_rows_wherever_it_starts(
    size_world: World, cursor_of: CursorOf, order: str, row: int, direction: str, more: str
) -> None:
    variables = {"cursor": await cursor_of(order, row)} if row else {}
    query = page_query(f"orderBy: {order}, {direction}", f"{EDGES} pageInfo {{ {more} }}")
    plan = await explained(size_world, query, variables)
    assert_served_by_index(plan, at_most=PAGE_READS)
    assert_touches(plan, at_most=PAGE_BLOCKS)


@pytest.mark.parametrize("order", ALL_ORDERS.values(), ids=ALL_ORDERS.keys())
async def test_whether_rows_lie_behind_the_page_costs_a_row(size_world: World, cursor_of: CursorOf, order: str) -> None:
    for row in (PAGE_ROWS, SYNC_JOBS // 4, SYNC_JOBS // 2, 3 * SYNC_JOBS // 4):
        for direction, behind in ((FORWARD, "hasPreviousPage"), (BACKWARD, "hasNextPage")):
            query = page_query(f"orderBy: {order}, {direction}", f"pageInfo {{ {behind} }}")
            plan = await explained(size_world, query, {"cursor": await cursor_of(order, row)})
            assert_served_by_index(plan, at_most=10)


async def test_page_between_two_cursors_costs_its_rows(size_world: World, cursor_of: CursorOf) -> None:
    order = ORDERS["started"]
    query = f"""query ($after: Cursor!, $before: Cursor!) {{
      syncJobs(orderBy: {order}, after: $after, before: $before) {{ {EDGES} pageInfo {{ hasNextPage }} }}
    }}"""
    cursors = {"after": await cursor_of(order, PAGE_10_000), "before": await cursor_of(order, PAGE_10_000 + 51)}
    plan = await explained(size_world, query, cursors)
    assert_served_by_index(plan, at_most=PAGE_READS)
    assert_touches(plan, at_most=PAGE_BLOCKS)


async def test_page_of_a_condition_costs_its_rows(size_world: World) -> None:
    arguments = f"where: {{status: {{eq: FAILED}}}}, first: {PAGE_ROWS}"
    query = page_query(f"{arguments}, after: $cursor", f"{EDGES} pageInfo {{ hasNextPage }}")
    late = f"{{ syncJobs({arguments}, offset: {FAILED_SYNC_JOBS - 100}) {{ pageInfo {{ startCursor }} }} }}"
    cursor = (await size_world.data(late, as_=LARGE))["syncJobs"]["pageInfo"]["startCursor"]
    for variables in ({}, {"cursor": cursor}):
        plan = await explained(size_world, query, variables)
        assert_served_by_index(plan, at_most=PAGE_READS)
        assert_touches(plan, at_most=PAGE_BLOCKS)
        assert_index_condition(plan, "status", of="sync_jobs")


async def test_mixed_directions_without_an_index_of_that_shape_cost_the_groups_of_a_page(
    size_world: World, cursor_of: CursorOf
) -> None:
    order = "[{connectionId: ASC}, {startedAt: DESC}]"
    for row in STARTS:
        variables = {"cursor": await cursor_of(order, row)} if row else {}
        plan = await explained(size_world, page_query(f"orderBy: {order}, {FORWARD}", EDGES), variables)
        assert_served_by_index(plan, at_most=PAGE_READS + 2 * SYNC_JOBS_OF_A_CONNECTION)


@pytest.mark.parametrize("order", ALL_ORDERS.values(), ids=ALL_ORDERS.keys())
async def test_small_tenant_beside_the_large_one_reads_its_own_rows(size_world: World, order: str) -> None:
    query = f"{{ syncJobs(orderBy: {order}, first: {PAGE_ROWS}) {{ {EDGES} totalCount }} }}"
    plan = await explained(size_world, query, as_=world.ACME.principal())
    # The page and the total read them all, and a bitmap reads each twice.
    assert_served_by_index(plan, at_most=2 * 2 * ACMES_SYNC_JOBS)
