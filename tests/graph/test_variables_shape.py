"""Compiled operations are kept and used again: whatever the variables are, the answer is that of a first run."""

from itertools import permutations
from typing import Any

import pytest

from tests.conftest import World
from tests.world import ACME

Variables = dict[str, Any]

WHERE = "query ($where: UserWhere) { users(where: $where, orderBy: [{email: ASC}]) { totalCount nodes { email } } }"
ORDER = "query ($order: [SyncJobOrderBy!]) { syncJobs(orderBy: $order, first: 4) { edges { cursor node { syncId } } } }"
LEAVES = """
query ($email: String, $emails: [String!], $role: Role, $null: Boolean, $first: Int) {
  users(where: {email: {eq: $email, in: $emails}, role: {eq: $role}, firstName: {isNull: $null}}, first: $first,
        orderBy: [{email: ASC}]) { nodes { email } }
}
"""
LITERALS = """
query ($a: String!, $b: String = "admin@acme.example", $direction: Direction = ASC, $role: Role! = OWNER) {
  users(where: {or: [{email: {in: [$a, $b]}}, {role: {in: [$role]}}]}, orderBy: [{email: $direction}]) {
    nodes { email }
  }
}
"""
SELECTION = """
query ($jobs: Boolean!, $name: Boolean = false, $by: [ConnectionGroupBy!]! = [STATUS]) {
  connections(orderBy: [{provider: ASC}]) {
    nodes { provider ...Jobs @include(if: $jobs) user { email name @skip(if: $name) } }
  }
  connectionStats { groups(by: $by) { keys { status provider } count } }
}
fragment Jobs on Connection { syncJobs { totalCount } }
"""
KEY = "query ($by: UserKey!) { user(by: $by) { email role } }"
PAGES = """
query ($first: Int, $last: Int, $offset: Int, $after: Cursor, $before: Cursor, $order: [SyncJobOrderBy!]) {
  syncJobs(orderBy: $order, first: $first, last: $last, offset: $offset, after: $after, before: $before) {
    edges { cursor node { syncId completedAt } }
    pageInfo { hasNextPage hasPreviousPage }
  }
}
"""
CASES: dict[str, tuple[str, list[Variables]]] = {
    "where": (
        WHERE,
        [
            {},
            {"where": None},
            {"where": {}},
            {"where": {"email": {"eq": "owner@acme.example"}}},
            {"where": {"email": {"eq": "member@acme.example"}}},
            {"where": {"email": {"ne": "owner@acme.example"}}},
            {"where": {"email": {"in": []}}},
            {"where": {"email": {"in": ["owner@acme.example"]}}},
            {"where": {"email": {"in": ["owner@acme.example", "viewer@acme.example"]}}},
            {"where": {"name": {"eq": "Owner"}, "role": {"eq": "OWNER"}}},
            {"where": {"role": {"eq": "OWNER"}, "name": {"eq": "Member"}}},
            {"where": {"email": {"eq": None}}},
            {"where": {"email": None}},
            {"where": {"name": {"isNull": True}}},
            {"where": {"name": {"isNull": False}}},
            {"where": {"or": []}},
            {"where": {"and": []}},
            {"where": {"or": [{"role": {"eq": "OWNER"}}]}},
            {"where": {"or": [{"role": {"eq": "OWNER"}}, {"role": {"eq": "MEMBER"}}]}},
            {"where": {"and": [{"role": {"eq": "OWNER"}}, {"role": {"eq": "MEMBER"}}]}},
            {"where": {"not": {"role": {"eq": "OWNER"}}}},
            {"where": {"connections": {"some": {}}}},
            {"where": {"connections": {"none": {}}}},
            {"where": {"connections": {"some": None}}},
        ],
    ),
    "order": (
        ORDER,
        [
            {},
            {"order": None},
            {"order": []},
            {"order": [{"syncId": "ASC"}]},
            {"order": [{"syncId": "DESC"}]},
            {"order": [{"completedAt": "ASC"}]},
            {"order": [{"completedAt": "ASC", "nulls": "FIRST"}]},
            {"order": [{"completedAt": "ASC", "nulls": "LAST"}]},
            {"order": [{"completedAt": "ASC", "nulls": None}]},
            {"order": [{"status": "ASC"}, {"syncId": "ASC"}]},
            {"order": [{"syncId": "ASC"}, {"status": "ASC"}]},
            {"order": [{"syncId": None, "status": "ASC"}]},
            {"order": [{"syncId": None}]},
        ],
    ),
    "leaves": (
        LEAVES,
        [
            {},
            {"email": None},
            {"email": "owner@acme.example"},
            {"email": "admin@acme.example"},
            {"emails": None},
            {"emails": []},
            {"emails": ["owner@acme.example", "admin@acme.example"]},
            {"role": "OWNER"},
            {"role": "VIEWER"},
            {"null": True},
            {"null": False},
            {"first": None},
            {"first": 0},
            {"first": 1},
            {"first": -1},
            {"first": 2000},
        ],
    ),
    "literals with variables inside": (
        LITERALS,
        [
            {"a": "member@acme.example"},
            {"a": "viewer@acme.example"},
            {"a": "viewer@acme.example", "b": "member@acme.example"},
            {"a": "viewer@acme.example", "b": None},
            {"a": "viewer@acme.example", "direction": "DESC"},
            {"a": "viewer@acme.example", "direction": None},
            {"a": "viewer@acme.example", "role": "MEMBER"},
            {},
        ],
    ),
    "selection": (
        SELECTION,
        [
            {"jobs": True},
            {"jobs": False},
            {"jobs": False, "name": True},
            {"jobs": False, "name": None},
            {"jobs": True, "by": ["PROVIDER"]},
            {"jobs": True, "by": ["PROVIDER", "STATUS"]},
            {"jobs": True, "by": ["STATUS", "PROVIDER"]},
            {"jobs": True, "by": []},
        ],
    ),
    "key": (
        KEY,
        [
            {"by": {"id": str(ACME.user("owner"))}},
            {"by": {"id": str(ACME.user("member"))}},
            {"by": {"email": "owner@acme.example"}},
            {"by": {"email": "nobody"}},
            {"by": {"id": "malformed"}},
            {"by": {}},
        ],
    ),
}


async def first_answer(world: World, query: str, variables: Variables) -> dict[str, Any]:
    """The answer of an engine that has compiled nothing yet."""
    world.engine._kept.clear()
    return await world.answer(query, variables)


async def assert_order_of_runs_does_not_matter(world: World, query: str, cases: list[Variables]) -> None:
    expected = [await first_answer(world, query, variables) for variables in cases]
    for one, other in permutations(range(len(cases)), 2):
        await first_answer(world, query, cases[one])
        assert await world.answer(query, cases[other]) == expected[other], (cases[one], cases[other])
        assert await world.answer(query, cases[one]) == expected[one], (cases[one], cases[other])


@pytest.mark.parametrize(("query", "cases"), CASES.values(), ids=CASES.keys())
async def test_answer_does_not_depend_on_what_ran_before(world: World, query: str, cases: list[Variables]) -> None:
    await assert_order_of_runs_does_not_matter(world, query, cases)


async def test_page_does_not_depend_on_the_cursors_that_came_before(world: World) -> None:
    by_null: Variables = {"order": [{"completedAt": "ASC", "nulls": "FIRST"}]}
    edges = (await world.data(PAGES, by_null | {"first": 100}))["syncJobs"]["edges"]
    of_null = next(edge["cursor"] for edge in edges if edge["node"]["completedAt"] is None)
    of_value, of_another = [edge["cursor"] for edge in edges if edge["node"]["completedAt"]][:2]
    cases = [
        by_null,
        by_null | {"after": None},
        by_null | {"after": of_null},
        by_null | {"after": of_value},
        by_null | {"after": of_another},
        by_null | {"before": of_null},
        by_null | {"before": of_value, "last": 2},
        by_null | {"after": of_null, "before": of_value, "first": 2},
        by_null | {"last": None, "first": 3, "offset": 1},
        by_null | {"last": 3, "offset": 1},
        {"order": [{"completedAt": "ASC"}], "after": of_value},
        {"after": of_value},
    ]
    await assert_order_of_runs_does_not_matter(world, PAGES, cases)


async def test_writes_take_their_own_values(fresh_world: World) -> None:
    query = """mutation ($id: ID!, $set: UserSet!) {
      updateUser(by: {id: $id}, set: $set) { name firstName functions preferences }
    }"""
    everything = {"name": "A", "firstName": "B", "functions": ["C"], "preferences": {"d": 1}}
    changes: list[Variables] = [
        {"name": "X"},
        {"name": None},
        {"firstName": "Y"},
        {"name": "X", "firstName": None},
        {"firstName": None, "name": "Z"},
        {"functions": []},
        {"functions": ["E", "F"]},
        {"preferences": {}},
        {"preferences": {"name": None}},
        everything,
    ]
    for one, other in permutations(changes, 2):
        for change in (everything, one, other):
            answer = await fresh_world.data(query, {"id": str(ACME.user("member")), "set": change})
            assert {name: answer["updateUser"][name] for name in change} == change


async def operations_compiled_for(world: World, query: str, *cases: Variables) -> int:
    """How many operations are kept after a query ran with these variables."""
    world.engine._kept.clear()
    for variables in cases:
        await world.answer(query, variables)
    return len(world.engine._kept)


@pytest.mark.parametrize(
    ("query", "one", "other"),
    [
        (WHERE, {"where": {"email": {"eq": "a"}}}, {"where": {"email": {"eq": "b"}}}),
        (WHERE, {"where": {"email": {"in": []}}}, {"where": {"email": {"in": ["a", "b"]}}}),
        (WHERE, {"where": {"role": {"eq": "OWNER"}}}, {"where": {"role": {"eq": "ADMIN"}}}),
        (LEAVES, {"first": 1}, {"first": 2}),
        (LITERALS, {"a": "a"}, {"a": "b", "b": "c", "role": "ADMIN"}),
        (KEY, {"by": {"id": "a"}}, {"by": {"id": "b"}}),
    ],
)
async def test_other_values_use_the_same_compiled_operation(
    world: World, query: str, one: Variables, other: Variables
) -> None:
    assert await operations_compiled_for(world, query, one, other) == 1


@pytest.mark.parametrize(
    ("query", "one", "other"),
    [
        (WHERE, {}, {"where": None}),
        (WHERE, {"where": {"email": {"eq": "a"}}}, {"where": {"email": {"ne": "a"}}}),
        (ORDER, {"order": [{"syncId": "ASC"}]}, {"order": [{"syncId": "DESC"}]}),
        (KEY, {"by": {"id": "a"}}, {"by": {"email": "a"}}),
    ],
)
async def test_another_shape_is_compiled_anew(world: World, query: str, one: Variables, other: Variables) -> None:
    assert await operations_compiled_for(world, query, one, other) == 2


async def test_what_one_role_may_read_is_compiled_for_that_role_alone(world: World) -> None:
    query = '{ auditLogs(where: {action: {eq: "integration.created"}}) { totalCount } }'
    assert await world.data(query) == {"auditLogs": {"totalCount": 1}}
    assert await world.code(query, as_=ACME.principal("viewer")) == "FORBIDDEN"
    assert await world.data(query) == {"auditLogs": {"totalCount": 1}}


async def test_operations_of_one_document_are_compiled_apart(world: World) -> None:
    query = "query A { users { totalCount } } query B { connections { totalCount } }"
    for name, data in (("A", {"users": {"totalCount": 4}}), ("B", {"connections": {"totalCount": 2}})):
        assert await world.answer(query, name=name) == {"data": data}
