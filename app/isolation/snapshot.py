"""What a live database holds, as text that can be compared: the ground for finding drift and writing revisions.

In: a connection that may read the catalogs.  Out: {identity: definition} of everything in our schemas, such as
`policy read_gate on public.users`; and the differences of two of them.  The queries stand in `sql/snapshot/`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from app.isolation.schema import folder_statements

SCHEMAS = ("public", "app", "platform")

# Made by migrations/env.py: they tell how far the migrations have come, not what they add up to.
_OF_THE_MIGRATIONS = re.compile(r"\b(platform\.alembic_version|app\.schema_revision)\b")


@dataclass(frozen=True, slots=True)
class Difference:
    """An object that two databases do not have alike. None: it is not there."""

    identity: str
    found: str | None
    declared: str | None


async def take_snapshot(connection: "asyncpg.Connection[asyncpg.Record]") -> Mapping[str, str]:
    """Everything in our schemas. Two databases with equal snapshots behave alike."""
    snapshot: dict[str, str] = {}
    async with connection.transaction():
        # Postgres prints names with their schema only when it would not find them without.
        await connection.execute("set local search_path = pg_catalog")
        for query in folder_statements("snapshot"):
            snapshot |= dict(await connection.fetch(query, SCHEMAS))
    return {name: text for name, text in sorted(snapshot.items()) if not _OF_THE_MIGRATIONS.search(name)}


def differences(found: Mapping[str, str], declared: Mapping[str, str]) -> tuple[Difference, ...]:
    """Where two snapshots differ, by identity."""
    return tuple(
        Difference(name, found.get(name), declared.get(name))
        for name in sorted(found.keys() | declared.keys())
        if found.get(name) != declared.get(name)
    )
