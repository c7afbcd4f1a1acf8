"""What the tests of secrets look with: past all policies, at what the database holds, and what that opens to."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from app.vault.data_keys import Vault
from app.vault.masters import MasterKeys
from app.vault.sealing import Place
from tests.conftest import World
from tests.isolation.rows import Session
from tests.world import ACME, MASTER_KEYS, TenantWorld, row_of


@pytest.fixture(scope="module")
async def superuser(world: World) -> AsyncIterator[Session]:
    """A superuser's connection to the module's world."""
    connection = await world.database.superuser()
    yield connection
    await connection.close()


@pytest.fixture
async def fresh_superuser(fresh_world: World) -> AsyncIterator[Session]:
    """A superuser's connection to the test's own world."""
    connection = await fresh_world.database.superuser()
    yield connection
    await connection.close()


async def sealed(superuser: Session, provider: str, tenant: TenantWorld = ACME) -> str | None:
    """What the database holds as an integration's credentials."""
    where = "where tenant_id = $1 and provider = $2"
    found: str | None = await superuser.fetchval(
        f"select credentials from public.integrations {where}", tenant.id, provider
    )
    return found


async def secret_of(
    superuser: Session,
    provider: str,
    tenant: TenantWorld = ACME,
    master_keys: MasterKeys = MASTER_KEYS,
) -> str | None:
    """An integration's credentials, opened. Raises NotOpened."""
    text = await sealed(superuser, provider, tenant)
    row_id = await superuser.fetchval(
        "select id from public.integrations where tenant_id = $1 and provider = $2", tenant.id, provider
    )
    if text is None:
        return None
    place = Place(tenant.id, "integrations", "credentials", row_id)
    return await Vault(master_keys).open(partial(row_of, superuser, tenant), place, text)
