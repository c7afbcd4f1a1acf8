"""Rotates the data keys of tenants, while they are at work.

In: the platform's connection, the catalog, the vault.  Out: Rotated, one for each tenant that has keys.
Each tenant gets a new key, wrapped by the first master key; its older keys are retired, which waits for whoever seals
with one just now; every secret is sealed anew, a few rows a transaction; keys that nothing is sealed with are deleted.
Stopped anywhere, it has done no harm, and running it again does the rest. Two at once do no harm either: whoever seals,
rotation included, holds the key that is in use.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from app.auth.principal import TenantId
from app.catalog.facts import Catalog, Column, Entity
from app.db.platform import Platform, PlatformTransaction
from app.db.sqlstate import ErrorTranslator
from app.errors import BulkheadError
from app.paths import SQL_FOLDER
from app.vault.data_keys import Vault
from app.vault.sealing import NotOpened, Place

BATCH_ROWS = 100
"""Rows that a transaction seals anew; a write to one of them waits that long."""

_BEFORE_ALL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What became of a tenant's secrets.

    sealed   how many were sealed anew
    unopened  those that could not be, as table, column and row: somebody put them there, or took their key away
    error    why none could be; those of other tenants can
    """

    tenant: TenantId
    sealed: int
    unopened: tuple[tuple[str, str, UUID], ...]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows, in the order of their ids."""

    last: UUID
    sealed: int
    unopened: tuple[UUID, ...]


async def rotate_keys(platform: Platform, catalog: Catalog, vault: Vault) -> AsyncIterator[Rotated]:
    """Rotates the keys of one tenant after the other."""
    errors = ErrorTranslator(catalog)
    for tenant in await platform.tenants():
        try:
            with errors:
                rotated = await rotate_tenant(platform, catalog, vault, tenant)
        except BulkheadError as error:
            rotated = Rotated(tenant, 0, (), error.message)
        if rotated is not None:
            yield rotated


async def rotate_tenant(platform: Platform, catalog: Catalog, vault: Vault, tenant: TenantId) -> Rotated | None:
    """Rotates a tenant's keys; None when it has none, and so no secret."""
    async with platform.working_in(tenant) as tx:
        if await tx.row(_sql("hold")) is None:
            return None
        # Whoever cannot open what there is makes no key: the gateway would be left with one that it cannot unwrap.
        await vault.sealing_key(tenant, tx.row)
        await vault.make_key(tenant, tx.row)
    async with platform.working_in(tenant) as tx:
        await tx.row(_sql("retire"))
    sealed, unopened = 0, []
    for entity, column in _secrets(catalog):
        # Those that somebody works on are passed over at first, and then waited for one by one: what holds rows never
        # waits for another, so it never is in a deadlock.
        passes = (
            _batches(platform, vault, tenant, entity, column, BATCH_ROWS, "skip locked"),
            _batches(platform, vault, tenant, entity, column, 1, ""),
        )
        for batches in passes:
            failed: list[UUID] = []
            async for batch in batches:
                sealed += batch.sealed
                failed += batch.unopened
        unopened += [(entity.sql_name, column.name, row) for row in failed]
    async with platform.working_in(tenant) as tx:
        await tx.row(_forget_unused(catalog))
    return Rotated(tenant, sealed, tuple(unopened))


async def _batches(
    platform: Platform, vault: Vault, tenant: TenantId, entity: Entity, column: Column, rows: int, locked: str
) -> AsyncIterator[_Batch]:
    """Seals a table's secrets anew, batch for batch."""
    after = _BEFORE_ALL
    while True:
        async with platform.working_in(tenant) as tx:
            batch = await _seal_batch(tx, vault, entity, column, after, rows, locked)
        if batch is None:
            return
        after = batch.last
        yield batch


async def _seal_batch(
    tx: PlatformTransaction, vault: Vault, entity: Entity, column: Column, after: UUID, rows: int, locked: str
) -> _Batch | None:
    """Seals the next rows anew with the key that is in use; None when there are none."""
    key = await vault.sealing_key(tx.tenant, tx.row)
    found = await tx.rows(_select(entity, column, rows, locked), (after, key.prefix))
    if not found:
        return None
    sealed: dict[UUID, str] = {}
    unopened: list[UUID] = []
    for row_id, text in found:
        place = Place(tx.tenant, entity.table, column.name, UUID(str(row_id)))
        try:
            sealed[row_id] = key.seal(place, await vault.open(tx.row, place, text))
        except NotOpened:
            unopened.append(row_id)
    await tx.row(_update(entity, column), (list(sealed), list(sealed.values())))
    return _Batch(found[-1][0], len(sealed), tuple(unopened))


def _secrets(catalog: Catalog) -> Iterator[tuple[Entity, Column]]:
    return ((entity, column) for entity in catalog.tenant_entities() for column in entity.secrets)


def _select(entity: Entity, column: Column, rows: int, locked: str) -> str:
    """Rows after an id ($2) whose secret is not sealed with the key of this prefix ($3), held for a change."""
    tenant, key = _keys(entity)
    return (
        f"select t1.{key}, t1.{column.name}\nfrom {entity.sql_name} as t1\n"
        f"where t1.{tenant} = $1\n  and t1.{key} > $2\n  and not starts_with(t1.{column.name}, $3)\n"
        f"order by t1.{key}\nlimit {rows}\nfor no key update {locked}"
    )


def _update(entity: Entity, column: Column) -> str:
    tenant, key = _keys(entity)
    return (
        f"update {entity.sql_name} as t1\nset {column.name} = sealed.text\n"
        f"from unnest($2::uuid[], $3::text[]) as sealed(id, text)\n"
        f"where t1.{tenant} = $1\n  and t1.{key} = sealed.id"
    )


def _forget_unused(catalog: Catalog) -> str:
    """Deletes the tenant's ($1) retired keys that nothing is sealed with. A key is retired for good."""
    used = (
        f"select from {entity.sql_name} as t2\n"
        f"    where t2.{_keys(entity)[0]} = $1 and starts_with(t2.{column.name}, 'v1.' || t1.number || '.')"
        for entity, column in _secrets(catalog)
    )
    conditions = "".join(f"\n  and not exists (\n    {query}\n  )" for query in used)
    return "delete from public.data_keys as t1\nwhere t1.tenant_id = $1\n  and t1.retired_at is not null" + conditions


def _keys(entity: Entity) -> tuple[str, str]:
    assert entity.tenant is not None
    return entity.tenant.name, entity.key.name


@cache
def _sql(name: str) -> str:
    return (SQL_FOLDER / "data_keys" / f"{name}.sql").read_text()
