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


@dataclass(frozen=True, slots=True)
class PlatformTransaction:
    """A transaction of the platform's, in one tenant."""

    tenant: TenantId
    connection: "asyncpg.Connection[asyncpg.Record]"

    async def row(self, text: str, values: Sequence[Any] = ()) -> Sequence[Any] | None:
        """Runs a statement whose `$1` is the tenant; its first row."""
        row: Sequence[Any] | None = await self.connection.fetchrow(text, self.tenant, *values)
        return row

    async def rows(self, text: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a statement whose `$1` is the tenant; all its rows."""
        rows: Sequence[Sequence[Any]] = await self.connection.fetch(text, self.tenant, *values)
        return rows


class Platform:
    """Platform work on one connection."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def tenants(self) -> Sequence[TenantId]:
        """All tenants."""
        return [TenantId(row["id"]) for row in await self._connection.fetch(_sql("tenants"))]

    @asynccontextmanager
    async def working_in(self, tenant: TenantId) -> AsyncIterator[PlatformTransaction]:
        """A transaction in one tenant; committed when the block ends, undone when it raises."""
        async with self._connection.transaction():
            await self._enter(tenant)
            yield PlatformTransaction(tenant, self._connection)

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

    async def run(self, tenant: TenantId, text: str, *values: Any) -> Sequence[Sequence[Any]]:
        """Runs a statement whose `$1` is the tenant, in a transaction of its own; its rows."""
        async with self.working_in(tenant) as tx:
            return await tx.rows(text, values)

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
