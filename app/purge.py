"""`bulkhead purge`: deletes for good what was deleted longer ago than its entity keeps it, one tenant at a time.

In: settings.  Out: for each entity, how many rows are gone and how many had to stay; a line each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from rich.console import Console

from app.auth.principal import TenantId
from app.catalog import Catalog, Entity, build_catalog
from app.db.platform import Platform, open_platform
from app.domains import DOMAINS
from app.isolation.tables import metadata
from app.local import owner_url
from app.render.purges import render_expired, render_purge
from app.settings import Settings

BATCH_ROWS = 500
_START = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Purged:
    """Rows that are gone for good, and rows that are kept because others still belong to them."""

    gone: int = 0
    kept: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(self.gone + other.gone, self.kept + other.kept)


async def purge_database(settings: Settings) -> Mapping[str, Purged]:
    """Purges the database that the settings name. Raises Unavailable when it cannot be reached."""
    async with open_platform(owner_url(settings)) as platform:
        return await purge(platform, build_catalog(DOMAINS))


async def purge(platform: Platform, catalog: Catalog, batch_rows: int = BATCH_ROWS) -> Mapping[str, Purged]:
    """Purges every tenant; by the names of the entities that keep what was deleted."""
    entities = _children_first(catalog)
    purged = {entity.name: Purged() for entity in entities}
    for tenant in await platform.tenants() if entities else ():
        for entity in entities:
            purged[entity.name] += await _purge(platform, tenant, entity, batch_rows)
    return purged


def print_purged(out: Console, purged: Mapping[str, Purged]) -> None:
    """Prints a line for each entity."""
    for name, rows in purged.items():
        stay = f"; {rows.kept} stay, since other rows belong to them" if rows.kept else ""
        out.print(f"{name}: {rows.gone} gone for good{stay}.", highlight=False)
    if not purged:
        out.print("No entity keeps what is deleted: there is nothing to purge.")


def _children_first(catalog: Catalog) -> list[Entity]:
    """The entities that keep what was deleted; what belongs to others goes before them."""
    order = [table.name for table in reversed(metadata(catalog).sorted_tables)]
    return sorted((e for e in catalog.tenant_entities() if e.deleted), key=lambda entity: order.index(entity.table))


async def _purge(platform: Platform, tenant: TenantId, entity: Entity, batch_rows: int) -> Purged:
    """Purges an entity of a tenant, from what was deleted first on. What stays is tried again by the next purge."""
    purged, last = Purged(), _START
    while True:
        expired = await platform.run(tenant, render_expired(entity), entity.retention_days, *last, batch_rows)
        if not expired:
            return purged
        last = expired[-1][0], expired[-1][1]
        purged += await _end(platform, tenant, entity, [key for _, key in expired])


async def _end(platform: Platform, tenant: TenantId, entity: Entity, keys: Sequence[UUID]) -> Purged:
    """Deletes these rows in one transaction; those that others belong to are found by halves, and stay."""
    try:
        return Purged(gone=len(await platform.run(tenant, render_purge(entity), entity.retention_days, keys)))
    except (asyncpg.ForeignKeyViolationError, asyncpg.RestrictViolationError):
        if len(keys) == 1:
            return Purged(kept=1)
    half = len(keys) // 2
    return await _end(platform, tenant, entity, keys[:half]) + await _end(platform, tenant, entity, keys[half:])
