"""A tenant has no more of something than it may, however many are added at the same time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import asyncpg
import pytest

from tests.conftest import World
from tests.db.gateways import until_waiting
from tests.world import ACME, GLOBEX

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

USER = "mutation ($email: String!) { createUser(input: {email: $email}) { email } }"
USERS = "mutation ($rows: [UserCreate!]!) { createUsers(input: $rows) { count } }"
INTEGRATION = "mutation ($name: String!) { createIntegration(input: {name: $name, provider: $name}) { name } }"
COUNTS = "{ users { totalCount } integrations { totalCount } }"


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


@pytest.fixture
async def superuser(world: World) -> AsyncIterator[Superuser]:
    """A session with every right; acme may have 7 users and 2 integrations, of which it has 4 and 1."""
    connection = await world.database.superuser()
    await allow(connection, 7, 2)
    yield connection
    await connection.close()


async def allow(superuser: Superuser, users: int, integrations: int) -> None:
    async with superuser.transaction():
        await superuser.execute("select app.set_context($1, null, 'OWNER', 'allow', '', '', 0)", ACME.id)
        update = "update public.tenants set max_users = $2, max_integrations = $3 where tenant_id = $1"
        await superuser.execute(update, ACME.id, users, integrations)


async def counts(world: World, **who: Any) -> tuple[int, int]:
    found = await world.data(COUNTS, **who)
    return found["users"]["totalCount"], found["integrations"]["totalCount"]


async def test_what_is_one_too_many_is_refused(world: World, superuser: Superuser) -> None:
    for number in range(3):
        await world.data(USER, {"email": f"{number}@a.example"})
    (error,) = (await world.answer(USER, {"email": "3@a.example"}))["errors"]
    assert error["extensions"]["code"] == "QUOTA_EXCEEDED"
    assert error["message"] == "maxUsers is 7: the tenant has no room for this."
    await world.data(INTEGRATION, {"name": "second"})
    assert await world.code(INTEGRATION, {"name": "third"}) == "QUOTA_EXCEEDED"
    assert await counts(world) == (7, 2)


async def test_many_rows_are_refused_as_a_whole(world: World, superuser: Superuser) -> None:
    rows = [{"email": f"{number}@a.example"} for number in range(4)]
    assert await world.code(USERS, {"rows": rows}) == "QUOTA_EXCEEDED"
    assert await counts(world) == (4, 1)
    assert await world.data(USERS, {"rows": rows[:3]}) == {"createUsers": {"count": 3}}


async def test_those_who_add_at_the_same_time_get_what_there_is_room_for(world: World, superuser: Superuser) -> None:
    answers = await asyncio.gather(*(world.answer(USER, {"email": f"{n}@a.example"}) for n in range(20)))
    assert sum("errors" not in answer for answer in answers) == 3
    codes = {error["extensions"]["code"] for answer in answers for error in answer.get("errors", ())}
    assert codes == {"QUOTA_EXCEEDED"}
    assert await counts(world) == (7, 1)


async def test_room_of_one_tenant_is_nothing_to_another(world: World, superuser: Superuser) -> None:
    owner = GLOBEX.principal()
    for number in range(4):
        await world.data(USER, {"email": f"{number}@a.example"}, as_=owner)
    assert await counts(world, as_=owner) == (8, 1)


async def test_what_is_there_already_can_be_changed_when_there_is_no_room(world: World, superuser: Superuser) -> None:
    await allow(superuser, 2, 2)
    upsert = 'mutation { upsertUser(create: {email: "owner@acme.example", name: "Changed"}) { name } }'
    assert await world.data(upsert) == {"upsertUser": {"name": "Changed"}}
    update = 'mutation { updateUser(by: {email: "owner@acme.example"}, set: {name: "Changed"}) { name } }'
    assert await world.data(update) == {"updateUser": {"name": "Changed"}}


async def test_no_role_of_the_database_gets_past_it(world: World, superuser: Superuser) -> None:
    emails = "'x' || n || '@a.example' from generate_series(1, 4) as n"
    insert = f"insert into public.users (tenant_id, email) select $1, {emails}"
    async with superuser.transaction():
        await superuser.execute("select app.set_context($1, null, 'OWNER', 'add', '', '', 0)", ACME.id)
        with pytest.raises(asyncpg.PostgresError) as refused:
            await superuser.execute(insert, ACME.id)
    assert refused.value.sqlstate == "ST002"


async def test_who_adds_meanwhile_waits_and_counts_what_the_other_has_left(world: World, superuser: Superuser) -> None:
    other = await world.database.superuser()
    insert = (
        "insert into public.users (tenant_id, email) select $1, $2 || n || '@a.example' from generate_series(1, 2) as n"
    )
    async with superuser.transaction():
        await superuser.execute("select app.set_context($1, null, 'OWNER', 'add', '', '', 0)", ACME.id)
        await superuser.execute(insert, ACME.id, "first")

        async def add_too() -> None:
            async with other.transaction():
                await other.execute("select app.set_context($1, null, 'OWNER', 'add', '', '', 0)", ACME.id)
                await other.execute(insert, ACME.id, "second")

        second = asyncio.create_task(add_too())
        watcher = await world.database.superuser()
        await until_waiting(watcher, 1)
        await watcher.close()
    with pytest.raises(asyncpg.PostgresError) as refused:
        await second
    assert refused.value.sqlstate == "ST002"
    await other.close()
    assert await counts(world) == (6, 1)
