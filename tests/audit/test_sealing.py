"""Sealing waits for nobody and nobody waits for it; what it makes is what Python makes of the same rows."""

import re
from collections.abc import AsyncIterator

import pytest

from app.audit import sealing
from app.audit.form import signature
from app.audit.owner import Connection, logged_tenants, open_owner, sql
from app.audit.sealing import Sealed, Sealer, WrittenTenants, seal_tenant
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
        assert before.unsealed == 2
        assert await seal_quietly(owner) == Sealed(2, has_more=False)
        after = await verified(owner)
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
    assert [record.getMessage() for record in caplog.records] == ["sealing the audit log failed for 2 tenants"]
    async with Sealer(gateway.pool, written, 0.001, None, 10_000).at_work():
        await until(superuser, "select count(*) > $1 from audit_seals where tenant_id = $2", before, ACME.id)
    await gateway.data(RENAME, {"n": "not to be sealed any more"})
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
