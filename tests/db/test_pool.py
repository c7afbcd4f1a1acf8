"""Connections are few: who gets the next one, what becomes of them when tasks and backends end, and what is counted."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.pool import MAX_TURNS, Turn, Waiting
from app.db.sqlstate import ErrorTranslator
from app.db.wire import Row
from app.errors import BulkheadError, DeadlineExceeded, Unavailable
from tests.conftest import TestDatabase
from tests.db.gateways import (
    AS_ACME,
    AS_GLOBEX,
    ECHO,
    LOCKED,
    Superuser,
    assert_at_rest,
    backends,
    echoed,
    gateway,
    until,
    until_waiting,
)

SEED = random.randrange(2**32)  # noqa: S311 - not a secret
LOCK = 7


@pytest.fixture
async def holder(database: TestDatabase) -> AsyncIterator[Superuser]:
    """Holds the lock that LOCKED statements wait for, until it lets go."""
    connection = await database.superuser()
    await connection.execute("select pg_advisory_lock($1)", LOCK)
    yield connection
    await connection.close()


async def let_go(holder: Superuser) -> None:
    await holder.execute("select pg_advisory_unlock_all()")


def locked(database: Database, as_: RequestContext = AS_ACME) -> "asyncio.Task[Row | None]":
    """A statement that runs until the lock is let go."""
    return asyncio.create_task(database.fetch(as_, LOCKED, [LOCK]))


async def test_tenant_that_asks_for_everything_leaves_connections_to_others(
    database: TestDatabase, holder: Superuser
) -> None:
    async with gateway(database.app_url, pool_size=4) as gate:
        slow = [locked(gate) for _ in range(200)]
        await until_waiting(holder, 2)
        for number in range(50):
            assert await gate.fetch(AS_GLOBEX, ECHO, [f"{number}"]) == echoed(f"{number}", AS_GLOBEX)
        assert await holder.fetchval("select count(*) from pg_locks where locktype = 'advisory' and not granted") == 2
        await let_go(holder)
        assert len(await asyncio.gather(*slow)) == 200


async def test_connection_that_becomes_free_goes_to_the_tenants_in_turn(
    database: TestDatabase, holder: Superuser
) -> None:
    async with gateway(database.app_url, pool_size=1) as gate:
        running = locked(gate)
        await until_waiting(holder, 1)
        order: list[str] = []

        async def ask(name: str, as_: RequestContext) -> None:
            await gate.fetch(as_, ECHO, [name])
            order.append(name)

        acme = [asyncio.create_task(ask(f"a{number}", AS_ACME)) for number in range(5)]
        await asyncio.sleep(0)
        globex = [asyncio.create_task(ask(f"g{number}", AS_GLOBEX)) for number in range(2)]
        await asyncio.sleep(0)
        await let_go(holder)
        await asyncio.gather(running, *acme, *globex)
        assert order == ["a0", "g0", "g1", "a1", "a2", "a3", "a4"]


def served(waiting: Waiting, count: int, later: int = 0) -> list[str | None]:
    """Whose turn comes next, so many times; each asks anew when so many others were served."""
    found: list[Turn] = []
    for _ in range(count):
        turn = waiting.next(lambda _: True)
        assert turn is not None
        found.append(turn)
        if len(found) > later:
            waiting.add(found[-1 - later])
    return [turn.tenant for turn in found]


def turn_of(tenant: str) -> Turn:
    return Turn(tenant, None, asyncio.get_running_loop().create_future(), 0)


def asking(**crowds: int) -> Waiting:
    waiting = Waiting()
    for tenant, count in crowds.items():
        for _ in range(count):
            waiting.add(turn_of(tenant))
    return waiting


async def test_crowd_of_one_tenant_gets_no_longer_turns_than_the_others() -> None:
    order = served(asking(crowd=400, a=1, b=1, c=1, d=1), 500)
    assert order.count("crowd") < 1.2 * order.count("a")


async def test_tenants_that_all_have_some_waiting_are_served_some_at_a_time() -> None:
    """With one turn each, whoever has twice as many waiting as others would wait twice as long for each."""
    crowds = {f"t{number}": 4 + number % 5 for number in range(20)}
    order = served(asking(**crowds), 6 * sum(crowds.values()), later=10)
    late = order[len(order) // 2 :]
    assert late.count("t4") > 1.3 * late.count("t0")


async def test_who_comes_back_to_a_crowd_that_was_alone_waits_for_one_turn_of_it() -> None:
    waiting = asking(crowd=400)
    served(waiting, 300)
    waiting.add(turn_of("light"))
    assert "light" in served(waiting, 3)


@pytest.mark.parametrize("crowds", [(400,), (400, 8), (400, 15), (30, 30), (400, 400), (50, 50, 50), (200,) * 9])
async def test_light_tenant_is_served_beside_crowds_that_hold_their_share(crowds: tuple[int, ...]) -> None:
    """Ten connections, five at most for one tenant; whoever is served asks anew, the light one with one request."""
    chance = random.Random(SEED)  # noqa: S311 - which of them ends first
    waiting = asking(**{f"crowd{number}": count for number, count in enumerate(crowds)}, light=1)
    held: list[str] = []
    asked, waits = 0, []
    for ends in range(4_000):
        while len(held) < 10 and (turn := waiting.next(lambda tenant: held.count(str(tenant)) < 5)):
            held.append(str(turn.tenant))
            if turn.tenant == "light":
                waits.append(ends - asked)
        ended = held.pop(chance.randrange(len(held)))
        asked = ends if ended == "light" else asked
        waiting.add(turn_of(ended))
    assert len(waits) > 20, SEED
    assert max(waits) <= MAX_TURNS * len(crowds) + 1, SEED


async def test_who_asks_a_little_more_than_others_does_not_wait_for_many_rounds() -> None:
    """500 requests of 100 tenants, of which some ask for twice as much as others."""
    chance = random.Random(SEED)  # noqa: S311 - who asks next
    tenants = [f"t{number}" for number in range(100)]
    waiting = Waiting()
    for tenant in chance.choices(tenants, range(100, 200), k=500):
        waiting.add(turn_of(tenant))
    waits = []
    for now in range(20_000):
        turn = waiting.next(lambda _: True)
        assert turn is not None
        waits.append(now - turn.gives_up_at)
        again = turn_of(*chance.choices(tenants, range(100, 200)))
        again.gives_up_at = now
        waiting.add(again)
    late = sorted(waits[5_000:])
    assert late[len(late) * 99 // 100] < 4 * late[len(late) // 2], SEED


async def test_pool_makes_no_more_connections_than_it_may(database: TestDatabase, holder: Superuser) -> None:
    async with gateway(database.app_url, pool_size=5, tenant_connections=5) as gate:
        slow = [locked(gate, as_) for as_ in (AS_ACME, AS_GLOBEX) * 20]
        await until_waiting(holder, 5)
        assert len(await backends(holder)) == 5
        await let_go(holder)
        await asyncio.gather(*slow)
        assert len(await backends(holder)) == 5
    await until(holder, "select count(*) = 0 from pg_stat_activity where usename = 'bulkhead_app' and "
                "datname = current_database()")  # fmt: skip


async def test_only_who_has_waited_too_long_is_told_so(database: TestDatabase, holder: Superuser) -> None:
    async with gateway(database.app_url, pool_size=2, pool_timeout_ms=300) as gate:
        slow = locked(gate)
        await until_waiting(holder, 1)
        late = [asyncio.create_task(gate.fetch(AS_ACME, ECHO, [f"{number}"])) for number in range(3)]
        for found in await asyncio.gather(*late, return_exceptions=True):
            assert isinstance(found, DeadlineExceeded)
        with pytest.raises(DeadlineExceeded):
            async with gate.write(AS_ACME):
                raise AssertionError("there is no connection")
        assert await gate.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
        patient = asyncio.create_task(gate.fetch(AS_ACME, ECHO, ["r"]))
        await asyncio.sleep(0)
        await let_go(holder)
        assert await patient == echoed("r", AS_ACME)
        await slow


async def test_turns_that_are_not_yet_due_stay_in_the_queue() -> None:
    waiting, loop = Waiting(), asyncio.get_running_loop()
    tenants = ("acme", "globex")
    turns = [Turn(tenants[due % 2], None, loop.create_future(), due) for due in range(6)]
    for turn in turns:
        waiting.add(turn)
    assert sorted(turn.gives_up_at for turn in waiting.overdue(2)) == [0, 1, 2]
    assert waiting.first_gives_up_at() == 3
    assert sorted(turn.gives_up_at for turn in waiting.overdue(10)) == [3, 4, 5]
    assert not waiting.tenants


async def test_who_is_cancelled_in_the_queue_takes_nothing_with_it(database: TestDatabase, holder: Superuser) -> None:
    async with gateway(database.app_url, pool_size=1) as gate:
        running = locked(gate)
        await until_waiting(holder, 1)

        async def transaction() -> None:
            async with gate.write(AS_ACME) as tx:
                await tx.row(ECHO, ["t"])

        waiting: list[asyncio.Task[Any]] = [
            asyncio.create_task(job)
            for number in range(10)
            for job in (gate.fetch(AS_ACME, ECHO, [f"{number}"]), transaction())
        ]
        await asyncio.sleep(0)
        for task in waiting[::3]:
            task.cancel()
        await asyncio.wait(waiting[::3])
        await let_go(holder)
        found = await asyncio.gather(running, *waiting, return_exceptions=True)
        assert [isinstance(item, asyncio.CancelledError) for item in found[1:]] == [n % 3 == 0 for n in range(20)]


async def test_connection_handed_over_to_who_is_cancelled_at_that_moment_is_not_lost(database: TestDatabase) -> None:
    async with gateway(database.app_url, pool_size=1) as gate:
        for steps in range(4):
            entered = False

            async def borrow() -> None:
                nonlocal entered
                async with gate._pool.connection(None):
                    entered = True

            async with gate._pool.connection(None):
                task = asyncio.create_task(borrow())
                await asyncio.sleep(0)
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert entered or task.cancelled()
            assert await gate.fetch(AS_ACME, ECHO, ["q"]) == echoed("q", AS_ACME)


async def test_cancellation_stays_one_when_the_wait_ends_in_an_error_at_that_moment(database: TestDatabase) -> None:
    async with gateway(database.app_url, pool_size=1) as gate, gate._pool.connection(None):

        async def borrow() -> None:
            async with gate._pool.connection(None):
                raise AssertionError("there is no connection")

        task = asyncio.create_task(borrow())
        await asyncio.sleep(0)
        (turn,) = gate._pool._waiting.overdue(float("inf"))
        gate._pool._fail(turn, DeadlineExceeded("Too late."))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_connection_that_comes_back_in_the_middle_of_something_is_not_used_again(
    database: TestDatabase, holder: Superuser
) -> None:
    """Whatever Postgres has yet to say there would be taken for the answer of whoever comes next."""
    async with gateway(database.app_url, pool_size=1) as gate:

        async def leave_running() -> None:
            async with gate.connection() as connection:
                await connection.fetch("select pg_advisory_xact_lock($1)", LOCK)

        task = asyncio.create_task(leave_running())
        await until_waiting(holder, 1)
        task.cancel()
        await asyncio.wait([task])
        assert await gate.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
        async with gate.connection() as connection:
            await connection.execute("begin")
        assert await gate.fetch(AS_GLOBEX, ECHO, ["r"]) == echoed("r", AS_GLOBEX)


async def test_transaction_that_is_cancelled_while_it_is_undone_answers_nobody_else(
    database: TestDatabase, holder: Superuser
) -> None:
    async with gateway(database.app_url, pool_size=1) as gate:
        for steps in range(1, 15):

            async def use() -> None:
                async with gate.write(AS_ACME) as tx:
                    await tx.row(LOCKED, [LOCK])

            task = asyncio.create_task(use())
            await until_waiting(holder, 1)
            task.cancel()
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            asked = [asyncio.create_task(gate.fetch(AS_GLOBEX, ECHO, [f"{number}"])) for number in range(3)]
            assert await asyncio.gather(*asked) == [echoed(f"{number}", AS_GLOBEX) for number in range(3)]
            await asyncio.wait([task])


async def test_backends_that_are_ended_while_idle_are_replaced(database: TestDatabase, holder: Superuser) -> None:
    async with gateway(database.app_url, pool_size=3) as gate:
        await asyncio.gather(*(gate.fetch(AS_ACME, ECHO, ["q"]) for _ in range(6)))
        pool = gate._pool
        async with asyncio.timeout(10):
            while pool._connecting:
                await asyncio.sleep(0)
            for pid in await backends(holder):
                await holder.execute("select pg_terminate_backend($1)", pid)
            while pool._idle:
                await asyncio.sleep(0)
        assert await gate.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
        assert_at_rest(gate)


@pytest.mark.parametrize("lent", [False, True])
async def test_backend_that_is_ended_while_it_works_is_an_outage_of_that_request_only(
    database: TestDatabase, holder: Superuser, lent: bool
) -> None:
    async with gateway(database.app_url, pool_size=1) as gate:

        async def use() -> None:
            if not lent:
                await gate.fetch(AS_ACME, LOCKED, [LOCK])
            async with gate.read(AS_ACME) as tx:
                await tx.row(LOCKED, [LOCK])

        task = asyncio.create_task(use())
        await until_waiting(holder, 1)
        next_ = asyncio.create_task(gate.fetch(AS_GLOBEX, ECHO, ["q"]))
        await holder.execute("select pg_terminate_backend($1)", (await backends(holder))[0])
        with pytest.raises(Unavailable):
            await task
        assert await next_ == echoed("q", AS_GLOBEX)


async def test_connection_lost_between_two_statements_of_a_loan_is_an_outage(
    database: TestDatabase, holder: Superuser
) -> None:
    async def use(gate: Database) -> None:
        async with gate.write(AS_ACME) as tx:
            await tx.row(ECHO, ["q"])
            await holder.execute("select pg_terminate_backend($1)", (await backends(holder))[0])
            await until(holder, "select count(*) = 0 from pg_stat_activity where usename = 'bulkhead_app' and "
                        "datname = current_database()")  # fmt: skip
            await tx.row(ECHO, ["q"])

    async with gateway(database.app_url, pool_size=1) as gate:
        with pytest.raises(Unavailable):
            await use(gate)
        assert await gate.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)


async def test_closing_waits_for_what_runs_and_for_what_waits(database: TestDatabase, holder: Superuser) -> None:
    async with gateway(database.app_url, pool_size=1) as gate:
        running = locked(gate)
        await until_waiting(holder, 1)
        waiting = [asyncio.create_task(gate.fetch(AS_GLOBEX, ECHO, [f"{number}"])) for number in range(3)]
        cancelled = asyncio.create_task(gate.fetch(AS_GLOBEX, ECHO, ["never"]))
        await asyncio.sleep(0)
        closing = asyncio.create_task(gate.close())
        await asyncio.sleep(0)
        cancelled.cancel()
        assert not closing.done()
        await let_go(holder)
        await closing
        assert running.done()
        assert [task.result() for task in waiting] == [echoed(f"{number}", AS_GLOBEX) for number in range(3)]


async def test_pool_that_was_never_opened_or_used_can_be_closed(database: TestDatabase) -> None:
    options = DatabaseOptions()
    await Database(database.app_url, options, ErrorTranslator.__new__(ErrorTranslator)).close()
    async with gateway(database.app_url):
        pass


async def test_answers_belong_to_their_questions_whatever_else_goes_on(database: TestDatabase) -> None:
    """Seeded: exchanges and transactions, with errors and cancellations, of two tenants on one connection."""
    print(f"SEED = {SEED}")  # noqa: T201 - shown when the test fails
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    async with gateway(database.app_url, pool_size=1, tenant_connections=1, pool_timeout_ms=20_000) as gate:
        for burst in range(120):
            tasks = []
            for number in range(chance.randint(1, 25)):
                as_ = chance.choice((AS_ACME, AS_GLOBEX))
                job = chance.choice((one_trip, one_trip, failing_trip, one_change, transaction, failing_transaction))
                tasks.append(asyncio.create_task(job(gate, as_, f"{burst}/{number}")))
            while not all(task.done() for task in tasks):
                await asyncio.sleep(0)
                if chance.random() < 0.02:
                    chance.choice(tasks).cancel()
            for task in tasks:
                if not task.cancelled():
                    task.result()


async def one_trip(gate: Database, as_: RequestContext, question: str) -> None:
    assert await gate.fetch(as_, ECHO, [question]) == echoed(question, as_)


async def one_change(gate: Database, as_: RequestContext, question: str) -> None:
    touch = f"update public.tenants set name = name where tenant_id = $1 returning {ECHO.removeprefix('select ')}"
    assert await gate.change(as_, touch, [question]) == echoed(question, as_)


async def failing_trip(gate: Database, as_: RequestContext, question: str) -> None:
    with pytest.raises(BulkheadError) as raised:
        await gate.fetch(as_, "select $1::uuid, $2::int", [question])
    assert question in str(raised.value.__cause__)


async def transaction(gate: Database, as_: RequestContext, question: str) -> None:
    async with gate.write(as_) as tx:
        for part in range(2):
            row = await tx.row(ECHO, [f"{question}.{part}"])
            assert row is not None
            assert tuple(map(str, row)) == tuple(text.decode() for text in echoed(f"{question}.{part}", as_) if text)


async def failing_transaction(gate: Database, as_: RequestContext, question: str) -> None:
    with pytest.raises(BulkheadError) as raised:
        async with gate.read(as_) as tx:
            await tx.row("select $1::uuid, ($2::text)::int", [question])
    assert question in str(raised.value.__cause__)


async def test_errors_of_two_who_wait_are_not_one(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error learns its path where it ends up: shared, it would show one tenant another's aliases."""
    async with gateway(database.app_url, pool_size=1, pool_timeout_ms=300) as gate:
        async with gate._pool.connection(None):
            asked = [asyncio.create_task(gate.fetch(who, ECHO, ["x"])) for who in (AS_ACME, AS_GLOBEX)]
            late, of_globex = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(late, DeadlineExceeded)
        assert isinstance(of_globex, DeadlineExceeded)
        assert late is not of_globex

        async def refused(_: object) -> None:
            await asyncio.sleep(0)
            raise Unavailable("The database cannot be reached.")

        for lane in list(gate._pool._idle):
            lane.abort()
        while gate._pool._idle:
            await asyncio.sleep(0)
        monkeypatch.setattr(gate._pool, "_connect", refused)
        asked = [asyncio.create_task(gate.fetch(who, ECHO, ["x"])) for who in (AS_ACME, AS_GLOBEX)]
        first, second = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(first, Unavailable)
        assert isinstance(second, Unavailable)
        assert first is not second
