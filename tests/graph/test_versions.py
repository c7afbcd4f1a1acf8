"""`ifVersion`: a row is changed only if nobody else has changed it meanwhile."""

import asyncio
from typing import Any

import pytest

from tests.conftest import World
from tests.world import ACME, GLOBEX, NOBODY_ID

UPDATE = """mutation ($id: ID!, $name: String!, $version: Int) {
  updateUser(by: {id: $id}, set: {name: $name}, ifVersion: $version) { name version } }"""
DELETE = "mutation ($id: ID!, $version: Int) { deleteUser(by: {id: $id}, ifVersion: $version) { version } }"
UPSERT = """mutation ($email: String!, $version: Int) {
  upsertUser(create: {email: $email, name: "New"}, ifVersion: $version) { name version } }"""
DISABLE = """mutation ($id: ID!, $version: Int) {
  disableConnection(connectionId: $id, ifVersion: $version) { status version } }"""
USER = "query ($id: ID!) { user(by: {id: $id}) { name version } }"


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


async def extensions(world: World, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """What the one error says beyond its message."""
    (error,) = (await world.answer(query, variables))["errors"]
    return dict(error["extensions"])


async def test_each_change_counts_and_a_stale_one_is_told_the_current_version(world: World) -> None:
    member = {"id": str(ACME.user("member"))}
    for version in (1, 2, None):
        await world.data(UPDATE, member | {"name": f"after {version}", "version": version})
    stale = await extensions(world, UPDATE, member | {"name": "stale", "version": 2})
    assert stale == {"code": "CONFLICT", "field": "ifVersion", "currentVersion": 4}
    assert (await world.data(USER, member))["user"] == {"name": "after None", "version": 4}


async def test_many_at_once_with_one_version_change_it_once(world: World) -> None:
    member = {"id": str(ACME.user("member")), "version": 1}
    answers = await asyncio.gather(*(world.answer(UPDATE, member | {"name": str(n)}) for n in range(20)))
    assert sum("errors" not in answer for answer in answers) == 1
    assert (await world.data(USER, {"id": str(ACME.user("member"))}))["user"]["version"] == 2


async def test_what_is_changed_meanwhile_is_not_deleted(world: World) -> None:
    member = {"id": str(ACME.user("member"))}
    await world.data(UPDATE, member | {"name": "changed"})
    assert (await extensions(world, DELETE, member | {"version": 1}))["currentVersion"] == 2
    assert (await world.data(DELETE, member | {"version": 2}))["deleteUser"] == {"version": 2}


async def test_upsert_changes_the_version_that_is_known_and_makes_what_is_not_there(world: World) -> None:
    given = {"email": "upserted@acme.example"}
    assert (await world.data(UPSERT, given | {"version": 1}))["upsertUser"]["version"] == 1
    assert (await world.data(UPSERT, given | {"version": 1}))["upsertUser"]["version"] == 2
    assert await extensions(world, UPSERT, given | {"version": 1}) == {
        "code": "CONFLICT",
        "field": "ifVersion",
        "currentVersion": 2,
    }


async def test_an_operation_of_a_stale_version_is_undone(world: World) -> None:
    connection = {"id": str(ACME.connection("member"))}
    stale = await extensions(world, DISABLE, connection | {"version": 7})
    assert stale == {"code": "CONFLICT", "field": "ifVersion", "currentVersion": 1}
    done = (await world.data(DISABLE, connection | {"version": 1}))["disableConnection"]
    assert done == {"status": "INACTIVE", "version": 2}


async def test_operation_on_what_is_new_is_a_conflict_in_any_version(world: World) -> None:
    query = """mutation ($id: ID!, $version: Int) {
      startSync(connectionId: $id, syncId: "new", ifVersion: $version) { version } }"""
    for version in (0, 1):
        found = await extensions(world, query, {"id": str(ACME.connection("owner")), "version": version})
        assert found == {"code": "CONFLICT", "field": "ifVersion"}


async def test_stale_version_is_told_before_the_state(world: World) -> None:
    await world.data(DISABLE, {"id": str(ACME.connection("owner"))})
    query = """mutation ($id: ID!) { markConnectionError(connectionId: $id, message: "x", ifVersion: 1) { version } }"""
    found = await extensions(world, query, {"id": str(ACME.connection("owner"))})
    assert found == {"code": "CONFLICT", "field": "ifVersion", "currentVersion": 2}


@pytest.mark.parametrize("row", [GLOBEX.user("member"), NOBODY_ID])
async def test_version_of_what_is_not_the_tenants_is_nobodys_to_know(world: World, row: object) -> None:
    stale = await extensions(world, UPDATE, {"id": str(row), "name": "x", "version": 1})
    assert stale == {"code": "NOT_FOUND"}


async def test_version_in_a_condition_guards_a_change_of_many(world: World) -> None:
    query = 'mutation { updateUsers(where: {version: {eq: 2}}, set: {name: "x"}) { count } }'
    await world.data(UPDATE, {"id": str(ACME.user("member")), "name": "changed"})
    assert (await world.data(query))["updateUsers"] == {"count": 1}
