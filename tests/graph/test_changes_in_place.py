"""What a `set` does to values that are there: increment, append, remove, merge."""

import asyncio
from typing import Any

import pytest

from tests.conftest import World
from tests.world import ACME

JOB = """mutation ($set: SyncJobSet!) {
  updateSyncJob(by: {syncId: "sync-member-1"}, set: $set) { recordsProcessed status } }"""
USER = """mutation ($set: UserSet!) {
  updateUser(by: {email: "admin@acme.example"}, set: $set) { functions extraPermissions preferences name } }"""
CONNECTION = """mutation ($set: ConnectionSet!) {
  updateConnection(by: {connectionId: "broker-owner"}, set: $set) { metadata } }"""


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


async def user(world: World, set_: dict[str, Any]) -> Any:
    return (await world.data(USER, {"set": set_}))["updateUser"]


async def test_numbers_are_added_to_beside_what_is_set(world: World) -> None:
    for expected, step in ((15, 5), (12, -3), (12, 0)):
        changed = await world.data(JOB, {"set": {"status": "COMPLETED", "increment": {"recordsProcessed": step}}})
        assert changed["updateSyncJob"] == {"recordsProcessed": expected, "status": "COMPLETED"}


async def test_increments_at_the_same_time_all_count(world: World) -> None:
    await asyncio.gather(*(world.data(JOB, {"set": {"increment": {"recordsProcessed": 1}}}) for _ in range(30)))
    assert (await world.data(JOB, {"set": {"status": "FAILED"}}))["updateSyncJob"]["recordsProcessed"] == 40


async def test_number_too_large_is_refused(world: World) -> None:
    variables = {"set": {"increment": {"recordsProcessed": 2**31 - 1}}}
    assert await world.code(JOB, variables) == "BAD_USER_INPUT"


async def test_lists_are_appended_to_and_taken_from(world: World) -> None:
    assert (await user(world, {"append": {"functions": ["AUTHOR", "PM"]}}))["functions"] == [
        "EDITOR", "PM", "AUTHOR", "PM",
    ]  # fmt: skip
    assert (await user(world, {"remove": {"functions": ["PM", "OTHER"]}}))["functions"] == ["EDITOR", "AUTHOR"]
    both = {"append": {"extraPermissions": ["a"]}, "remove": {"functions": ["EDITOR", "AUTHOR"]}}
    changed = await user(world, both)
    assert (changed["functions"], changed["extraPermissions"]) == ([], ["a"])
    assert (await user(world, {"append": {"functions": []}}))["functions"] == []


async def test_members_of_json_are_merged(world: World) -> None:
    assert (await user(world, {"merge": {"preferences": {"a": 1, "b": {"c": 2}}}}))["preferences"] == {
        "a": 1, "b": {"c": 2},
    }  # fmt: skip
    assert (await user(world, {"merge": {"preferences": {"b": None, "d": [1]}}}))["preferences"] == {
        "a": 1, "b": None, "d": [1],
    }  # fmt: skip


async def test_json_that_is_null_or_no_object_counts_as_empty(world: World) -> None:
    for before in (None, [1], "x"):
        await world.data(CONNECTION, {"set": {"metadata": before}})
        changed = await world.data(CONNECTION, {"set": {"merge": {"metadata": {"a": 1}}}})
        assert changed["updateConnection"]["metadata"] == {"a": 1}


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"functions": [], "append": {"functions": ["x"]}}, "set"),
    ({"append": {"functions": ["x"]}, "remove": {"functions": ["y"]}}, "set"),
    ({"append": {"functions": None}}, "set.append.functions"),
    ({"merge": {"preferences": [1]}}, "set.merge.preferences"),
    ({"merge": {"preferences": None}}, "set.merge.preferences"),
    ({"append": {}}, "set"),
    ({"append": None}, "set"),
]


async def test_what_makes_no_sense_is_refused_with_its_place(world: World) -> None:
    for set_, place in NONSENSE:
        (error,) = (await world.answer(USER, {"set": set_}))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": place}


async def test_many_rows_and_upserts_change_in_place_as_well(world: World) -> None:
    many = "mutation { updateSyncJobs(where: {}, set: {increment: {recordsProcessed: 1}}) { count nodes { id } } }"
    assert (await world.data(many))["updateSyncJobs"]["count"] == 14
    upsert = """mutation ($connection: ID!) { upsertSyncJob(
      create: {syncId: "sync-member-1", connectionId: $connection, recordsProcessed: 100}
      update: {increment: {recordsProcessed: 100}}) { recordsProcessed } }"""
    made = await world.data(upsert, {"connection": str(ACME.connection("member"))})
    assert made == {"upsertSyncJob": {"recordsProcessed": 111}}
