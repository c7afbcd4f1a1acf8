"""Verifies the audit log against its seals: names the first entry or seal that was altered, is missing or was inserted.

In: the owner's connection, a tenant; a key and a head that was noted elsewhere, if there are.  Out: Verified.
Reads seal by seal, so that a long log takes no more memory than one seal and its entries' hashes; then asks for all
entries that no seal lists.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from app.audit.form import ENTRIES_BY_FORM, Seal, chain_hash, entry_hash, is_signed, merkle_root, signature
from app.audit.owner import Connection, LoggedTenant, sql
from app.auth.principal import TenantId

_SEALS_AT_ONCE = 4
_ENTRIES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first thing that is wrong.

    seal    the number of the seal that it is in, or that should be there
    entry   the entry that it is, if it is one
    """

    problem: str
    seal: int | None = None
    entry: UUID | None = None

    def __str__(self) -> str:
        place = [f"seal {self.seal}"] if self.seal is not None else []
        place += [f"entry {self.entry}"] if self.entry is not None else []
        return f"{', '.join(place)}: {self.problem}" if place else self.problem


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of a tenant's log.

    seals, entries   how many hold, up to the flaw if there is one
    unsealed         entries that no seal covers yet, for which nothing is promised
    head             the chain of the last seal; '' without any
    counted_anew     the seals with which transactions were counted from 0 again, as after a dump was restored: those
                     took whatever no seal had listed
    is_restored      whether a seal to come will be one of these, so that nothing tells of inserted entries till then
    """

    tenant: LoggedTenant
    seals: int
    entries: int
    unsealed: int
    head: str
    flaw: Flaw | None
    counted_anew: tuple[int, ...] = ()
    is_restored: bool = False


async def verify_tenant(
    connection: Connection, tenant: LoggedTenant, key: str | None = None, head: str | None = None
) -> Verified:
    """Verifies a tenant's log as it stands at one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(sql("look_into"), tenant.id)
        return await _Verification(connection, tenant.id, key).run(tenant, head)


async def sign_tenant(connection: Connection, tenant: LoggedTenant, key: str) -> Verified:
    """Signs the seals of a tenant that this key has not signed, when the log is as they say."""
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(sql("enter"), tenant.id, 0)
        verified = await _Verification(connection, tenant.id, None).run(tenant, None)
        if verified.flaw is None:
            async for seal in _seals(connection, tenant.id):
                if not is_signed(key, seal):
                    await connection.execute(sql("sign"), tenant.id, seal.number, signature(key, seal.chain))
    return verified


class _Verification:
    """On its way through the seals of a tenant."""

    def __init__(self, connection: Connection, tenant: TenantId, key: str | None) -> None:
        self._connection = connection
        self._tenant = tenant
        self._key = key
        self._seals = 0
        self._entries = 0
        self._chain = ""
        self._until_xid = 0
        self._counted_anew: tuple[int, ...] = ()

    async def run(self, tenant: LoggedTenant, head: str | None) -> Verified:
        await self._connection.execute(sql("compare_by_hash"))
        flaw: Flaw | None = None
        is_head_seen = head in (None, "")
        async for seal in _seals(self._connection, self._tenant):
            flaw = self._flaw_of_seal(seal) or await self._flaw_of_entries(seal)
            if flaw is not None:
                break
            self._go_past(seal)
            is_head_seen = is_head_seen or seal.chain == head
        unlisted = await self._connection.fetchrow(sql("unlisted"), self._tenant)
        assert unlisted is not None
        unsealed, inserted, among, is_restored = unlisted
        if flaw is None and inserted is not None:
            flaw = Flaw("inserted", among, inserted)
        if flaw is None and not is_head_seen:
            flaw = Flaw("no seal has the given head: seals were cut off, or all of them made anew")
        return Verified(
            tenant, self._seals, self._entries, unsealed, self._chain, flaw, self._counted_anew, is_restored
        )

    def _go_past(self, seal: Seal) -> None:
        if seal.from_xid != self._until_xid:
            self._counted_anew += (seal.number,)
        self._seals, self._entries = seal.number, self._entries + seal.entries
        self._chain, self._until_xid = seal.chain, seal.until_xid

    def _flaw_of_seal(self, seal: Seal) -> Flaw | None:
        expected = self._seals + 1
        if seal.number > expected:
            return Flaw("missing", expected)
        if seal.number < expected:
            return Flaw("inserted", seal.number)
        if seal.form not in ENTRIES_BY_FORM:
            return Flaw(f"of form {seal.form}, which this version of bulkhead does not know", seal.number)
        is_whole = seal.entries == len(seal.entry_ids) == len(seal.entry_hashes)
        if not is_whole or seal.root != merkle_root(seal.entry_ids, seal.entry_hashes):
            return Flaw("altered: its root is not that of the entries it lists", seal.number)
        if seal.chain != chain_hash(self._tenant, seal, self._chain):
            return Flaw("altered, or the one before it: its chain does not follow", seal.number)
        if not seal.entry_ids:
            return Flaw("not made by bulkhead: it lists no entry", seal.number)
        follows = seal.from_xid == self._until_xid <= seal.until_xid
        if not follows and not seal.from_xid == 0 <= seal.until_xid < self._until_xid:
            return Flaw("not made by bulkhead: its transactions do not follow those before", seal.number)
        if self._key is not None and not is_signed(self._key, seal):
            return Flaw("not signed with this key", seal.number)
        return None

    async def _flaw_of_entries(self, seal: Seal) -> Flaw | None:
        """The first flaw in the order of the seal's entries."""
        statement = sql(ENTRIES_BY_FORM[seal.form])
        found: dict[UUID, str] = {}
        rows = self._connection.cursor(statement, self._tenant, seal.entry_ids, prefetch=_ENTRIES_AT_ONCE)
        async for entry_id, *values in rows:
            found[entry_id] = entry_hash(values)
        for listed, hash_ in zip(seal.entry_ids, seal.entry_hashes, strict=True):
            if listed not in found:
                return Flaw("missing", seal.number, listed)
            if found[listed] != hash_:
                return Flaw("altered", seal.number, listed)
        return None


async def _seals(connection: Connection, tenant: TenantId) -> AsyncIterator[Seal]:
    async for row in connection.cursor(sql("seals"), tenant, prefetch=_SEALS_AT_ONCE):
        yield Seal(**row)
