"""`Idempotency-Key`: a mutation that is sent again, or twice at once, runs once and is answered the same."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, TypeAlias

import asyncpg
import orjson
import pytest

from app.auth.principal import Principal
from app.db.database import RequestContext
from app.errors import BulkheadError
from app.graph.running import Execution
from app.web.protocol import RequestRefused, idempotency_key, render_body
from tests.conftest import World
from tests.db.gateways import until
from tests.world import ACME, GLOBEX

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
KEPT = "from public.kept_answers where key = 'k'"
CREATE = "mutation ($email: String!) { createUser(input: {email: $email}) { id email } }"


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


@pytest.fixture
async def superuser(world: World) -> AsyncIterator[Superuser]:
    connection = await world.database.superuser()
    yield connection
    await connection.close()


async def send(
    world: World, key: str | None, query: str, variables: dict[str, Any] | None = None, as_: Principal | None = None
) -> Any:
    """The body of the response to a request with this key."""
    execution = Execution(RequestContext(as_ or ACME.principal(), request_id="test"), idempotency_key=key)
    answer = await world.engine.execute(query, variables, None, execution, may_mutate=True)
    return orjson.loads(render_body(answer))


async def users(world: World, as_: Principal | None = None) -> int:
    return int((await world.data("{ users { totalCount } }", as_=as_))["users"]["totalCount"])


def codes(body: Any) -> list[str]:
    return [error["extensions"]["code"] for error in body["errors"]]


async def test_request_sent_again_is_answered_and_not_run(world: World) -> None:
    first = await send(world, "k", CREATE, {"email": "a@a.example"})
    assert first["data"]["createUser"]["email"] == "a@a.example"
    for _ in range(3):
        assert await send(world, "k", CREATE, {"email": "a@a.example"}) == first
    assert await users(world) == 5
    assert codes(await send(world, "other", CREATE, {"email": "a@a.example"})) == ["CONFLICT"]


async def test_same_key_for_another_request_is_a_conflict(world: World) -> None:
    await send(world, "k", CREATE, {"email": "a@a.example"})
    member = replace(ACME.principal("admin"))
    for query, variables, who in (
        (CREATE, {"email": "b@a.example"}, None),
        (CREATE.replace("id email", "email"), {"email": "a@a.example"}, None),
        (CREATE, {"email": "a@a.example"}, member),
    ):
        assert codes(await send(world, "k", query, variables, who)) == ["CONFLICT"]
    assert await users(world) == 5


async def test_key_is_its_tenants_alone(world: World) -> None:
    ours = await send(world, "k", CREATE, {"email": "a@a.example"})
    theirs = await send(world, "k", CREATE, {"email": "a@a.example"}, GLOBEX.principal())
    assert theirs["data"]["createUser"]["id"] != ours["data"]["createUser"]["id"]
    assert await users(world) == await users(world, GLOBEX.principal()) == 5


async def test_twins_run_once(world: World) -> None:
    bodies = await asyncio.gather(*(send(world, "k", CREATE, {"email": "a@a.example"}) for _ in range(50)))
    assert bodies == [bodies[0]] * 50
    assert "errors" not in bodies[0]
    assert await users(world) == 5


async def test_what_failed_is_not_kept_and_can_be_sent_again(world: World) -> None:
    both = """mutation { a: createUser(input: {email: "a@a.example"}) { email }
      b: createUser(input: {email: "member@acme.example"}) { email } }"""
    assert codes(await send(world, "k", both)) == ["CONFLICT", "UNDONE"]
    assert await users(world) == 4
    await world.data('mutation { deleteUser(by: {email: "member@acme.example"}) { id } }')
    assert (await send(world, "k", both))["data"]["b"] == {"email": "member@acme.example"}
    assert (await send(world, "k", both))["data"]["b"] == {"email": "member@acme.example"}


async def test_dry_run_keeps_no_key(world: World) -> None:
    dry = CREATE.replace("mutation (", "mutation Try(").replace(") {", ") @dryRun {", 1)
    assert "errors" not in await send(world, "k", dry, {"email": "a@a.example"})
    assert "errors" not in await send(world, "k", CREATE, {"email": "a@a.example"})
    assert await users(world) == 5


async def test_key_is_free_again_when_its_time_is_over(world: World, superuser: Superuser) -> None:
    await send(world, "k", CREATE, {"email": "a@a.example"})
    hours = await superuser.fetchval(f"select extract(epoch from kept_until - now()) / 3600 {KEPT}")
    assert 23.9 < hours <= 24
    await superuser.execute("update public.kept_answers set kept_until = now() - interval '1 second'")
    assert "errors" not in await send(world, "k", CREATE, {"email": "b@a.example"})
    assert await superuser.fetchval(f"select count(*) {KEPT}") == 1


async def test_key_whose_time_is_over_is_in_nobodys_way(world: World, superuser: Superuser) -> None:
    """A mutation that takes long holds what it forgets; another one of the tenant goes on."""
    await send(world, "old", CREATE, {"email": "a@a.example"})
    await superuser.execute("update public.kept_answers set kept_until = now() - interval '1 second'")
    holder = await world.database.superuser()
    async with holder.transaction():
        await holder.execute("select from public.users where email = 'member@acme.example' for update")
        update = 'mutation { updateUser(by: {email: "member@acme.example"}, set: {name: "x"}) { name } }'
        slow = asyncio.create_task(send(world, "slow", update))
        waiting = "wait_event_type = 'Lock' and datname = current_database()"
        await until(superuser, f"select count(*) = 1 from pg_stat_activity where {waiting}")
        assert "errors" not in await send(world, "quick", CREATE, {"email": "b@a.example"})
        assert not slow.done()
    await holder.close()
    assert "errors" not in await slow


async def test_answer_is_the_same_to_the_byte(world: World) -> None:
    query = """mutation ($p: JSON!) { createUsers(input: [{email: "a@a.example", preferences: $p}]) {
      nodes { preferences } } }"""
    deep: Any = 1e300
    for _ in range(240):
        deep = [deep]
    execution = [Execution(RequestContext(ACME.principal()), idempotency_key="k") for _ in range(2)]
    answers = [await world.engine.execute(query, {"p": deep}, None, one, may_mutate=True) for one in execution]
    assert answers[0].data == answers[1].data is not None
    for _ in range(20):
        deep = [deep]
    assert codes(await send(world, "deeper", query, {"p": deep})) == ["QUERY_TOO_COMPLEX"]


async def test_key_is_kept_for_what_writes_only(world: World, superuser: Superuser) -> None:
    assert await send(world, "k", "mutation { __typename }") == {"data": {"__typename": "Mutation"}}
    viewer = ACME.principal("viewer")
    assert codes(await send(world, "k", CREATE, {"email": "a@a.example"}, viewer)) == ["FORBIDDEN"]
    assert await superuser.fetchval(f"select count(*) {KEPT}") == 0


async def test_queries_need_no_key_and_keep_none(world: World, superuser: Superuser) -> None:
    assert await send(world, "k", "{ users { totalCount } }") == {"data": {"users": {"totalCount": 4}}}
    await send(world, None, CREATE, {"email": "a@a.example"})
    assert await superuser.fetchval(f"select count(*) {KEPT}") == 0


async def test_connection_that_breaks_before_the_end_leaves_the_key_free(
    world: World, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = type(world.engine._runner)
    keep = runner.keep_answer

    async def broken(self: Any, execution: Execution) -> None:
        await keep(self, execution)
        pid = await execution.transaction._connection.fetchval("select pg_backend_pid()")  # type: ignore[union-attr]
        await superuser.execute("select pg_terminate_backend($1)", pid)

    monkeypatch.setattr(runner, "keep_answer", broken)
    assert codes(await send(world, "k", CREATE, {"email": "a@a.example"})) == ["UNAVAILABLE"]
    monkeypatch.undo()
    assert await users(world) == 4
    assert "errors" not in await send(world, "k", CREATE, {"email": "a@a.example"})


def test_key_is_of_characters_that_can_be_seen() -> None:
    assert idempotency_key(None) is None
    assert idempotency_key(b"8e03978e-40d5-43e8-bc93-6894a57f9324") == "8e03978e-40d5-43e8-bc93-6894a57f9324"
    assert idempotency_key(b"~" * 255) == "~" * 255
    for header in (b"", b" ", b"a b", b"a\xff", b"~" * 256, b"a\0"):
        with pytest.raises((RequestRefused, BulkheadError)):
            idempotency_key(header)
