"""Edges follow an index from each row to its own: what else their tables hold is never read."""

from tests.conftest import World
from tests.size.conftest import CursorOf
from tests.size.large import CONNECTIONS_OF_A_USER, LARGE, SYNC_JOBS, SYNC_JOBS_OF_A_CONNECTION, large_id
from tests.size.plans import assert_index_condition, assert_reads, assert_served_by_index, assert_touches, explained

JOBS = "syncJobs(first: 10, orderBy: [{startedAt: DESC}]) { nodes { status startedAt } }"
A_CONNECTION = f'connection(by: {{id: "{large_id("connection", 5)}"}})'
DECEMBER = '"2026-12-01T00:00:00Z"'


async def test_page_of_an_edge_reads_itself(size_world: World) -> None:
    plan = await explained(size_world, f"{{ {A_CONNECTION} {{ provider {JOBS} }} }}")
    assert_served_by_index(plan, at_most=1 + 11)
    assert_touches(plan, at_most=30)
    assert_index_condition(plan, "connection_id", of="sync_jobs")


async def test_page_within_an_edge_reads_itself(size_world: World) -> None:
    page = "syncJobs(first: 10, orderBy: [{startedAt: DESC}], %s) { edges { cursor node { status } } }"
    early = f"{{ {A_CONNECTION} {{ {page % 'offset: 300'} }} }}"
    edges = (await size_world.data(early, as_=LARGE))["connection"]["syncJobs"]["edges"]
    query = f"query ($cursor: Cursor!) {{ {A_CONNECTION} {{ {page % 'after: $cursor'} }} }}"
    plan = await explained(size_world, query, {"cursor": edges[0]["cursor"]})
    assert_served_by_index(plan, at_most=1 + 2 * 10)
    assert_index_condition(plan, "connection_id", "started_at", of="sync_jobs")


async def test_pages_of_an_edge_of_many_rows_read_themselves(size_world: World) -> None:
    plan = await explained(size_world, f"{{ connections(first: 20) {{ nodes {{ provider {JOBS} }} }} }}")
    assert_served_by_index(plan, at_most=20 + 20 * 11)
    assert_index_condition(plan, "connection_id", of="sync_jobs")


async def test_pages_of_edges_of_edges_read_themselves(size_world: World) -> None:
    query = f"{{ users(first: 5) {{ nodes {{ email connections(first: 4) {{ nodes {{ provider {JOBS} }} }} }} }} }}"
    plan = await explained(size_world, query)
    assert_served_by_index(plan, at_most=5 + 5 * CONNECTIONS_OF_A_USER + 5 * 4 * 11)
    assert_index_condition(plan, "user_id", of="connections")
    assert_index_condition(plan, "connection_id", of="sync_jobs")


async def test_edge_to_one_row_reads_it(size_world: World) -> None:
    query = "{ syncJobs(first: 50) { nodes { syncId connection { provider user { email } tenant { name } } } } }"
    plan = await explained(size_world, query)
    assert_served_by_index(plan, at_most=4 * 50)
    for table in ("connections", "users"):
        assert_index_condition(plan, "id", of=table)


async def test_nothing_is_looked_up_for_the_row_beyond_a_page(size_world: World) -> None:
    """The page has no row, and so what lies beneath costs nothing: it must not be read for the row that is no part."""
    beneath = "tenant { users(first: 1000) { nodes { connections(first: 1000) { nodes { provider } } } } }"
    for fields in (f"nodes {{ {beneath} }}", f"edges {{ node {{ {beneath} }} }}"):
        plan = await explained(size_world, f"{{ users(first: 0) {{ pageInfo {{ hasNextPage }} {fields} }} }}")
        assert_reads(plan, at_most=1)


async def test_rows_of_a_page_keep_its_order_because_nothing_moves_them(size_world: World) -> None:
    """Lists are aggregated in the order in which rows arrive: from the page, with a look-up for each."""
    node = "node { syncId connection { provider user { email } tenant { name } } }"
    query = f"{{ syncJobs(first: 50) {{ edges {{ cursor {node} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    plan = await explained(size_world, query)
    found = {node.name for node in plan.root.walk()}
    assert "Nested Loop" in found
    assert not found & {"Sort", "Incremental Sort", "Hash Join", "Merge Join", "Gather", "Gather Merge"}, plan.shown()


# Conditions through edges


async def test_some_looks_once_for_each_row(size_world: World) -> None:
    where = f"{{syncJobs: {{some: {{startedAt: {{gt: {DECEMBER}}}}}}}}}"
    plan = await explained(size_world, f"{{ connections(where: {where}, first: 50) {{ nodes {{ provider }} }} }}")
    assert_served_by_index(plan, at_most=2 * 50)
    assert_index_condition(plan, "connection_id", "started_at", of="sync_jobs")


async def test_none_looks_once_for_each_row_at_most(size_world: World) -> None:
    where = '{syncJobs: {none: {startedAt: {gt: "2027-12-01T00:00:00Z"}}}}'
    plan = await explained(size_world, f"{{ connections(where: {where}, first: 50) {{ nodes {{ provider }} }} }}")
    assert_served_by_index(plan, at_most=2 * 50)
    assert_index_condition(plan, "started_at", of="sync_jobs")


async def test_some_on_a_column_that_the_edge_has_no_index_with_reads_the_rows_of_the_edge(size_world: World) -> None:
    where = "{syncJobs: {some: {status: {eq: FAILED}}}}"
    plan = await explained(size_world, f"{{ connections(where: {where}, first: 50) {{ nodes {{ provider }} }} }}")
    assert_served_by_index(plan, at_most=50 * SYNC_JOBS_OF_A_CONNECTION)
    assert_index_condition(plan, "connection_id", of="sync_jobs")


async def test_condition_on_an_edge_to_one_row_starts_from_that_row(size_world: World) -> None:
    where = '{connection: {user: {email: {eq: "user0048271@tenant-1.example"}}}}'
    plan = await explained(size_world, f"{{ syncJobs(where: {where}, first: 50) {{ nodes {{ syncId }} }} }}")
    matches = CONNECTIONS_OF_A_USER * SYNC_JOBS_OF_A_CONNECTION
    assert_served_by_index(plan, at_most=1 + CONNECTIONS_OF_A_USER + 2 * matches)
    assert_index_condition(plan, "email", of="users")
    assert_index_condition(plan, "user_id", of="connections")
    assert_index_condition(plan, "connection_id", of="sync_jobs")


# Orders through edges


async def test_order_of_an_edge_walks_its_index(size_world: World) -> None:
    query = "{ connections(first: 50, orderBy: [{user: {email: ASC}}]) { nodes { provider user { email } } } }"
    plan = await explained(size_world, query)
    users = 50 // CONNECTIONS_OF_A_USER + 1
    # The row and its edge, for each row; and what the walk takes to find the rows.
    assert_served_by_index(plan, at_most=2 * 50 + users + (users + 1) * CONNECTIONS_OF_A_USER)


async def test_order_of_an_edge_costs_the_groups_of_a_page_wherever_it_starts(
    size_world: World, cursor_of: CursorOf
) -> None:
    order = "[{connection: {connectionId: DESC}}]"
    query = f"""query ($cursor: Cursor) {{
      syncJobs(first: 50, after: $cursor, orderBy: {order}) {{ edges {{ cursor node {{ status }} }} }}
    }}"""
    for variables in ({}, {"cursor": await cursor_of(order, SYNC_JOBS // 2)}):
        plan = await explained(size_world, query, variables)
        assert_served_by_index(plan, at_most=3 * (1 + SYNC_JOBS_OF_A_CONNECTION))
