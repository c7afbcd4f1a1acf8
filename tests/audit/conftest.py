"""A log that three seals cover, and connections of who seals it and of who tampers with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.audit.owner import Connection, LoggedTenant, open_owner
from app.audit.sealing import Sealed, seal_tenant
from app.audit.verifying import Verified, verify_tenant
from app.auth.principal import TenantId
from app.isolation.roles import OWNER
from tests.conftest import World
from tests.db.gateways import until
from tests.world import ACME, GLOBEX

KEY = "a key that no database ever sees"
LOGGED_ACME, LOGGED_GLOBEX = LoggedTenant(ACME.id, ACME.slug), LoggedTenant(GLOBEX.id, GLOBEX.slug)
QUIET = "select pg_snapshot_xmin(s) = pg_snapshot_xmax(s) from pg_current_snapshot() as s"
"""Whether no transaction runs that has written: one of Postgres's own may, and hold back what can be sealed."""
RENAME = 'mutation ($n: String!) { updateUser(by: {email: "viewer@acme.example"}, set: {name: $n}) { name } }'


@pytest.fixture(scope="module")
async def superuser(world: World) -> AsyncIterator[Connection]:
    """A superuser's connection to the module's world."""
    session = await world.database.superuser()
    yield session
    await session.close()


@pytest.fixture(scope="module")
async def owner(world: World) -> AsyncIterator[Connection]:
    """The owner's connection to the module's world."""
    async with open_owner(world.database.owner_url) as connection:
        yield connection


@pytest.fixture(scope="module")
async def sealed(world: World, owner: Connection) -> Verified:
    """What is verified of acme's log when three signed seals cover it: of its beginning, of one change, of two."""
    assert (await seal_quietly(owner, ACME.id, KEY)).seals == 1
    for names in (["one"], ["two", "three"]):
        for name in names:
            await world.data(RENAME, {"n": name})
        assert (await seal_quietly(owner, ACME.id, KEY)).seals == 1
    await seal_quietly(owner, GLOBEX.id, KEY)
    verified = await verify_tenant(owner, LOGGED_ACME, KEY)
    assert (verified.seals, verified.unsealed, verified.flaw) == (3, 0, None)
    return verified


async def seal_quietly(connection: Connection, tenant: TenantId = ACME.id, key: str | None = None) -> Sealed:
    """Seals all of a tenant's log."""
    await until(connection, QUIET)
    return await seal_tenant(connection, tenant, key)


@asynccontextmanager
async def tampering(superuser: Connection) -> AsyncIterator[None]:
    """A transaction in which a superuser goes past all triggers; undone in the end."""
    transaction = superuser.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        await superuser.execute("set local session_replication_role = replica")
        yield
    finally:
        await transaction.rollback()


async def verified_in(
    superuser: Connection, tenant: LoggedTenant = LOGGED_ACME, key: str | None = None, head: str | None = None
) -> Verified:
    """What is verified in the transaction that the superuser has tampered in."""
    await superuser.execute(f"set local role {OWNER}")
    return await verify_tenant(superuser, tenant, key, head)
