"""Deadlocks and serialization failures: what Postgres undid for no fault of its own runs again."""

import pytest

from tests.conftest import World
from tests.world import ACME

# A sequence does not go back with the transaction, so the failures are counted.
GETS_IN_THE_WAY = """
    create sequence failures;
    grant usage on sequence failures to bulkhead_app;
    create function get_in_the_way() returns trigger language plpgsql as $$
    begin
      if nextval('public.failures') <= {times} then
        raise exception 'in the way' using errcode = '{state}';
      end if;
      return new;
    end $$;
    create trigger in_the_way before update on public.users
    for each row when (new.name = 'second') execute function get_in_the_way()
"""
UPDATE = """mutation ($id: ID!) { first: updateUser(by: {id: $id}, set: {name: "first"}) { version }
  second: updateUser(by: {id: $id}, set: {name: "second"}) { version user: name } }"""
TOGETHER = UPDATE.replace("{ first", "@atomic { first", 1)
MEMBER = {"id": str(ACME.user("member"))}


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


async def get_in_the_way(world: World, times: int, state: str) -> None:
    superuser = await world.database.superuser()
    await superuser.execute(GETS_IN_THE_WAY.format(times=times, state=state))
    await superuser.close()


@pytest.mark.parametrize("state", ["40001", "40P01"])
@pytest.mark.parametrize("query", [UPDATE, TOGETHER])
async def test_what_was_in_the_way_thrice_is_written_once(world: World, query: str, state: str) -> None:
    await get_in_the_way(world, 3, state)
    assert await world.data(query, MEMBER) == {"first": {"version": 2}, "second": {"version": 3, "user": "second"}}


async def test_what_stays_in_the_way_is_a_conflict(world: World) -> None:
    await get_in_the_way(world, 4, "40001")
    answer = await world.answer(UPDATE, MEMBER)
    assert answer["data"] == {"first": {"version": 2}, "second": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["CONFLICT"]


async def test_what_stays_in_the_way_of_all_fails_all(world: World) -> None:
    await get_in_the_way(world, 4, "40001")
    answer = await world.answer(TOGETHER, MEMBER)
    assert answer["data"] == {"first": None, "second": None}
    told = [(error["path"], error["extensions"]["code"]) for error in answer["errors"]]
    assert told == [(["second"], "CONFLICT"), (["first"], "UNDONE")]
    assert (await world.data("query ($id: ID!) { user(by: {id: $id}) { version } }", MEMBER))["user"]["version"] == 1


async def test_other_failures_are_not_tried_again(world: World) -> None:
    await get_in_the_way(world, 1, "23514")
    answer = await world.answer(UPDATE, MEMBER)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
