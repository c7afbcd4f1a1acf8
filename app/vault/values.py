"""Seals the secrets among the values of a statement, right before it is sent.

In: bound values, of which some are Secret or RowsWithSecrets; the tenant's key; which row they are of.
Out: values that may be sent.
"""

import os
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.catalog.facts import Entity
from app.plan.values import RowsWithSecrets, Secret, rows_json
from app.vault.sealing import DataKey, Place

_VERSION_7, _VARIANT = 7 << 76, 2 << 62


def seal_values(values: Sequence[Any], key: DataKey, tenant: UUID, entity: Entity, row_id: Any) -> list[Any]:
    """The values of a statement that writes one row, or many new ones, which have their ids with them."""
    sealed: list[Any] = []
    for value in values:
        match value:
            case Secret():
                sealed.append(_seal(value, key, tenant, entity, row_id))
            case RowsWithSecrets(rows):
                sealed.append(rows_json(seal_row(row, key, tenant, entity) for row in rows))
            case _:
                sealed.append(value)
    return sealed


def seal_row(row: dict[str, Any], key: DataKey, tenant: UUID, entity: Entity) -> dict[str, Any]:
    """A new row by column name. It gets an id, unless it has one: its secrets are bound to it."""
    row_id = row.get(entity.key.name) or new_id()
    made = row | {entity.key.name: row_id}
    return {n: _seal(v, key, tenant, entity, row_id) if isinstance(v, Secret) else v for n, v in made.items()}


def new_id() -> UUID:
    """A version 7 UUID, as app.new_id() makes them: 48 bits of milliseconds, then random."""
    milliseconds, chance = time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10))
    return UUID(int=milliseconds << 80 | chance & ~(0xF << 76 | 3 << 62) | _VERSION_7 | _VARIANT)


def _seal(secret: Secret, key: DataKey, tenant: UUID, entity: Entity, row_id: Any) -> str:
    # An id may come as the caller wrote it.
    place = Place(tenant, entity.table, secret.column.name, UUID(str(row_id)))
    return key.seal(place, secret.text)
