"""What reads and seals the audit log from outside the gateway: the owner, in one tenant at a time.

In: the URL of a login that may become the owner.  Out: a connection that is the owner's; the tenants that have a log.
Rejects: Unavailable for a login that may not, NotFound for a tenant that nobody knows.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import NamedTuple, TypeAlias

import asyncpg

from app.auth.principal import TenantId
from app.db.sqlstate import translated_connection_errors
from app.errors import NotFound, Unavailable
from app.isolation.roles import OWNER
from app.paths import SQL_FOLDER

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class LoggedTenant(NamedTuple):
    """A tenant that has a log; it may be gone itself."""

    id: TenantId
    slug: str


@asynccontextmanager
async def open_owner(owner_url: str) -> AsyncIterator[Connection]:
    """Logs in and becomes the owner. Raises Unavailable when it cannot."""
    with translated_connection_errors():
        connection = await asyncpg.connect(owner_url)
    try:
        try:
            await connection.execute(f"set role {OWNER}")
        except asyncpg.PostgresError as exc:
            raise Unavailable("This login cannot become bulkhead_owner: run `bulkhead migrate` with it first.") from exc
        yield connection
    finally:
        await connection.close()


async def logged_tenants(connection: Connection, only: str | None = None) -> list[LoggedTenant]:
    """All tenants that have a log, or those of this slug or id. Raises NotFound."""
    tenants = [LoggedTenant(TenantId(row["id"]), row["slug"]) for row in await connection.fetch(sql("tenants"))]
    found = [t for t in tenants if only in (None, t.slug, str(t.id))]
    if only is not None and not found:
        raise NotFound(f"There is no tenant {only}, nor was there.")
    return found


@cache
def sql(name: str) -> str:
    """A statement of `sql/audit/`."""
    return (SQL_FOLDER / "audit" / f"{name}.sql").read_text()
