"""The operations of the integrations and analytics domains: the ways through a sync, and who may not go them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import World
from tests.world import ACME, GLOBEX, NOBODY_ID

OWNERS, MEMBERS = str(ACME.connection("owner")), str(ACME.connection("member"))
COMPLETED, FAILED, RUNNING = "sync-owner-0", "sync-owner-1", "sync-owner-2"

START = "mutation ($c: ID!, $s: String) { startSync(connectionId: $c, syncId: $s) { id syncId status startedAt } }"
PROGRESS = """mutation ($s: String!, $n: Int!) {
  reportSyncProgress(syncId: $s, recordsProcessed: $n) { status recordsProcessed }
}"""
COMPLETE = """mutation ($c: ID!, $s: String!, $n: Int) {
  completeSync(connectionId: $c, syncId: $s, recordsProcessed: $n) {
    syncId status recordsProcessed completedAt connection { lastSyncAt }
  }
}"""
FAIL = """mutation ($c: ID!, $s: String!, $e: JSON! = [{code: "E1"}]) {
  failSync(connectionId: $c, syncId: $s, errors: $e) { syncId status errors completedAt connection { lastSyncAt } }
}"""
ERROR = """mutation ($c: ID!, $m: String! = "no answer", $code: String) {
  markConnectionError(connectionId: $c, message: $m, code: $code) { status metadata }
}"""
EXPIRED = "mutation ($c: ID!) { markConnectionExpired(connectionId: $c) { status metadata } }"
DISABLE = "mutation ($c: ID!) { disableConnection(connectionId: $c) { status } }"
RECONNECT = """mutation ($c: ID!, $b: String) {
  reconnect(connectionId: $c, brokerId: $b) { status connectionId metadata }
}"""
INGEST = "mutation ($events: [AnalyticsEventCreate!]!) { ingestAnalyticsEvents(events: $events) { count } }"

OF_A_CONNECTION = {
    "startSync": START,
    "completeSync": COMPLETE,
    "failSync": FAIL,
    "markConnectionError": ERROR,
    "markConnectionExpired": EXPIRED,
    "disableConnection": DISABLE,
    "reconnect": RECONNECT,
}


async def run(world: World, query: str, **variables: Any) -> Any:
    """What the one field of a mutation answers."""
    (answer,) = (await world.data(query, variables)).values()
    return answer


def is_recent(moment: str) -> bool:
    return abs(datetime.now(UTC) - datetime.fromisoformat(moment)) < timedelta(minutes=1)


# --- syncs ---


async def test_sync_goes_from_its_start_to_its_end(fresh_world: World) -> None:
    started = await run(fresh_world, START, c=OWNERS, s="run")
    assert (started["syncId"], started["status"]) == ("run", "IN_PROGRESS")
    assert is_recent(started["startedAt"])
    assert await run(fresh_world, PROGRESS, s="run", n=7) == {"status": "IN_PROGRESS", "recordsProcessed": 7}
    completed = await run(fresh_world, COMPLETE, c=OWNERS, s="run", n=9)
    assert (completed["status"], completed["recordsProcessed"]) == ("COMPLETED", 9)
    assert is_recent(completed["completedAt"])
    assert completed["connection"]["lastSyncAt"] == completed["completedAt"]


async def test_sync_without_a_name_gets_one(fresh_world: World) -> None:
    one, other = await run(fresh_world, START, c=OWNERS), await run(fresh_world, START, c=OWNERS)
    assert one["syncId"].startswith("sync_")
    assert one["syncId"] != other["syncId"]


async def test_sync_that_runs_is_started_again_as_itself(fresh_world: World) -> None:
    started = await run(fresh_world, START, c=OWNERS, s=RUNNING)
    assert started["id"] == str(ACME.sync_job("owner", 2))


async def test_completion_keeps_the_count_that_it_does_not_give(fresh_world: World) -> None:
    assert (await run(fresh_world, COMPLETE, c=OWNERS, s=RUNNING))["recordsProcessed"] == 20


async def test_sync_ends_badly_with_details(fresh_world: World) -> None:
    failed = await run(fresh_world, FAIL, c=OWNERS, s=RUNNING, e=[{"code": "E7", "row": 3}])
    assert (failed["status"], failed["errors"]) == ("FAILED", [{"code": "E7", "row": 3}])
    assert is_recent(failed["completedAt"])
    assert failed["connection"]["lastSyncAt"] is None


@pytest.mark.parametrize(("query", "status"), [(COMPLETE, "COMPLETED"), (FAIL, "FAILED")])
async def test_end_of_a_sync_unknown_until_now_is_noted_and_may_be_said_twice(
    fresh_world: World, query: str, status: str
) -> None:
    for _ in range(2):
        assert (await run(fresh_world, query, c=OWNERS, s="unknown"))["status"] == status
    data = await fresh_world.data('{ syncJobs(where: {syncId: {eq: "unknown"}}) { totalCount } }')
    assert data == {"syncJobs": {"totalCount": 1}}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (START, {"c": OWNERS, "s": COMPLETED}),
        (START, {"c": OWNERS, "s": FAILED}),
        (START, {"c": MEMBERS}),  # whose connection is in ERROR
        (PROGRESS, {"s": COMPLETED, "n": 1}),
        (PROGRESS, {"s": FAILED, "n": 1}),
        (COMPLETE, {"c": OWNERS, "s": FAILED}),
        (FAIL, {"c": OWNERS, "s": COMPLETED}),
    ],
)
async def test_step_that_the_state_does_not_allow_is_illegal_and_changes_nothing(
    world: World, query: str, variables: dict[str, Any]
) -> None:
    everything = "{ syncJobs { nodes { syncId status recordsProcessed updatedAt } } }"
    before = await world.data(everything)
    assert await world.code(query, variables) == "ILLEGAL_TRANSITION"
    assert await world.data(everything) == before


@pytest.mark.parametrize("query", [START, COMPLETE, FAIL])
async def test_name_of_another_connections_sync_is_refused(world: World, query: str) -> None:
    error = (await world.answer(query, {"c": OWNERS, "s": "sync-member-2"}))["errors"][0]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "syncId"}


@pytest.mark.parametrize(("query", "more"), [(PROGRESS, {}), (COMPLETE, {"c": OWNERS})])
async def test_negative_number_of_records_is_refused(world: World, query: str, more: dict[str, Any]) -> None:
    error = (await world.answer(query, {"s": RUNNING, "n": -1} | more))["errors"][0]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "recordsProcessed"}


# --- connections ---


async def test_connection_in_error_keeps_why_beside_what_it_knew(fresh_world: World) -> None:
    marked = await run(fresh_world, ERROR, c=OWNERS, m="refused", code="403")
    error = marked["metadata"].pop("lastError")
    assert marked == {"status": "ERROR", "metadata": {"accountName": "owner"}}
    assert (error["message"], error["code"]) == ("refused", "403")
    assert is_recent(error["timestamp"])


async def test_connection_expires_and_is_brought_back(fresh_world: World) -> None:
    expired = await run(fresh_world, EXPIRED, c=OWNERS)
    assert expired["status"] == "EXPIRED"
    assert expired["metadata"]["lastError"]["code"] == "TOKEN_EXPIRED"
    back = await run(fresh_world, RECONNECT, c=OWNERS, b="new-broker")
    assert back == {"status": "ACTIVE", "connectionId": "new-broker", "metadata": {"accountName": "owner"}}


async def test_reconnection_keeps_the_brokers_id_when_there_is_no_new_one(fresh_world: World) -> None:
    assert (await run(fresh_world, RECONNECT, c=MEMBERS))["connectionId"] == "broker-member"


async def test_reconnection_under_an_id_that_is_taken_is_a_conflict(world: World) -> None:
    error = (await world.answer(RECONNECT, {"c": OWNERS, "b": "broker-member"}))["errors"][0]
    assert error["extensions"] == {"code": "CONFLICT", "field": "connectionId"}


@pytest.mark.parametrize("query", [ERROR, EXPIRED, START])
async def test_disabled_connection_takes_no_more_steps(fresh_world: World, query: str) -> None:
    assert await run(fresh_world, DISABLE, c=OWNERS) == {"status": "INACTIVE"}
    assert await fresh_world.code(query, {"c": OWNERS}) == "ILLEGAL_TRANSITION"


async def test_disabled_connection_can_be_reconnected(fresh_world: World) -> None:
    await run(fresh_world, DISABLE, c=OWNERS)
    assert (await run(fresh_world, RECONNECT, c=OWNERS))["status"] == "ACTIVE"


# --- who may not ---


@pytest.mark.parametrize("query", OF_A_CONNECTION.values(), ids=OF_A_CONNECTION.keys())
async def test_member_may_not_touch_somebody_elses_connection(world: World, query: str) -> None:
    variables = {"c": OWNERS, "s": RUNNING} if "$s" in query else {"c": OWNERS}
    assert await world.code(query, variables, as_=ACME.principal("member")) == "FORBIDDEN"


async def test_member_may_not_report_progress_of_somebody_elses_sync(world: World) -> None:
    assert await world.code(PROGRESS, {"s": RUNNING, "n": 1}, as_=ACME.principal("member")) == "FORBIDDEN"


async def test_member_may_work_on_the_members_own_connection(fresh_world: World) -> None:
    as_member = ACME.principal("member")
    back = await fresh_world.data(RECONNECT, {"c": MEMBERS}, as_=as_member)
    assert back["reconnect"]["status"] == "ACTIVE"
    started = await fresh_world.data(START, {"c": MEMBERS, "s": "mine"}, as_=as_member)
    assert started["startSync"]["status"] == "IN_PROGRESS"


async def test_admin_may_work_on_anybodys_connection(fresh_world: World) -> None:
    disabled = await fresh_world.data(DISABLE, {"c": MEMBERS}, as_=ACME.principal("admin"))
    assert disabled == {"disableConnection": {"status": "INACTIVE"}}


@pytest.mark.parametrize("query", OF_A_CONNECTION.values(), ids=OF_A_CONNECTION.keys())
async def test_viewer_may_not_touch_a_connection(world: World, query: str) -> None:
    variables = {"c": OWNERS, "s": RUNNING} if "$s" in query else {"c": OWNERS}
    assert await world.code(query, variables, as_=ACME.principal("viewer")) == "FORBIDDEN"


@pytest.mark.parametrize("query", OF_A_CONNECTION.values(), ids=OF_A_CONNECTION.keys())
async def test_another_tenants_connection_is_answered_as_nobodys(world: World, query: str) -> None:
    more = {"s": "any"} if "$s" in query else {}
    theirs = await world.answer(query, {"c": str(GLOBEX.connection("owner"))} | more)
    nobodys = await world.answer(query, {"c": str(NOBODY_ID)} | more)
    assert theirs == nobodys
    assert [error["extensions"] for error in theirs["errors"]] == [{"code": "NOT_FOUND"}]


async def test_another_tenants_sync_is_answered_as_nobodys(fresh_world: World) -> None:
    await fresh_world.data(START, {"c": str(GLOBEX.connection("owner")), "s": "theirs"}, as_=GLOBEX.principal())
    theirs = await fresh_world.answer(PROGRESS, {"s": "theirs", "n": 1})
    assert theirs == await fresh_world.answer(PROGRESS, {"s": "nobodys", "n": 1})
    assert [error["extensions"] for error in theirs["errors"]] == [{"code": "NOT_FOUND"}]


# --- events ---


async def test_events_are_taken_in_with_their_defaults(fresh_world: World) -> None:
    events = [
        {"eventType": "page", "eventName": "plain"},
        {"eventType": "page", "eventName": "full", "source": "web", "sourceId": None, "properties": {"a": ["ü", None]},
         "timestamp": "2026-01-01T01:00:00+01:00"},
    ]  # fmt: skip
    assert await run(fresh_world, INGEST, events=events) == {"count": 2}
    data = await fresh_world.data(
        """{ analyticsEvents(where: {eventName: {in: ["plain", "full"]}}, orderBy: [{eventName: ASC}]) {
          nodes { eventName source properties timestamp } } }"""
    )
    full, plain = data["analyticsEvents"]["nodes"]
    assert full == {
        "eventName": "full",
        "source": "web",
        "properties": {"a": ["ü", None]},
        "timestamp": "2026-01-01T00:00:00+00:00",
    }
    assert (plain["source"], plain["properties"]) == (None, {})
    assert is_recent(plain["timestamp"])


async def test_batch_with_one_bad_event_takes_in_none(fresh_world: World) -> None:
    count = "{ analyticsEvents { totalCount } }"
    before = await fresh_world.data(count)
    good = {"eventType": "page", "eventName": "good"}
    taken = good | {"id": str(ACME.event(0))}
    assert await fresh_world.code(INGEST, {"events": [good, taken]}) == "CONFLICT"
    assert await fresh_world.code(INGEST, {"events": [good, good | {"eventName": "\0"}]}) == "BAD_USER_INPUT"
    assert await fresh_world.data(count) == before


async def test_empty_batch_is_fine(world: World) -> None:
    assert await run(world, INGEST, events=[]) == {"count": 0}


async def test_viewer_may_not_take_in_events(world: World) -> None:
    variables = {"events": [{"eventType": "a", "eventName": "b"}]}
    assert await world.code(INGEST, variables, as_=ACME.principal("viewer")) == "FORBIDDEN"


async def test_metadata_that_is_no_object_makes_room_for_the_error(fresh_world: World) -> None:
    connection = {"id": str(ACME.connection("owner"))}
    await fresh_world.data(
        "mutation ($id: ID!) { updateConnection(by: {id: $id}, set: {metadata: [1]}) { id } }", connection
    )
    marked = await fresh_world.data(
        'mutation ($id: ID!) { markConnectionError(connectionId: $id, message: "m") { metadata } }', connection
    )
    assert marked["markConnectionError"]["metadata"]["lastError"]["message"] == "m"
    back = await fresh_world.data(
        "mutation ($id: ID!) { reconnect(connectionId: $id) { status metadata } }", connection
    )
    assert back["reconnect"] == {"status": "ACTIVE", "metadata": None}
