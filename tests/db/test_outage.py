"""The database goes away in the middle of a mutation: what was committed is told, what was not is not claimed."""

import asyncio

import asyncpg

from tests.conftest import World

TWO_FIELDS = """mutation {
  first: updateUser(by: {email: "viewer@acme.example"}, set: {name: "Committed"}) { name }
  second: updateUser(by: {email: "member@acme.example"}, set: {name: "Lost"}) { name }
}"""


async def test_field_that_was_committed_is_answered_though_the_next_lost_the_database(fresh_world: World) -> None:
    holder = await fresh_world.database.superuser()
    admin = await asyncpg.connect(fresh_world.database.server.owner_url("postgres"))
    async with holder.transaction():
        await holder.execute("select from public.users where email = 'member@acme.example' for update")
        asked = asyncio.create_task(fresh_world.answer(TWO_FIELDS))
        async with asyncio.timeout(10):
            while not (waiting := await admin.fetchval("select pid from pg_locks where not granted")):
                await asyncio.sleep(0)
        await admin.execute("select pg_terminate_backend($1)", waiting)
        answer = await asked
    assert answer["data"] == {"first": {"name": "Committed"}, "second": None}
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("UNAVAILABLE", ["second"])
    names = await holder.fetch("select name from public.users where name in ('Committed', 'Lost')")
    assert [row["name"] for row in names] == ["Committed"]
    await holder.close()
    await admin.close()
