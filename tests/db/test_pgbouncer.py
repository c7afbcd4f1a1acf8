"""The gateway behind a PgBouncer in transaction mode that has fewer connections than it: eight share two."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions
from app.db.exchange import UnpreparedStatements
from app.db.sqlstate import ErrorTranslator
from app.errors import BulkheadError, Conflict
from app.graph.execution import Engine
from app.plan.planning import Limits
from tests.conftest import TestDatabase, World, create_database
from tests.db.gateways import AS_ACME, AS_GLOBEX, ECHO, LOCKED, Superuser, echoed, gateway, until, until_waiting, value
from tests.db.pgbouncer import needs_pgbouncer, pgbouncer
from tests.world import ACME, GLOBEX, TenantWorld

pytestmark = needs_pgbouncer
SEED = random.randrange(2**32)  # noqa: S311 - not a secret
SETTINGS = """select pg_backend_pid(),
    concat(current_setting('app.tenant_id', true), current_setting('app.user_id', true),
           current_setting('app.role', true), current_setting('app.request_id', true)),
    current_setting('transaction_read_only'), current_setting('plan_cache_mode'),
    current_setting('statement_timeout'), (select count(*) from public.users)"""


@pytest.fixture(scope="module")
async def shared(template: TestDatabase) -> TestDatabase:
    return await create_database(template.server, template.name)


@pytest.fixture(scope="module")
def url(shared: TestDatabase) -> Iterator[str]:
    with pgbouncer(shared) as url:
        yield url


@pytest.fixture(scope="module")
async def superuser(shared: TestDatabase) -> AsyncIterator[Superuser]:
    connection = await shared.superuser()
    yield connection
    await connection.close()


@pytest.fixture
async def pooled(url: str) -> AsyncIterator[Database]:
    async with gateway(url, pool_size=8, tenant_connections=8) as pooled:
        yield pooled


async def assert_blank(url: str) -> None:
    """The next client of each connection that PgBouncer has sees nothing of those before."""
    clients = [await asyncpg.connect(url, statement_cache_size=0) for _ in range(2)]
    try:
        seen = set()
        for client in clients:  # both have a transaction open, so that each has another connection
            await client.execute("begin")
        for client in clients:
            seen.add(tuple(await client.fetchrow(SETTINGS)))
        assert len({pid for pid, *_ in seen}) == 2
        assert {tuple(rest) for _, *rest in seen} == {("", "off", "auto", "0", 0)}
    finally:
        for client in clients:
            await client.close()


def statements_of(database: Database) -> set[type]:
    """How the connections come by their statements."""
    return {type(lane._statements) for lane in database._pool._idle}


async def test_gateway_finds_out_that_it_is_pooled(pooled: Database, shared: TestDatabase) -> None:
    assert await pooled.fetch(AS_ACME, ECHO, ["q"]) == echoed("q", AS_ACME)
    assert statements_of(pooled) == {UnpreparedStatements}
    async with gateway(shared.app_url) as direct:
        assert UnpreparedStatements not in statements_of(direct)


async def test_connections_are_shared_and_each_answer_is_its_tenants(
    pooled: Database, url: str, superuser: Superuser
) -> None:
    print(f"SEED = {SEED}")  # noqa: T201 - shown when the test fails
    chance = random.Random(SEED)  # noqa: S311 - not a secret

    async def ask(number: int) -> None:
        as_ = chance.choice((AS_ACME, AS_GLOBEX))
        match chance.randrange(6):
            case 0:
                with pytest.raises(BulkheadError) as raised:
                    await pooled.fetch(as_, "select $1::uuid, $2::int", [f"{number}x"], nearest=number % 2 == 0)
                assert f"{number}x" in str(raised.value.__cause__)
            case 1:
                async with pooled.write(as_) as tx:
                    row = await tx.row(ECHO, [f"{number}"])
                    assert row is not None
                    assert str(row[0]) == row[2] == str(as_.principal.tenant)
                    assert row[1] == f"{number}"
            case _:
                run = chance.choice((pooled.fetch, pooled.change))
                assert await run(as_, ECHO, [f"{number}"]) == echoed(f"{number}", as_)

    for burst in range(60):
        tasks = [asyncio.create_task(ask(burst * 50 + number)) for number in range(50)]
        for task in chance.sample(tasks, 3):
            await asyncio.sleep(0)
            task.cancel()
        for found in await asyncio.gather(*tasks, return_exceptions=True):
            assert found is None or isinstance(found, asyncio.CancelledError), found
    await assert_blank(url)
    busy = "select count(distinct pid) from pg_stat_activity where usename = 'bulkhead_app' and datname = $1"
    assert await superuser.fetchval(busy, url.rpartition("/")[2]) <= 2


async def open_pooled(database: TestDatabase, catalog: Catalog, url: str) -> World:
    """The gateway behind PgBouncer."""
    pool = Database(url, DatabaseOptions(pool_size=8, tenant_connections=8), ErrorTranslator(catalog))
    await pool.open()
    return World(database, Engine(catalog, pool, Limits()), pool)


@pytest.fixture
async def pooled_world(shared: TestDatabase, catalog: Catalog, url: str) -> AsyncIterator[World]:
    world = await open_pooled(shared, catalog, url)
    yield world
    await world.pool.close()


READ = "{ users(orderBy: [{email: ASC}]) { nodes { email tenant { slug } connections { nodes { provider } } } } }"
RENAME = "mutation ($e: String!, $n: String!) { updateUser(by: {email: $e}, set: {name: $n}) { name email } }"
REREAD = """mutation ($id: ID!) { updateConnection(by: {id: $id}, set: {status: ACTIVE}) {
    status user { email connections { nodes { status } } } } }"""


async def test_requests_of_two_tenants_at_once_are_answered_each_its_own(pooled_world: World, url: str) -> None:
    async def one(tenant: TenantWorld, number: int) -> None:
        as_ = tenant.principal()
        answer = await pooled_world.data(READ, as_=as_)
        assert {node["tenant"]["slug"] for node in answer["users"]["nodes"]} == {tenant.slug}
        email = f"member@{tenant.slug}.example"
        renamed = await pooled_world.data(RENAME, {"e": email, "n": f"N{number}"}, as_=as_)
        assert renamed["updateUser"] == {"name": f"N{number}", "email": email}
        reread = await pooled_world.data(REREAD, {"id": str(tenant.connection("owner"))}, as_=as_)
        assert reread["updateConnection"]["user"]["email"] == f"owner@{tenant.slug}.example"
        other = GLOBEX if tenant is ACME else ACME
        foreign = await pooled_world.answer(REREAD, {"id": str(other.connection("owner"))}, as_=as_)
        assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"

    await asyncio.gather(*(one(tenant, number) for number in range(25) for tenant in (ACME, GLOBEX)))
    await assert_blank(url)


async def test_nothing_stays_after_errors(pooled: Database, url: str) -> None:
    add = (
        "insert into public.users (tenant_id, id, email, name, role) values ($1, gen_random_uuid(), $2, 'x', 'VIEWER')"
    )
    for _ in range(4):
        with pytest.raises(Conflict):
            await pooled.change(AS_ACME, add, ["owner@acme.example"])
        with pytest.raises(BulkheadError):
            await pooled.fetch(AS_ACME, "select $1::uuid, 1 / 0", [], nearest=True)
        with pytest.raises(BulkheadError):
            async with pooled.read(AS_ACME, nearest=True) as tx:
                await tx.row("select $1::uuid, 1 / 0")
        await assert_blank(url)


async def test_nothing_stays_of_clients_that_are_killed(url: str, superuser: Superuser) -> None:
    await superuser.execute("select pg_advisory_lock(7)")
    async with gateway(url, pool_size=2, tenant_connections=2) as doomed:
        tasks = [asyncio.create_task(run(AS_ACME, LOCKED, [7])) for run in (doomed.fetch, doomed.change)]
        await until_waiting(superuser, 2)
        for lane in list(doomed._pool._busy):
            lane.abort()
        for found in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(found, BulkheadError)
    await superuser.execute("select pg_advisory_unlock_all()")
    await until(superuser, "select count(*) = 0 from pg_locks where locktype = 'advisory'")
    await assert_blank(url)


async def test_nothing_stays_of_a_request_that_is_cancelled(pooled: Database, url: str, superuser: Superuser) -> None:
    await superuser.execute("select pg_advisory_lock(7)")

    async def write() -> Any:
        async with pooled.write(AS_ACME) as tx:
            return await tx.row(LOCKED, [7])

    tasks = [asyncio.create_task(write()), asyncio.create_task(pooled.fetch(AS_ACME, LOCKED, [7]))]
    await until_waiting(superuser, 2)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await superuser.execute("select pg_advisory_unlock_all()")
    assert await pooled.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
    await assert_blank(url)


async def test_statements_prepared_behind_a_pooler_that_forgets_them_never_answer_for_others(url: str) -> None:
    """`on` is for a newer PgBouncer: with this one, each connection finds that out, and does without."""
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    print(f"SEED = {SEED}")  # noqa: T201 - shown when the test fails
    options = {"pool_size": 8, "tenant_connections": 8, "prepared_statements": "on"}
    async with gateway(url, **options) as one, gateway(url, **options) as other:

        async def ask(number: int) -> None:
            gate, as_ = chance.choice((one, other)), chance.choice((AS_ACME, AS_GLOBEX))
            kind = chance.randrange(12)
            tenant = str(as_.principal.tenant).encode()
            if kind < 10:
                text = f"select $1::uuid, $2::text || '{kind}', current_setting('app.tenant_id')"
                assert await gate.fetch(as_, text, [f"{number}/"]) == (tenant, f"{number}/{kind}".encode(), tenant)
            else:
                async with gate.write(as_) as tx:
                    row = await tx.row(f"select $1::uuid, $2::text || '{kind}'", [f"{number}/"])
                    assert row is not None
                    assert tuple(row) == (as_.principal.tenant, f"{number}/{kind}")

        for burst in range(10):
            await asyncio.gather(*(ask(burst * 50 + number) for number in range(50)))
        assert statements_of(one) | statements_of(other) == {UnpreparedStatements}
    await assert_blank(url)


async def test_statement_prepared_by_another_client_is_not_taken_for_ours(
    shared: TestDatabase, superuser: Superuser
) -> None:
    """Each of two gateways prepares its statement on a connection of its own, then gets the other's."""
    first, second = "select $1::uuid, 'first', pg_advisory_xact_lock(7)", "select $1::uuid, 'second', 2"
    options = {"pool_size": 1, "prepared_statements": "on"}
    with pgbouncer(shared) as url:
        async with gateway(url, **options) as one, gateway(url, **options) as other:
            await superuser.execute("select pg_advisory_lock(7)")
            running = asyncio.create_task(one.fetch(AS_ACME, first, []))
            await until_waiting(superuser, 1)
            assert await value(other, second) == b"second"
            await superuser.execute("select pg_advisory_unlock_all()")
            await running
            holds_one = await asyncpg.connect(url, statement_cache_size=0)
            await holds_one.execute("begin")
            assert (await value(one, first), await value(other, second)) == (b"first", b"second")
            await holds_one.close()
