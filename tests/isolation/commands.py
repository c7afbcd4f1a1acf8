"""Statements on one table: at a row that is named in every way a row can be, and over the whole table.

In: an entity.  Out: the command that a statement needs the right to, its text, its parameters.
"""

from collections.abc import Iterator
from uuid import UUID

from app.catalog import Entity
from app.model.access import Command


def aimed_statements(entity: Entity, tenant: UUID, row: UUID) -> Iterator[tuple[Command, str, tuple[UUID, ...]]]:
    """Statements that name another tenant's row, each in the ways a row can be named."""
    wheres: list[tuple[str, tuple[UUID, ...]]] = [
        ("tenant_id = $1", (tenant,)),
        (f"{entity.key.name} = $1", (row,)),
        (f"tenant_id = $1 and {entity.key.name} = $2", (tenant, row)),
        (f"{entity.key.name} = $1 or false", (row,)),
    ]
    for command, head, tail in _commands(entity):
        for where, values in wheres:
            yield command, f"{head} where {where} {tail}", values


def sweeping_statements(entity: Entity) -> Iterator[tuple[Command, str, tuple[()]]]:
    """Statements over the whole table."""
    for command, head, tail in _commands(entity):
        yield command, f"{head} {tail}", ()


def _commands(entity: Entity) -> Iterator[tuple[Command, str, str]]:
    table, key, column = entity.sql_name, entity.key.name, entity.updatable[0].name
    yield "read", f"select {key} from {table}", ""
    yield "read", f"select {key} from only {table}", "limit 1"
    yield "update", f"select {key} from {table}", "for update"
    yield "update", f"update {table} set {column} = {column}", ""
    yield "update", f"update {table} set {column} = {column}", f"returning {key}"
    yield "delete", deletion(entity), ""
    yield "delete", deletion(entity), f"returning {key}"


def deletion(entity: Entity) -> str:
    """What deletes rows of the entity for the requests' role; an update, where they can be restored."""
    if entity.deleted:
        return f"update {entity.sql_name} set {entity.deleted.name} = now()"
    return f"delete from {entity.sql_name}"
