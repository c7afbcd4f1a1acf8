"""Sealing waits for nobody and nobody waits for it; what it makes is what Python makes of the same rows."""

import asyncio
import re
from collections.abc import AsyncIterator
from io import StringIO

import asyncpg
import pytest
from rich.console import Console

from app.audit import sealing
from app.audit.command import verify_logs
from app.audit.form import signature
from app.audit.owner import Connection, logged_tenants, open_owner, sql
from app.audit.sealing import Sealed, Sealer, WrittenTenants, seal_once, seal_tenant
from app.audit.verifying import Verified, verify_tenant
from app.auth.principal import TenantId
from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions
from app.db.sqlstate import ErrorTranslator
from app.errors import NotFound
from app.graph.execution import Engine
from app.isolation.roles import PLATFORM
from app.paths import SQL_FOLDER
from app.plan.planning import Limits
from app.settings import Settings
from tests.audit.conftest import KEY, LOGGED_ACME, LOGGED_GLOBEX, QUIET, RENAME, seal_quietly
from tests.conftest import World
from tests.db.gateways import until
from tests.isolation.rows import enter
from tests.world import ACME, GLOBEX, NOBODY_ID

MUCH = 'a "quoted" \\ text\twith\n\u0001 control \u007f characters, ä, 字 and 🦊, null'


async def verified(owner: Connection) -> Verified:
    """What is verified of acme's log, whose seals must hold."""
    found = await verify_tenant(owner, LOGGED_ACME)
    assert found.flaw is None
    return found


async def append(superuser: Connection, xid: int | None = None, count: int = 1) -> None:
    """Puts entries into acme's log, as if a transaction had left them."""
    await superuser.execute(
        """insert into audit_logs (tenant_id, action, target_type, message, xid)
           select $1, 'made', 'User', $2, coalesce($3, pg_current_xact_id()::text::bigint)
           from generate_series(1, $4)""",
        ACME.id, MUCH, xid, count,
    )  # fmt: skip


async def test_late_entry_of_a_transaction_that_was_open_goes_into_the_next_seal(
    world: World, owner: Connection, superuser: Connection
) -> None:
    late = superuser.transaction()
    await late.start()
    await enter(superuser, ACME.id)
    await superuser.execute("update users set name = 'late' where tenant_id = $1", ACME.id)
    await world.data('mutation { createUser(input: {email: "new@acme.example"}) { id } }')
    sealed = await seal_tenant(owner, ACME.id, None)
    assert sealed == Sealed(1, has_more=True)
    before = await verified(owner)
    assert before.unsealed == 1
    await late.commit()
    assert (await verified(owner)).unsealed == 5
    assert await seal_quietly(owner) == Sealed(1, has_more=False)
    after = await verified(owner)
    assert (after.seals, after.entries, after.unsealed) == (before.seals + 1, before.entries + 5, 0)


async def test_two_who_seal_at_once_neither_fork_the_chain_nor_wait(
    world: World, owner: Connection, superuser: Connection
) -> None:
    await world.data(RENAME, {"n": "twice"})
    await until(superuser, QUIET)
    async with superuser.transaction():
        await enter(superuser, ACME.id)
        row = await superuser.fetchrow(sql("seal"), ACME.id)
        assert row is not None
        assert row["seal_number"] is not None
        # Requests may take any advisory lock, and keep it for as long as their connection is pooled.
        held = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
        assert await superuser.fetchval(held) == 0
        assert await seal_tenant(owner, ACME.id, None) == Sealed(0, has_more=True)
    assert await seal_quietly(owner) == Sealed(0, has_more=False)
    assert (await verified(owner)).unsealed == 0


async def test_log_restored_from_a_dump_is_sealed_on_though_transactions_are_counted_anew(
    fresh_world: World,
) -> None:
    """A cluster that had counted to a million millions stands for the old one; this one has the same log then."""
    superuser = await fresh_world.database.superuser()
    text = (
        (SQL_FOLDER / "functions" / "seal_audit.sql")
        .read_text()
        .replace("create function", "create or replace function")
    )
    old = 10**12
    await superuser.execute(re.sub(r"pg_current_snapshot\(\)", f"'{old + 5}:{old + 5}:'::pg_snapshot", text))
    for xid in (2, old + 1, old + 2, old + 7):
        await append(superuser, xid)
    async with open_owner(fresh_world.database.owner_url) as owner:
        assert await seal_quietly(owner) == Sealed(1, has_more=False)
        await superuser.execute(text)
        await fresh_world.data(RENAME, {"n": "restored"})
        before = await verified(owner)
        assert (before.unsealed, before.counted_anew, before.is_restored) == (2, (), True)
        told = Console(file=StringIO(), soft_wrap=True)
        settings = Settings(owner_url=fresh_world.database.owner_url)
        await verify_logs(told, settings, "acme", None)
        assert await seal_quietly(owner) == Sealed(2, has_more=False)
        after = await verified(owner)
        assert (after.counted_anew, after.is_restored) == ((3,), False)
        await verify_logs(told, settings, "acme", None)
        assert isinstance(told.file, StringIO)
        restored, counted = told.file.getvalue().splitlines()
        assert ", 2 not sealed yet, to be counted anew, head " in restored
        assert ", 0 not sealed yet, counted anew at seal 3, head " in counted
        assert (after.seals, after.entries, after.unsealed) == (3, before.entries + 2, 0)
        await fresh_world.data(RENAME, {"n": "going on"})
        assert await seal_quietly(owner) == Sealed(1, has_more=False)
        assert (await verified(owner)).unsealed == 0
        await append(superuser, 3)
        flaw = (await verify_tenant(owner, LOGGED_ACME)).flaw
        assert flaw is not None
        assert flaw.problem == "inserted"
    await superuser.close()


@pytest.fixture(scope="module")
async def written() -> WrittenTenants:
    """The tenants that the module's gateway has written for."""
    return WrittenTenants()


@pytest.fixture(scope="module")
async def gateway(world: World, written: WrittenTenants, catalog: Catalog) -> AsyncIterator[World]:
    """A gateway that remembers for whom it has written."""
    options = DatabaseOptions(pool_size=2)
    pool = Database(world.database.app_url, options, ErrorTranslator(catalog), on_write=written.add)
    await pool.open()
    yield World(world.database, Engine(catalog, pool, Limits()), pool)
    await pool.close()


async def test_gateway_seals_and_signs_for_whom_it_has_written_and_for_nobody_else(
    gateway: World, written: WrittenTenants, owner: Connection, superuser: Connection
) -> None:
    sealer = Sealer(gateway.pool, written, 60, KEY, 10_000)
    theirs = await verify_tenant(owner, LOGGED_GLOBEX)
    for operation in (RENAME, RENAME.replace(") {", ") @atomic {", 1)):
        await gateway.data(operation, {"n": f"by the gateway {len(operation)}"})
    await gateway.data("{ users { totalCount } }", as_=GLOBEX.principal())
    await until(superuser, QUIET)
    await sealer.seal_written()
    assert written.take() == []
    found = await verified(owner)
    assert found.unsealed == 0
    assert await verify_tenant(owner, LOGGED_GLOBEX) == theirs
    signed = await superuser.fetch("select tenant_id, signature from audit_signatures")
    assert [tuple(row) for row in signed] == [(ACME.id, signature(KEY, found.head))]
    admin = "{ auditSeals(orderBy: [{ number: DESC }], first: 1) { nodes { chain } } }"
    assert await gateway.data(admin) == {"auditSeals": {"nodes": [{"chain": found.head}]}}


async def test_tenant_whose_entries_have_to_wait_is_sealed_in_a_later_round(
    gateway: World, written: WrittenTenants, owner: Connection, superuser: Connection
) -> None:
    sealer = Sealer(gateway.pool, written, 60, None, 10_000)
    transaction = superuser.transaction()
    await transaction.start()
    await superuser.execute("select pg_current_xact_id()")
    await gateway.data(RENAME, {"n": "waits"})
    await sealer.seal_written()
    assert (await verified(owner)).unsealed == 1
    await transaction.rollback()
    await until(superuser, QUIET)
    await sealer.seal_written()
    assert (await verified(owner)).unsealed == 0
    assert written.take() == []


async def test_sealing_goes_on_after_a_failure_and_ends_with_its_block(
    gateway: World,
    written: WrittenTenants,
    owner: Connection,
    superuser: Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = (await verified(owner)).seals
    written.add(TenantId(NOBODY_ID))
    await superuser.execute("alter function app.seal_audit(uuid) rename to seal_audit_away")
    await gateway.data(RENAME, {"n": "to be sealed"})
    await Sealer(gateway.pool, written, 60, None, 10_000).seal_written()
    await superuser.execute("alter function app.seal_audit_away(uuid) rename to seal_audit")
    (record,) = caplog.records
    assert record.getMessage() == "sealing the audit log failed for 2 tenants"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], asyncpg.UndefinedFunctionError)
    async with Sealer(gateway.pool, written, 0.001, None, 10_000).at_work():
        await until(superuser, "select count(*) > $1 from audit_seals where tenant_id = $2", before, ACME.id)
    await gateway.data(RENAME, {"n": "not to be sealed any more"})
    assert written.take() == [ACME.id]


async def test_round_goes_on_to_the_next_tenant_while_one_keeps_writing(
    gateway: World, written: WrittenTenants, owner: Connection, superuser: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seal_quietly(owner)
    await seal_quietly(owner, GLOBEX.id)
    written.take()
    looked: list[TenantId] = []

    async def seal_and_write(connection: Connection, tenant: TenantId, key: str | None, timeout_ms: int = 0) -> Sealed:
        looked.append(tenant)
        found = await seal_once(connection, tenant, key, timeout_ms)
        if len(looked) < 5:
            await append(superuser)
            await until(superuser, QUIET)
        return found

    monkeypatch.setattr(sealing, "seal_once", seal_and_write)
    await append(superuser, count=10_001)
    await until(superuser, QUIET)
    written.add(ACME.id)
    written.add(GLOBEX.id)
    sealer = Sealer(gateway.pool, written, 60, None, 10_000)
    assert await sealer.seal_written()
    assert looked == [ACME.id, GLOBEX.id]
    assert not await sealer.seal_written()
    assert looked == [ACME.id, GLOBEX.id, ACME.id]
    assert written.take() == []


@pytest.mark.parametrize("operation", [RENAME, RENAME.replace(") {", ") @atomic {", 1)], ids=["at once", "atomic"])
async def test_write_whose_outcome_is_not_heard_is_remembered(
    gateway: World, written: WrittenTenants, superuser: Connection, operation: str
) -> None:
    """The commit waits for a lock until the request is given up."""
    await superuser.execute(
        """create function public.wait() returns trigger language plpgsql as
             'begin perform pg_advisory_xact_lock(9); return null; end';
           create constraint trigger wait after update on public.users deferrable initially deferred
             for each row execute function public.wait();
           select pg_advisory_lock(9)"""
    )
    written.take()
    request = asyncio.create_task(gateway.data(operation, {"n": f"not heard {len(operation)}"}))
    await until(superuser, "select count(*) > 0 from pg_locks where locktype = 'advisory' and not granted")
    request.cancel()
    await asyncio.wait([request])
    await superuser.execute("select pg_advisory_unlock(9); drop function public.wait() cascade")
    assert request.cancelled()
    assert written.take() == [ACME.id]


def test_process_remembers_no_more_tenants_than_it_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MAX_REMEMBERED", 2)
    written = WrittenTenants()
    for tenant in (ACME.id, GLOBEX.id, ACME.id, TenantId(NOBODY_ID)):
        written.add(tenant)
    assert written.take() == [ACME.id, GLOBEX.id]
    assert written.take() == []


async def test_log_of_a_tenant_that_is_gone_is_sealed_and_verified(fresh_world: World) -> None:
    superuser = await fresh_world.database.superuser()
    async with superuser.transaction():
        await superuser.execute(f"set local role {PLATFORM}")
        await enter(superuser, ACME.id)
        await superuser.execute("delete from tenants where tenant_id = $1", ACME.id)
    await superuser.close()
    async with open_owner(fresh_world.database.owner_url) as owner:
        assert await logged_tenants(owner) == [LOGGED_ACME, LOGGED_GLOBEX]
        assert await logged_tenants(owner, "acme") == await logged_tenants(owner, str(ACME.id)) == [LOGGED_ACME]
        with pytest.raises(NotFound):
            await logged_tenants(owner, "umbrella")
        assert (await seal_quietly(owner)).seals == 1
        assert (await verified(owner)).unsealed == 0


async def test_seals_are_bounded_even_within_one_transaction(owner: Connection, superuser: Connection) -> None:
    await seal_quietly(owner)
    before = await verified(owner)
    await append(superuser, count=10_001)
    await append(superuser)
    assert await seal_quietly(owner) == Sealed(2, has_more=False)
    after = await verified(owner)
    assert (after.seals, after.entries, after.unsealed) == (before.seals + 2, before.entries + 10_002, 0)


async def test_seals_are_bounded_by_how_long_their_entries_are(owner: Connection, superuser: Connection) -> None:
    """A tenant's entries cannot be so long that sealing them takes longer than a statement may."""
    await seal_quietly(owner)
    before = await verified(owner)
    for length in (9_000_000, 9_000_000, 20_000_000, 9):
        await superuser.execute(
            """insert into audit_logs (tenant_id, action, target_type, changes)
               values ($1, 'made', 'User', jsonb_build_object('after', repeat('x', $2)))""",
            ACME.id, length,
        )  # fmt: skip
    assert await seal_quietly(owner) == Sealed(3, has_more=False)
    sizes = "select array_agg(entries order by number) from audit_seals where tenant_id = $1 and number > $2"
    assert await superuser.fetchval(sizes, ACME.id, before.seals) == [2, 1, 1]
    assert (await verified(owner)).unsealed == 0
