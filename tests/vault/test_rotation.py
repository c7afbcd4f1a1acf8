"""Keys are rotated while tenants are at work: nothing is lost, nothing waits for long, and nothing stays behind."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.catalog import Catalog
from app.db.database import RequestContext
from app.db.platform import Platform, open_platform
from app.errors import Unavailable
from app.plan.new_ids import new_id
from app.vault import rotation
from app.vault.data_keys import Vault
from app.vault.masters import MasterKeys
from app.vault.rotation import Rotated, rotate_keys, rotate_tenant
from tests.conftest import World
from tests.db.gateways import until
from tests.isolation.rows import Session, enter
from tests.vault.conftest import sealed, secret_of
from tests.world import ACME, GLOBEX, MASTER_KEYS

CREATE_MANY = "mutation ($rows: [IntegrationCreate!]!) { createIntegrations(input: $rows) { count } }"
UPDATE = """mutation ($provider: String!, $secret: String) {
  updateIntegration(by: {provider: $provider}, set: {credentials: $secret}) { id } }"""
WAITING = "select count(*) = 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
PROVIDERS = [f"p-{n:02}" for n in range(7)]


@pytest.fixture(autouse=True)
async def secrets_under_first_keys(world: World, superuser: Session) -> None:
    """Acme and globex have a secret each, acme seven more, all under their tenants' first keys."""
    async with superuser.transaction():
        await superuser.execute("set local session_replication_role = replica")
        await superuser.execute("delete from public.integrations where provider like 'p-%'")
        await superuser.execute("update public.integrations set credentials = null")
        await superuser.execute("delete from public.data_keys")
    for tenant in (ACME, GLOBEX):
        first = {"provider": "meta-ads", "secret": f"secret of {tenant.slug}"}
        await world.data(UPDATE, first, as_=tenant.principal())
    rows = [{"name": "n", "provider": name, "credentials": f"secret of {name}"} for name in PROVIDERS]
    await world.data(CREATE_MANY, {"rows": rows})


@pytest.fixture(scope="module")
async def platform(world: World) -> AsyncIterator[Platform]:
    """The platform at work in that world."""
    async with open_platform(world.database.owner_url) as platform:
        yield platform


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three batches for acme."""
    monkeypatch.setattr(rotation, "BATCH_ROWS", 3)


async def rotate(platform: Platform, catalog: Catalog, master_keys: MasterKeys = MASTER_KEYS) -> Rotated:
    """Rotates acme's keys."""
    rotated = await rotate_tenant(platform, catalog, Vault(master_keys), ACME.id)
    assert rotated is not None
    return rotated


async def keys(session: Session) -> list[tuple[int, bool]]:
    """The numbers of acme's keys, and whether each is retired."""
    found = await session.fetch(
        "select number, retired_at is not null from public.data_keys where tenant_id = $1 order by number", ACME.id
    )
    return [tuple(key) for key in found]


async def assert_all_open(session: Session, number: int, *, but: dict[str, str] | None = None) -> None:
    """Every secret of acme's is what it was, under the key of that number."""
    for provider in PROVIDERS:
        assert await secret_of(session, provider) == (but or {}).get(provider, f"secret of {provider}")
        assert (await sealed(session, provider) or "").startswith(f"v1.{number}.")


async def test_every_secret_is_sealed_anew_and_the_old_key_goes(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    unseen = "select max(t.updated_at), (select count(*) from public.audit_logs) from public.integrations as t"
    before = await superuser.fetchrow(unseen)
    theirs = await sealed(superuser, "meta-ads", GLOBEX)
    assert (await rotate(platform, catalog)).sealed == len(PROVIDERS) + 1
    assert await keys(superuser) == [(2, False)]
    await assert_all_open(superuser, 2)
    assert await secret_of(superuser, "meta-ads") == "secret of acme"
    assert await superuser.fetchrow(unseen) == before
    assert await sealed(superuser, "meta-ads", GLOBEX) == theirs
    await world.data(UPDATE, {"provider": "p-00", "secret": "after"})
    await assert_all_open(superuser, 2, but={"p-00": "after"})


async def test_all_tenants_that_have_secrets_are_rotated(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    await superuser.execute("insert into platform.tenant_directory (id, slug) values ($1, 'without-secrets')", new_id())
    rotated = {r.tenant: (r.sealed, r.unopened) async for r in rotate_keys(platform, catalog, Vault(MASTER_KEYS))}
    assert rotated == {ACME.id: (len(PROVIDERS) + 1, ()), GLOBEX.id: (1, ())}


async def test_no_write_is_lost_or_left_behind_by_writers_at_work(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    last: dict[str, str] = {}
    done = asyncio.Event()

    async def write(provider: str) -> None:
        number = 0
        while not done.is_set() or not number:
            number += 1
            await world.data(UPDATE, {"provider": provider, "secret": f"{provider} {number}"})
            last[provider] = f"{provider} {number}"

    writers = [asyncio.create_task(write(provider)) for provider in PROVIDERS[:3]]
    for _ in range(3):
        assert not (await rotate(platform, catalog)).unopened
    done.set()
    await asyncio.gather(*writers)
    assert await keys(superuser) == [(4, False)]
    await assert_all_open(superuser, 4, but=last)


async def test_writer_that_sealed_with_the_old_key_is_waited_for(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    async with world.pool.write(RequestContext(ACME.principal())) as tx:
        assert (await Vault(MASTER_KEYS).sealing_key(ACME.id, tx.row)).number == 1
        rotating = asyncio.create_task(rotate(platform, catalog))
        await until(superuser, WAITING)
        assert (await Vault(MASTER_KEYS).sealing_key(ACME.id, tx.row)).number == 2
        # Others go on, with the new key.
        await world.data(UPDATE, {"provider": "p-01", "secret": "meanwhile"})
        assert not rotating.done()
    await rotating
    await assert_all_open(superuser, 2, but={"p-01": "meanwhile"})
    assert await keys(superuser) == [(2, False)]


async def test_row_that_somebody_holds_is_passed_over_and_waited_for_in_the_end(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    holder = await world.database.superuser()
    async with holder.transaction():
        await enter(holder, ACME.id)
        await holder.execute("update public.integrations set name = 'held' where provider = 'p-02'")
        rotating = asyncio.create_task(rotate(platform, catalog))
        await until(superuser, WAITING)
        prefix = {name: (await sealed(superuser, name) or "")[:5] for name in PROVIDERS}
        assert prefix == dict.fromkeys(PROVIDERS, "v1.2.") | {"p-02": "v1.1."}
    await rotating
    await holder.close()
    await assert_all_open(superuser, 2)


async def test_rotation_that_was_stopped_anywhere_is_done_by_the_next(
    world: World, platform: Platform, catalog: Catalog, superuser: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoppedError(Exception):
        pass

    batch = rotation._seal_batch
    batches = 0

    async def stopping(*args: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise StoppedError
        return await batch(*args)

    monkeypatch.setattr(rotation, "_seal_batch", stopping)
    with pytest.raises(StoppedError):
        await rotate(platform, catalog)
    assert await keys(superuser) == [(1, True), (2, False)]
    assert {(await sealed(superuser, name) or "")[:5] for name in PROVIDERS} == {"v1.1.", "v1.2."}
    for provider in PROVIDERS:
        assert await secret_of(superuser, provider) == f"secret of {provider}"
    await rotate(platform, catalog)
    assert await keys(superuser) == [(3, False)]
    await assert_all_open(superuser, 3)


async def test_two_rotations_at_once_do_no_harm(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    async with open_platform(world.database.owner_url) as other:
        await asyncio.gather(rotate(platform, catalog), rotate(other, catalog))
    await rotate(platform, catalog)
    ((number, _),) = await keys(superuser)
    await assert_all_open(superuser, number)


async def test_what_does_not_open_is_told_and_stays_with_its_key(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    moved = await sealed(superuser, "p-00")
    async with superuser.transaction():
        await enter(superuser, ACME.id)
        where = "where tenant_id = $1 and provider = 'p-06' returning id"
        row_id = await superuser.fetchval(f"update public.integrations set credentials = $2 {where}", ACME.id, moved)
    rotated = await rotate(platform, catalog)
    assert rotated.unopened == (("public.integrations", "credentials", row_id),)
    assert await sealed(superuser, "p-06") == moved
    assert await keys(superuser) == [(1, True), (2, False)]


async def test_tenant_whose_keys_are_spoiled_is_told_and_the_others_are_rotated(
    platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    async with superuser.transaction():
        await enter(superuser, ACME.id)
        forged = "update public.integrations set credentials = 'v1.99999999999.AAAA' where tenant_id = $1"
        await superuser.execute(f"{forged} and provider = 'p-06'", ACME.id)
    rotated = {r.tenant: r async for r in rotate_keys(platform, catalog, Vault(MASTER_KEYS))}
    assert (len(rotated[ACME.id].unopened), rotated[GLOBEX.id].sealed) == (1, 1)
    async with superuser.transaction():
        await enter(superuser, ACME.id)
        await superuser.execute(
            "insert into public.data_keys (tenant_id, number, master_key, wrapped) values ($1, 50, 'tests', 'AAAA')",
            ACME.id,
        )
    rotated = {r.tenant: r async for r in rotate_keys(platform, catalog, Vault(MASTER_KEYS))}
    assert rotated[ACME.id].error is not None
    assert (rotated[GLOBEX.id].error, rotated[GLOBEX.id].sealed) == (None, 1)


async def test_new_master_key_takes_over_and_the_old_one_may_go(
    world: World, platform: Platform, catalog: Catalog, superuser: Session
) -> None:
    new = ("new", bytes(31) + b"\7")
    await rotate(platform, catalog, MasterKeys([new, ("tests", bytes(range(32)))]))
    assert await secret_of(superuser, "p-03", master_keys=MasterKeys([new])) == "secret of p-03"
    with pytest.raises(Unavailable):
        await secret_of(superuser, "p-03")
    with pytest.raises(Unavailable, match="lacks the right key named new"):
        await rotate(platform, catalog)
    assert await keys(superuser) == [(2, False)]
    told = {rotated.error async for rotated in rotate_keys(platform, catalog, Vault())}
    assert len(told) == 1
    assert "there is no master key" in str(told)


async def test_platform_reaches_secrets_of_one_tenant_at_a_time_and_nothing_else_of_the_row(
    world: World, platform: Platform
) -> None:
    async with platform.working_in(ACME.id) as tx:
        found = await tx.rows(
            "select tenant_id from public.integrations where credentials is not null or $1::uuid is null"
        )
        assert {row[0] for row in found} == {ACME.id}
        may = "select has_column_privilege('public.integrations', 'name', 'select, update') where $1::uuid is not null"
        assert list(await tx.row(may) or ()) == [False]
