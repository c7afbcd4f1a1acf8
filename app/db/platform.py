"""The platform's own work: tenants are found before they are known, and made.

In: the URL of a login that may become the platform role.  Out: ids.
The role crosses no tenant either: it works in one at a time, through policies of its own; only the directory of
tenants, which holds slugs and domains and nothing else, is open to it as a whole.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.auth.principal import TenantId, UserId
from app.db.sqlstate import translated_connection_errors
from app.errors import NotFound, Unavailable
from app.isolation.roles import PLATFORM
from app.model import Role
from app.paths import SQL_FOLDER


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant to make."""

    id: TenantId
    name: str
    slug: str
    domain: str
    plan_type: str
    max_users: int
    max_integrations: int


class Platform:
    """Platform work on one connection."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def find_tenant(self, slug: str) -> TenantId:
        """The tenant with that slug. Raises NotFound."""
        found = await self._connection.fetchval(_sql("find_tenant"), slug)
        if found is None:
            raise NotFound(f"There is no tenant {slug}.")
        return TenantId(found)

    async def find_user(self, tenant: TenantId, email: str) -> tuple[UserId, Role]:
        """The seat with that address. Raises NotFound."""
        async with self._connection.transaction():
            await self._enter(tenant)
            row = await self._connection.fetchrow(_sql("find_user"), tenant, email)
        if row is None:
            raise NotFound(f"This tenant has no user {email}.")
        return UserId(row["id"]), Role(row["role"])

    async def has_users(self, tenant: TenantId) -> bool:
        """Whether a tenant has any seat."""
        async with self._connection.transaction():
            await self._enter(tenant)
            return bool(await self._connection.fetchval(_sql("has_users"), tenant))

    async def provision(self, tenant: NewTenant) -> None:
        """Makes a tenant."""
        async with self._connection.transaction():
            await self._enter(tenant.id)
            await self._connection.execute(
                _sql("provision_tenant"),
                tenant.id,
                tenant.name,
                tenant.slug,
                tenant.domain,
                tenant.plan_type,
                tenant.max_users,
                tenant.max_integrations,
            )

    async def tenants(self) -> list[TenantId]:
        """Every tenant there is."""
        return [TenantId(row["id"]) for row in await self._connection.fetch(_sql("list_tenants"))]

    async def run(self, tenant: TenantId, text: str, *values: Any) -> Sequence[Sequence[Any]]:
        """Runs a statement whose `$1` is the tenant, in a transaction of its own; its rows."""
        async with self._connection.transaction():
            await self._enter(tenant)
            rows: Sequence[Sequence[Any]] = await self._connection.fetch(text, tenant, *values)
            return rows

    async def _enter(self, tenant: UUID) -> None:
        await self._connection.execute(_sql("enter_tenant"), tenant)


@asynccontextmanager
async def open_platform(owner_url: str) -> AsyncIterator[Platform]:
    """Logs in and becomes the platform role. Raises Unavailable when it cannot."""
    with translated_connection_errors():
        connection = await asyncpg.connect(owner_url)
    try:
        try:
            await connection.execute(f"set role {PLATFORM}")
        except asyncpg.PostgresError as exc:
            raise Unavailable("This login cannot do platform work: run `bulkhead migrate` with it first.") from exc
        yield Platform(connection)
    finally:
        await connection.close()


def _sql(name: str) -> str:
    return (SQL_FOLDER / "platform" / f"{name}.sql").read_text()
