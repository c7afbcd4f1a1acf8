"""New rows with others under their edges: one statement makes them all, or none."""

from typing import Any

import pytest

from app.db.database import RequestContext
from app.graph.running import Execution
from tests.conftest import World
from tests.isolation.recording import record_executed, record_round_trips
from tests.world import ACME, GLOBEX

CONNECTION = """mutation ($input: ConnectionCreate!) { createConnection(input: $input) {
  connectionId user { email version } syncJobs(orderBy: [{syncId: ASC}]) { nodes { syncId status version } } } }"""
USERS = """mutation ($input: [UserCreate!]!) { createUsers(input: $input) { count nodes { email
  connections(orderBy: [{connectionId: ASC}]) { nodes { connectionId status } } } } }"""
COUNTS = "{ userStats { count } connectionStats { count } syncJobStats { count } }"


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


def connection(**more: Any) -> dict[str, Any]:
    return {"input": {"provider": "GITHUB", "connectionId": "new", **more}}


async def counts(world: World) -> list[int]:
    return [stats["count"] for stats in (await world.data(COUNTS)).values()]


async def error(world: World, query: str, variables: dict[str, Any], as_: str = "owner") -> tuple[str, str]:
    """The code and the place of the one error. Nothing may be written."""
    before = await counts(world)
    (found,) = (await world.answer(query, variables, as_=ACME.principal(as_)))["errors"]
    assert await counts(world) == before
    return found["extensions"]["code"], found["extensions"].get("field", "")


async def test_children_are_made_and_a_parent_found_in_one_round_trip(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = record_executed(monkeypatch)
    trips = record_round_trips(monkeypatch)
    jobs = [{"syncId": f"job-{n:02}"} for n in range(20)]
    given = connection(user={"connect": {"email": "member@acme.example"}}, syncJobs={"create": jobs})
    made = (await world.data(CONNECTION, given))["createConnection"]
    assert made["user"] == {"email": "member@acme.example", "version": 1}
    assert [job["syncId"] for job in made["syncJobs"]["nodes"]] == [job["syncId"] for job in jobs]
    assert len(statements) == 2  # one writes, one reads
    assert trips == [3]  # and before them, the one that says who asks


async def test_parent_is_made_and_children_are_adopted(world: World) -> None:
    jobs = [{"syncId": "sync-owner-1"}, {"id": str(ACME.sync_job("member", 0))}]
    given = connection(user={"create": {"email": "new@acme.example"}}, syncJobs={"connect": jobs})
    made = (await world.data(CONNECTION, given))["createConnection"]
    assert made["user"] == {"email": "new@acme.example", "version": 1}
    assert [(job["syncId"], job["version"]) for job in made["syncJobs"]["nodes"]] == [
        ("sync-member-0", 2),
        ("sync-owner-1", 2),
    ]


async def test_many_trees_of_different_shapes_are_made_together(world: World) -> None:
    mine: list[dict[str, Any]] = [
        {"email": "a@a.example", "connections": {"create": [{"provider": "SLACK", "connectionId": "a1"}]}},
        {"email": "b@a.example"},
        {"email": "c@a.example", "connections": {"create": [], "connect": None}},
        {
            "email": "d@a.example",
            "name": "D",
            "connections": {
                "create": [
                    {"provider": "JIRA", "connectionId": "d1", "status": "INACTIVE"},
                    {"provider": "JIRA", "connectionId": "d2", "syncJobs": {"create": [{"syncId": "d2-1"}]}},
                ],
                "connect": [{"id": str(ACME.connection("owner"))}],
            },
        },
    ]
    for _ in range(2):
        made = (await world.data(USERS, {"input": mine}))["createUsers"]
        assert made["count"] == 4
        assert [
            (user["email"], [tuple(c.values()) for c in user["connections"]["nodes"]]) for user in made["nodes"]
        ] == [
            ("a@a.example", [("a1", "ACTIVE")]),
            ("b@a.example", []),
            ("c@a.example", []),
            ("d@a.example", [("broker-owner", "ACTIVE"), ("d1", "INACTIVE"), ("d2", "ACTIVE")]),
        ]
        await world.data('mutation { deleteUsers(where: {email: {endsWith: "@a.example"}}) { count } }')
        await world.data(
            """mutation ($id: ID!, $user: ID!) { createConnection(
              input: {id: $id, userId: $user, provider: GITHUB, connectionId: "broker-owner"}) { id } }""",
            {"id": str(ACME.connection("owner")), "user": str(ACME.user("owner"))},
        )


async def test_literals_and_variables_stand_for_each_other(world: World) -> None:
    query = """mutation ($email: String!, $job: SyncJobCreate!, $user: UserToOne!) {
      a: createUser(input: {email: $email, connections: {create: {provider: JIRA, connectionId: "x",
        syncJobs: {create: [$job, {syncId: "second"}]}}}}) { connections { nodes { syncJobs { totalCount } } } }
      b: createConnection(input: {provider: JIRA, connectionId: "y", user: $user}) { user { email } } }"""
    for number in range(2):
        if number:
            await world.data('mutation { deleteUsers(where: {email: {startsWith: "from"}}) { count } }')
        user = {"create": {"email": f"from-variable-{number}@a.example"}}
        made = await world.data(query, {"email": "from@a.example", "job": {"syncId": "first"}, "user": user})
        assert made["a"] == {"connections": {"nodes": [{"syncJobs": {"totalCount": 2}}]}}
        assert made["b"] == {"user": user["create"]}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        (connection(user={"connect": {"email": "nobody@acme.example"}}), "NOT_FOUND", "input.user.connect.email"),
        (connection(user={"connect": {"email": "member@globex.example"}}), "NOT_FOUND", "input.user.connect.email"),
        (connection(user={"connect": {"id": str(GLOBEX.user("member"))}}), "NOT_FOUND", "input.user.connect.id"),
        (connection(), "BAD_USER_INPUT", "input.userId"),
        (
            connection(userId=str(ACME.user("owner")), user={"connect": {"email": "owner@acme.example"}}),
            "BAD_USER_INPUT",
            "input.user",
        ),
        (
            connection(
                userId=str(ACME.user("owner")), syncJobs={"connect": [{"syncId": "sync-owner-0"}, {"syncId": "x"}]}
            ),
            "NOT_FOUND",
            "input.syncJobs.connect.1.syncId",
        ),
        (
            connection(
                userId=str(ACME.user("owner")), syncJobs={"connect": [{"id": str(GLOBEX.sync_job("member", 0))}]}
            ),
            "NOT_FOUND",
            "input.syncJobs.connect.0.id",
        ),
        (
            connection(
                userId=str(ACME.user("owner")),
                syncJobs={"create": [{"syncId": "a"}, {"syncId": "b", "connectionId": str(ACME.connection("owner"))}]},
            ),
            "BAD_USER_INPUT",
            "input.syncJobs.create.1",
        ),
        (
            connection(userId=str(ACME.user("owner")), syncJobs={"create": [{"syncId": "sync-owner-0"}]}),
            "CONFLICT",
            "syncId",
        ),
        (
            connection(userId="x", syncJobs={"create": [{"syncId": "sync-owner-0"}]}),
            "BAD_USER_INPUT",
            "input.userId",
        ),
        (
            connection(userId=str(ACME.user("owner")), syncJobs={"create": [{"syncId": str(n)} for n in range(1000)]}),
            "BAD_USER_INPUT",
            "input",
        ),
    ],
)
async def test_what_does_not_fit_is_told_by_its_place_and_nothing_is_made(
    world: World, given: dict[str, Any], code: str, field: str
) -> None:
    assert await error(world, CONNECTION, given) == (code, field)


async def test_rows_under_others_are_written_with_the_callers_rights(world: World) -> None:
    mine = {"userId": str(ACME.user("member"))}
    theirs = {"userId": str(ACME.user("owner"))}
    job = {"syncJobs": {"create": [{"syncId": "a"}]}}
    assert await error(world, CONNECTION, connection(**theirs, **job), "member") == ("FORBIDDEN", "")
    new_user = connection(user={"create": {"email": "x@a.example"}})
    assert await error(world, CONNECTION, new_user, "member") == ("FORBIDDEN", "")
    as_member = ACME.principal("member")
    made = await world.data(CONNECTION, connection(**mine, **job), as_=as_member)
    assert [job["syncId"] for job in made["createConnection"]["syncJobs"]["nodes"]] == ["a"]


async def test_connections_of_others_cannot_be_taken_over(world: World) -> None:
    query = """mutation ($id: ID!) { createUser(input: {email: "x@a.example", connections: {connect: [{id: $id}]}}) {
      connections { nodes { connectionId } } } }"""
    given = {"id": str(GLOBEX.connection("member"))}
    assert await error(world, query, given) == ("NOT_FOUND", "input.connections.connect.0.id")


async def test_row_is_connected_once(world: World) -> None:
    one = {"id": str(ACME.connection("member"))}
    for connected in ([[one, one]], [[one], [one]], [[one], [{"id": one["id"].upper()}]]):
        rows = [{"email": f"{n}@a.example", "connections": {"connect": c}} for n, c in enumerate(connected)]
        code, field = await error(world, USERS, {"input": rows})
        assert code in ("BAD_USER_INPUT", "NOT_FOUND")
        assert field.startswith("input.")


async def test_json_that_looks_like_an_edge_is_json(world: World) -> None:
    given = connection(
        userId=str(ACME.user("owner")), metadata={"create": [1], "connect": [2]}, syncJobs={"create": []}
    )
    assert (await world.data(CONNECTION, given))["createConnection"]["syncJobs"] == {"nodes": []}


async def test_answer_of_a_tree_costs_what_its_roots_cost(world: World) -> None:
    jobs = [{"provider": "JIRA", "connectionId": f"c-{n}"} for n in range(99)]
    query = """mutation ($input: [UserCreate!]!) { createUsers(input: $input) { nodes {
      connections(first: 100) { nodes { syncJobs(first: 10) { nodes { id } } } } } } }"""
    rows = [{"email": "a@a.example", "connections": {"create": jobs}}, {"email": "b@a.example"}]
    execution = Execution(RequestContext(ACME.principal()), wants_cost=True)
    answer = await world.engine.execute(query, {"input": rows}, None, execution, may_mutate=True)
    assert not answer.errors
    assert execution.cost is not None
    assert execution.cost.nodes == 101 + 2 * 100 * (1 + 10)


async def test_connecting_more_rows_keeps_no_more_plans(world: World) -> None:
    query = """mutation ($connect: [SyncJobKey!]!) @dryRun { createConnection(input: {provider: JIRA, connectionId: "x",
      user: {connect: {email: "owner@acme.example"}}, syncJobs: {connect: $connect}}) { id } }"""
    await world.data(query, {"connect": [{"syncId": "sync-owner-0"}]})
    kept = len(world.engine._kept)
    await world.data(query, {"connect": [{"syncId": f"sync-owner-{n}"} for n in range(5)]})
    assert len(world.engine._kept) == kept


async def test_upsert_takes_no_rows_under_others(world: World) -> None:
    query = """mutation { upsertUser(create: {email: "x@a.example", connections: {create: []}}) { email } }"""
    assert await error(world, query, {}) == ("BAD_USER_INPUT", "create.connections")


async def test_rows_of_a_tree_count_for_its_cost(world: World) -> None:
    jobs = [{"syncId": f"job-{n}"} for n in range(50)]
    given = connection(userId=str(ACME.user("owner")), syncJobs={"create": jobs})["input"]
    execution = Execution(RequestContext(ACME.principal()), wants_cost=True)
    answer = await world.engine.execute(CONNECTION, {"input": given}, None, execution, may_mutate=True)
    assert not answer.errors
    assert execution.cost is not None
    assert execution.cost.nodes >= 51


async def test_every_row_of_a_tree_is_in_the_audit_log(world: World) -> None:
    given = connection(
        user={"create": {"email": "new@acme.example"}},
        syncJobs={"create": [{"syncId": "a"}], "connect": [{"syncId": "sync-owner-1"}]},
    )
    await world.data(CONNECTION, given)
    query = """{ auditLogs(where: {requestId: {eq: "test"}}, orderBy: [{action: ASC}]) { nodes { action } } }"""
    logged = (await world.data(query))["auditLogs"]["nodes"]
    assert [entry["action"] for entry in logged] == [
        "connection.created",
        "sync_job.created",
        "sync_job.updated",
        "user.created",
    ]
