"""Seals the audit log: tenant by tenant from the command, or in the gateway, behind the requests that wrote to it.

In: a connection, the tenants, a key if seals are to be signed.  Out: seals, in transactions of their own.
Nobody who writes waits for this. The key never reaches the database: it signs what the database has hashed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from app.audit.form import signature
from app.audit.owner import Connection, sql
from app.auth.principal import TenantId
from app.db.database import Database

MAX_REMEMBERED = 100_000
"""Tenants that a process remembers to have written for: some 15 MB. For any more, `bulkhead audit seal` has to run."""

_PAUSE_S = 0.5
"""Between rounds, while one tenant's log takes more than one seal."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What came of sealing a tenant's log.

    seals      how many were made
    has_more   whether entries are left: of transactions that are not over, or for another process that seals
    is_full    whether the seal is as large as one may be, so that more can be sealed at once
    """

    seals: int
    has_more: bool
    is_full: bool = False


async def seal_tenant(connection: Connection, tenant: TenantId, key: str | None) -> Sealed:
    """Seals a tenant's log as far as it can be."""
    sealed = await seal_once(connection, tenant, key)
    seals = sealed.seals
    while sealed.is_full:
        sealed = await seal_once(connection, tenant, key)
        seals += sealed.seals
    return Sealed(seals, sealed.has_more)


async def seal_once(connection: Connection, tenant: TenantId, key: str | None, timeout_ms: int = 0) -> Sealed:
    """Makes one seal of a tenant's log, or none, and signs it; in a transaction."""
    async with connection.transaction():
        await connection.execute(sql("enter"), tenant, timeout_ms)
        row = await connection.fetchrow(sql("seal"), tenant)
        assert row is not None
        number, chain, is_full, has_more = row
        if number is not None and key is not None:
            await connection.execute(sql("sign"), tenant, number, signature(key, chain))
    return Sealed(int(number is not None), has_more, is_full)


class WrittenTenants:
    """The tenants that this process has written for since they were sealed."""

    def __init__(self) -> None:
        self._tenants: dict[TenantId, None] = {}

    def add(self, tenant: TenantId) -> None:
        """Remembers a tenant, as long as there is room."""
        if len(self._tenants) < MAX_REMEMBERED:
            self._tenants[tenant] = None

    def take(self) -> list[TenantId]:
        """All of them, in the order in which they wrote; none is remembered any more."""
        tenants, self._tenants = list(self._tenants), {}
        return tenants


class Sealer:
    """Seals, every so many seconds, for the tenants that this process has written for."""

    def __init__(
        self, database: Database, written: WrittenTenants, every_s: float, key: str | None, timeout_ms: int
    ) -> None:
        self._database = database
        self._written = written
        self._every_s = every_s
        self._key = key
        self._timeout_ms = timeout_ms

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Seals beside what the block does. One that it is at when the block ends is undone: the next one makes it."""
        sealing = asyncio.create_task(self._run())
        try:
            yield
        finally:
            sealing.cancel()
            with suppress(asyncio.CancelledError):
                await sealing

    async def _run(self) -> None:
        is_behind = False
        while True:
            await asyncio.sleep(min(self._every_s, _PAUSE_S) if is_behind else self._every_s)
            is_behind = await self.seal_written()

    async def seal_written(self) -> bool:
        """One seal for each tenant; whether one was full. A tenant for which that fails, or who has entries left, has
        its turn again the next time: however much one of them writes, the others' turns come."""
        failures: list[Exception] = []
        is_behind = False
        for tenant in self._written.take():
            try:
                sealed = await self._seal_once(tenant)
                is_behind = is_behind or sealed.is_full
                if sealed.has_more:
                    self._written.add(tenant)
            except Exception as exc:
                # Whatever it is: requests do not depend on it, and the next round tries again.
                self._written.add(tenant)
                failures.append(exc)
        if failures:
            logger.error("sealing the audit log failed for %d tenants", len(failures), exc_info=failures[-1])
        return is_behind

    async def _seal_once(self, tenant: TenantId) -> Sealed:
        """One seal. A long log takes turns for its connection, like requests."""
        async with self._database.connection(str(tenant)) as connection:
            return await seal_once(connection, tenant, self._key, self._timeout_ms)
