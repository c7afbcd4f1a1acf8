"""Many rows in one mutation: all of them or none, in one statement."""

from typing import Any

import pytest

from app.db.database import RequestContext
from app.graph.running import Execution
from tests.conftest import World
from tests.isolation.recording import record_executed
from tests.world import ACME, GLOBEX, NOBODY_ID

CREATE = "mutation ($rows: [UserCreate!]!) { createUsers(input: $rows) { count nodes { email name role } } }"
UPDATE = """mutation ($where: UserWhere!, $set: UserSet!, $most: Int) {
  updateUsers(where: $where, set: $set, maxAffected: $most) { count nodes { email name } } }"""
DELETE = """mutation ($where: SyncJobWhere!, $most: Int) {
  deleteSyncJobs(where: $where, maxAffected: $most) { count nodes { syncId connection { provider } } } }"""
EMAILS = "{ users(orderBy: [{email: ASC}], first: 1000) { nodes { email name } } }"


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


def rows(*emails: str, **more: Any) -> dict[str, Any]:
    return {"rows": [{"email": email, **more} for email in emails]}


async def error(world: World, query: str, variables: dict[str, Any]) -> tuple[str, str]:
    """The code and the place of the one error."""
    (found,) = (await world.answer(query, variables))["errors"]
    return found["extensions"]["code"], found["extensions"].get("field", "")


async def test_rows_are_made_in_their_order_by_one_statement(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = record_executed(monkeypatch)
    emails = [f"new{number * 7919 % 1000}@acme.example" for number in range(1000)]
    made = (await world.data(CREATE, rows(*emails, name="New")))["createUsers"]
    assert made["count"] == 1000
    assert [node["email"] for node in made["nodes"]] == emails
    assert {(node["name"], node["role"]) for node in made["nodes"]} == {("New", "MEMBER")}
    assert len(statements) == 1


async def test_what_a_row_leaves_out_is_its_default_and_null_is_null(world: World) -> None:
    query = """mutation ($rows: [IntegrationCreate!]!) { createIntegrations(input: $rows) {
      nodes { provider description config status enabled } } }"""
    given = [
        {"name": "a", "provider": "a", "config": {"x": 1}, "status": "ACTIVE", "description": None},
        {"name": "b", "provider": "b", "enabled": True, "description": "told"},
        {"name": "c", "provider": "c"},
    ]
    made = (await world.data(query, {"rows": given}))["createIntegrations"]["nodes"]
    of = ("provider", "description", "config", "status", "enabled")
    assert [tuple(node[name] for name in of) for node in made] == [
        ("a", None, {"x": 1}, "ACTIVE", False),
        ("b", "told", {}, "PENDING", True),
        ("c", None, {}, "PENDING", False),
    ]


async def test_plan_is_used_again_for_rows_of_the_same_fields_only(world: World) -> None:
    sent: list[list[dict[str, Any]]] = [
        [{"email": "1@a.example"}],
        [{"email": "2@a.example"}, {"email": "3@a.example"}],
        [{"email": "4@a.example", "name": "Four"}],
        [{"email": "5@a.example", "name": "Five"}, {"email": "6@a.example", "role": "VIEWER"}],
        [{"email": "7@a.example", "name": None}, {"email": "8@a.example", "name": "Eight"}],
        [],
    ]
    for given in sent * 2:
        there = len(await emails(world))
        again = [row | {"email": f"{there}.{row['email']}"} for row in given]
        made = (await world.data(CREATE, {"rows": again}))["createUsers"]
        expected = [{"name": None, "role": "MEMBER"} | row for row in again]
        assert made == {"count": len(given), "nodes": expected}


async def emails(world: World) -> list[str]:
    return [node["email"] for node in (await world.data(EMAILS))["users"]["nodes"]]


async def test_rows_may_stand_in_the_document_with_variables_inside(world: World) -> None:
    query = """mutation ($email: String!, $name: String) {
      createUsers(input: [{email: $email, name: $name}, {email: "two@a.example", role: ADMIN}]) {
        nodes { email name role } } }"""
    for number, name in enumerate(("One", None)):
        await world.data('mutation { deleteUsers(where: {email: {endsWith: "@a.example"}}) { count } }')
        made = await world.data(query, {"email": f"{number}@a.example", "name": name})
        assert made["createUsers"]["nodes"] == [
            {"email": f"{number}@a.example", "name": name, "role": "MEMBER"},
            {"email": "two@a.example", "name": None, "role": "ADMIN"},
        ]


MISFITS: list[tuple[list[dict[str, Any]], str, str]] = [
    ([{"email": "a@a.example"}, {"email": "b@a.example", "role": None}], "BAD_USER_INPUT", "input.1.role"),
    ([{"email": "a@a.example"}, {"email": "b\0@a.example"}], "BAD_USER_INPUT", "input.1.email"),
    ([{"email": "a@a.example"}, {"email": "owner@acme.example"}], "CONFLICT", "email"),
    ([{"email": "a@a.example"}, {"email": "a@a.example"}], "CONFLICT", "email"),
    ([{"email": "a@a.example", "id": "no id"}], "BAD_USER_INPUT", "input.0.id"),
    ([{"email": f"{number}@a.example"} for number in range(1001)], "BAD_USER_INPUT", "input"),
]


async def test_one_row_that_does_not_fit_undoes_all(world: World) -> None:
    before = await emails(world)
    for given, code, place in MISFITS:
        assert await error(world, CREATE, {"rows": given}) == (code, place)
        assert await emails(world) == before


async def test_new_rows_are_seen_with_their_edges(world: World) -> None:
    query = """mutation ($rows: [SyncJobCreate!]!) { createSyncJobs(input: $rows) {
      nodes { syncId connection { provider syncCount syncJobs(where: {syncId: {startsWith: "new-"}}) { totalCount } } }
    } }"""
    connection = str(ACME.connection("member"))
    given = [{"syncId": f"new-{number}", "connectionId": connection} for number in range(3)]
    made = (await world.data(query, {"rows": given}))["createSyncJobs"]["nodes"]
    assert [node["syncId"] for node in made] == ["new-0", "new-1", "new-2"]
    seen = {"provider": "SLACK", "syncCount": 10, "syncJobs": {"totalCount": 3}}
    assert [node["connection"] for node in made] == [seen] * 3


async def test_each_new_row_is_in_the_audit_log(world: World) -> None:
    await world.data(CREATE, rows("a@a.example", "b@a.example"))
    log = '{ auditLogs(where: {action: {eq: "user.created"}}) { nodes { changes requestId } } }'
    entries = (await world.data(log))["auditLogs"]["nodes"]
    ours = [entry for entry in entries if entry["requestId"] == "test"]
    assert {entry["changes"]["after"]["email"] for entry in ours} == {"a@a.example", "b@a.example"}


async def test_rows_that_meet_a_condition_are_changed_and_no_others(world: World) -> None:
    where = {"role": {"in": ["MEMBER", "VIEWER"]}}
    changed = (await world.data(UPDATE, {"where": where, "set": {"name": "Changed"}}))["updateUsers"]
    assert changed["count"] == 2
    assert {node["email"] for node in changed["nodes"]} == {"member@acme.example", "viewer@acme.example"}
    assert {node["name"] for node in changed["nodes"]} == {"Changed"}
    names = [node["name"] for node in (await world.data(EMAILS))["users"]["nodes"]]
    assert sorted(names) == ["Admin", "Changed", "Changed", "Owner"]
    theirs = (await world.data(EMAILS, as_=GLOBEX.principal()))["users"]["nodes"]
    assert "Changed" not in {node["name"] for node in theirs}


@pytest.mark.parametrize("most", [0, 3])
async def test_more_rows_than_may_be_are_left_alone(world: World, most: int) -> None:
    variables = {"where": {}, "set": {"name": "Changed"}, "most": most}
    assert await error(world, UPDATE, variables) == ("BAD_USER_INPUT", "maxAffected")
    jobs = {"where": {}, "most": most}
    assert await error(world, DELETE, jobs) == ("BAD_USER_INPUT", "maxAffected")
    assert (await world.data('{ syncJobs { totalCount } users(where: {name: {eq: "Changed"}}) { totalCount } }')) == {
        "syncJobs": {"totalCount": 14},
        "users": {"totalCount": 0},
    }


async def test_as_many_rows_as_may_be_are_changed_and_deleted(world: World) -> None:
    changed = await world.data(UPDATE, {"where": {}, "set": {"name": "Changed"}, "most": 4})
    assert changed["updateUsers"]["count"] == 4
    assert (await world.data(DELETE, {"where": {}, "most": 14}))["deleteSyncJobs"]["count"] == 14


async def test_a_hundred_rows_may_be_unless_it_is_said(world: World) -> None:
    await world.data(CREATE, rows(*(f"{number}@a.example" for number in range(97))))
    assert await error(world, UPDATE, {"where": {}, "set": {"name": "x"}}) == ("BAD_USER_INPUT", "maxAffected")
    where = {"role": {"ne": "OWNER"}}
    assert (await world.data(UPDATE, {"where": where, "set": {"name": "x"}}))["updateUsers"]["count"] == 100


async def test_number_of_rows_that_may_be_has_bounds(world: World) -> None:
    for most in (-1, 10_001):
        variables = {"where": {}, "set": {"name": "x"}, "most": most}
        assert await error(world, UPDATE, variables) == ("BAD_USER_INPUT", "maxAffected")


async def test_rows_are_deleted_and_told_as_they_were(world: World) -> None:
    where = {"status": {"eq": "FAILED"}, "connection": {"provider": {"eq": "SLACK"}}}
    deleted = (await world.data(DELETE, {"where": where}))["deleteSyncJobs"]
    assert deleted["count"] == len(deleted["nodes"]) == 2
    assert {node["syncId"] for node in deleted["nodes"]} == {"sync-member-1", "sync-member-4"}
    assert deleted["nodes"][0]["connection"] == {"provider": "SLACK"}
    assert (await world.data("{ syncJobs { totalCount } }")) == {"syncJobs": {"totalCount": 12}}


async def test_rows_of_others_are_passed_over(world: World) -> None:
    """A member changes only connections of its own."""
    query = "mutation { updateConnections(where: {}, set: {status: ACTIVE}) { count nodes { provider } } }"
    member = ACME.principal("member")
    assert (await world.data(query, as_=member))["updateConnections"] == {"count": 1, "nodes": [{"provider": "SLACK"}]}


async def test_roles_that_may_not_are_refused(world: World) -> None:
    viewer = ACME.principal("viewer")
    for query, variables in (
        (CREATE, rows("a@a.example")),
        (UPDATE, {"where": {}, "set": {"name": "x"}}),
        (DELETE, {"where": {}}),
    ):
        assert await world.code(query, variables, as_=viewer) == "FORBIDDEN"


async def test_nothing_to_set_and_nothing_that_meets_a_condition(world: World) -> None:
    assert await error(world, UPDATE, {"where": {}, "set": {}}) == ("BAD_USER_INPUT", "set")
    where = {"id": {"eq": str(NOBODY_ID)}}
    assert (await world.data(UPDATE, {"where": where, "set": {"name": "x"}}))["updateUsers"] == {
        "count": 0,
        "nodes": [],
    }


async def test_null_from_a_variable_with_a_default_is_no_condition_at_all(world: World) -> None:
    """GraphQL lets such a variable stand where a value is required, and be null."""
    where = 'mutation ($w: SyncJobWhere = {syncId: {eq: "none"}}) { deleteSyncJobs(where: $w) { count } }'
    assert await world.data(where) == {"deleteSyncJobs": {"count": 0}}
    assert await error(world, where, {"w": None}) == ("BAD_USER_INPUT", "where")
    rows_ = "mutation ($rows: [UserCreate!] = []) { createUsers(input: $rows) { count } }"
    assert await error(world, rows_, {"rows": None}) == ("BAD_USER_INPUT", "input")
    set_ = "mutation ($set: UserSet = {}) { updateUsers(where: {}, set: $set) { count } }"
    assert await error(world, set_, {"set": None}) == ("BAD_USER_INPUT", "set")
    assert await world.data("{ syncJobs { totalCount } }") == {"syncJobs": {"totalCount": 14}}


async def test_moment_far_from_greenwich_is_the_same_in_many_rows(world: World) -> None:
    moment = "2026-01-01T00:00:00.123456+23:59"
    job = {"syncId": "far", "connectionId": str(ACME.connection("member")), "startedAt": moment}
    query = "mutation ($rows: [SyncJobCreate!]!) { createSyncJobs(input: $rows) { nodes { startedAt } } }"
    made = (await world.data(query, {"rows": [job]}))["createSyncJobs"]["nodes"]
    assert made == [{"startedAt": "2025-12-31T00:01:00.123456+00:00"}]


async def test_answer_may_be_of_its_type_alone(world: World) -> None:
    query = """mutation {
      none: createUsers(input: []) { __typename }
      some: createUsers(input: [{email: "a@a.example"}, {email: "b@a.example"}]) { kind: __typename }
      all: updateUsers(where: {}, set: {name: "x"}) { __typename }
      gone: deleteSyncJobs(where: {}) { __typename }
    }"""
    assert await world.data(query) == {
        "none": {"__typename": "UserChanges"},
        "some": {"kind": "UserChanges"},
        "all": {"__typename": "UserChanges"},
        "gone": {"__typename": "SyncJobChanges"},
    }
    assert len(await emails(world)) == 6


async def test_what_rows_and_their_edges_may_cost_is_counted(world: World) -> None:
    query = """mutation ($rows: [UserCreate!]!) { createUsers(input: $rows) {
      nodes { connections(first: 1000) { nodes { syncJobs(first: 1000) { nodes { id } } } } } } }"""
    assert await world.code(query, rows("a@a.example")) == "QUERY_TOO_COMPLEX"
    few = query.replace("1000", "10")
    assert (await world.data(few, rows("a@a.example")))["createUsers"]["nodes"] == [{"connections": {"nodes": []}}]
    many = rows(*(f"{number}@b.example" for number in range(1000)))
    assert await world.code(query.replace("1000", "15"), many) == "QUERY_TOO_COMPLEX"


async def test_number_that_stands_in_the_document_costs_what_it_costs_as_a_variable(world: World) -> None:
    literal = """mutation { updateUsers(where: {}, set: {name: "x"}, maxAffected: 10000) {
      nodes { connections(first: 99) { nodes { id } } } } }"""
    variable = literal.replace("mutation", "mutation ($most: Int)").replace("10000", "$most")
    assert await world.code(literal) == "QUERY_TOO_COMPLEX"
    assert await world.code(variable, {"most": 10_000}) == "QUERY_TOO_COMPLEX"
    assert "errors" not in await world.answer(variable, {"most": 100})


async def test_rows_that_are_only_counted_cost_something_too(world: World) -> None:
    field = 'updateUsers(where: {connections: {some: {}}}, set: {name: "x"}, maxAffected: 10000) { count }'
    aliases = " ".join(f"a{number}: {field}" for number in range(20))
    assert "errors" not in await world.answer(f"mutation {{ {aliases} }}")  # 200,000 rows: as many as may be
    created = "mutation ($rows: [UserCreate!]!) { createUsers(input: $rows) { count } }"
    context = RequestContext(ACME.principal())
    execution = Execution(context, wants_cost=True)
    await world.engine.execute(created, rows("a@a.example", "b@a.example"), None, execution, may_mutate=True)
    assert execution.cost == (2, 2)
