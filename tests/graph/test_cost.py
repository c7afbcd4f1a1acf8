"""What an operation may ask for: counted before anything runs, told on request, refused beyond the limits."""

from collections.abc import AsyncIterator

import pytest

from app.catalog import Catalog
from app.db.database import RequestContext
from app.graph.running import Execution
from app.plan.cost import Cost
from app.plan.planning import Limits
from tests.conftest import World, open_world
from tests.offline import offline_engine
from tests.world import ACME

NESTED = "{ users(first: 10) { nodes { connections(first: 5) { nodes { syncJobs(first: 2) { nodes { id } } } } } } }"


def cost_of(catalog: Catalog, query: str, variables: dict[str, object] | None = None) -> Cost:
    engine = offline_engine(catalog)
    execution = Execution(RequestContext(ACME.principal()))
    return engine.cost(engine.prepare(query, variables or {}, None, execution), execution)


@pytest.mark.parametrize(
    ("query", "nodes", "cost"),
    [
        ('{ user(by: {email: "a"}) { email } }', 1, 1),
        (NESTED, 10 + 10 * 5 + 10 * 5 * 2, 160),
        ("{ users { nodes { email } } }", 100, 100),
        ("{ users(first: 10) { nodes { tenant { name } } } }", 10, 20),
        ("{ users(first: 10) { nodes { email } edges { node { tenant { name } } } totalCount } }", 10, 30),
        ("{ users(first: 10) { nodes { connectionsStats { count } } } }", 10, 110),
        ('{ users(first: 10, where: {connections: {some: {user: {name: {eq: "x"}}}}}) { nodes { id } } }', 10, 50),
        ("{ users(first: 10, orderBy: [{connections: {count: DESC}}]) { nodes { id } } }", 10, 30),
        ("{ connections(first: 10) { nodes { syncCount } } }", 10, 30),
        ("{ userStats { groups(by: [ROLE], first: 7) { count } } }", 7, 27),
        ("{ tenants(first: 1000) { nodes { users(first: 3) { nodes { id } } } } }", 4, 4),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3, 24),
        ('mutation { deleteUser(by: {email: "a"}) { connections(first: 9) { nodes { id } } } }', 10, 10),
        ("{ __typename }", 0, 0),
    ],
)
def test_cost_counts_rows_and_what_is_read_besides(catalog: Catalog, query: str, nodes: int, cost: int) -> None:
    assert cost_of(catalog, query) == Cost(nodes, cost)


def test_page_sizes_in_variables_count_as_they_come(catalog: Catalog) -> None:
    query = "query ($a: Int, $b: Int) { users(first: $a) { nodes { connections(first: $b) { nodes { id } } } } }"
    assert cost_of(catalog, query, {"a": 3, "b": 4}).nodes == 3 + 12
    assert cost_of(catalog, query, {"a": 3}).nodes == 3 + 300
    assert cost_of(catalog, query, {"a": -1, "b": 4}).nodes == 0  # refused when it is bound, and asks for nothing


@pytest.fixture
async def strict_world(world: World, catalog: Catalog) -> AsyncIterator[World]:
    strict = await open_world(world.database, catalog, Limits(max_nodes=100, max_cost=150))
    yield strict
    await strict.pool.close()


async def test_more_nodes_than_allowed_are_refused_with_the_reason(strict_world: World) -> None:
    answer = await strict_world.answer(NESTED)
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert "160 rows" in error["message"]
    assert "100 at most (BULKHEAD_MAX_NODES)" in error["message"]
    assert (
        await strict_world.code("{ users(first: 70) { nodes { tenant { name } } totalCount a: totalCount } }")
        == "QUERY_TOO_COMPLEX"
    )
    assert "errors" not in await strict_world.answer("{ users(first: 70) { nodes { tenant { name } } totalCount } }")


async def test_kept_operation_is_refused_for_larger_pages_and_answers_smaller_ones(strict_world: World) -> None:
    query = "query ($n: Int) { users(first: $n) { nodes { id } } }"
    assert "errors" not in await strict_world.answer(query, {"n": 2})
    assert await strict_world.code(query, {"n": 101}) == "QUERY_TOO_COMPLEX"
    assert "errors" not in await strict_world.answer(query, {"n": 3})
