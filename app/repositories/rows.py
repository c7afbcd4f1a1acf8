"""Rows of the current tenant, by entity.

In: an entity class and values by column name.  Out: ids, or a row as a mapping.
Rejects: NotFound for what the tenant does not have, Forbidden for what the caller may not write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from graphql.execution.values import VariableValues

from app.catalog.facts import Catalog, Column, Entity, Kind
from app.db.database import WriteTransaction
from app.errors import BadUserInput, Forbidden, NotFound, Violation
from app.model import Entity as Declaration
from app.plan.expressions import Compare, Condition, Own
from app.plan.nodes import Assignment, Create, Selection, Update, Write
from app.plan.values import FromVariable, Leaf, assigned_slot, bind_all, column_slot, row_value, violations_in
from app.render.rows import render_insert_many, render_lock
from app.render.sql import Statement
from app.render.writes import render_visible, render_write_key

E = TypeVar("E", bound=Declaration)


@dataclass(frozen=True, slots=True)
class Ref(Generic[E]):
    """A row that an operation answers with; GraphQL's selection is read from it."""

    id: UUID


class New(dict[str, Any], Generic[E]):
    """A new row as GraphQL's input gives it, by field name; an operation's argument."""


class Rows:
    """Reads and writes rows in one transaction."""

    def __init__(self, tx: WriteTransaction, catalog: Catalog) -> None:
        self._tx = tx
        self._catalog = catalog

    async def lock(self, cls: type[Declaration], key: str, value: Any) -> Mapping[str, Any]:
        """The row with that key, held until the transaction ends. The caller needs the right to update it."""
        entity = self._catalog[cls.__name__]
        where, given = self._by(entity, key, value)
        columns = [c for c in entity.columns if not c.hidden]
        row = await self._run(render_lock(entity, where, columns), given)
        if row is None:
            raise await self._why_nothing(entity, where, given)
        return {c.name: _python_value(c, value) for c, value in zip(columns, row, strict=True)}

    async def find(self, cls: type[Declaration], key: str, value: Any) -> Mapping[str, Any] | None:
        """The row with that key, held until the transaction ends; None when there is none."""
        try:
            return await self.lock(cls, key, value)
        except NotFound:
            return None

    async def create(self, cls: type[E], **values: Any) -> Ref[E]:
        """Makes a row."""
        entity = self._catalog[cls.__name__]
        return Ref(await self._write(Create(entity, _assign(entity, values), _nothing(entity)), values))

    async def update(self, cls: type[E], row_id: UUID, **values: Any) -> Ref[E]:
        """Changes the row with that id."""
        entity = self._catalog[cls.__name__]
        where, given = self._by(entity, entity.key.name, row_id)
        write = Update(entity, where, _assign(entity, values), _nothing(entity))
        return Ref(await self._write(write, values | given, where))

    async def insert_many(self, cls: type[Declaration], rows: Sequence[Mapping[str, Any]], *, at: str = "rows") -> int:
        """Makes many rows in one statement. What a row leaves out gets the column's default. Returns their number.

        at      the argument that the rows came by: an error says where in it
        """
        entity = self._catalog[cls.__name__]
        given = _new_rows(entity, rows, at)
        columns = [c for c in entity.creatable if any(c.name in row for row in given)] or [entity.key]
        row = await self._run(render_insert_many(entity, columns), {"rows": given})
        assert row is not None
        return int(row[0])

    def _by(self, entity: Entity, key: str, value: Any) -> tuple[Condition, dict[str, Any]]:
        column = entity.column(key)
        return Compare(Own(column), "eq", column_slot(_leaf(f"by.{key}", column), column)), {f"by.{key}": value}

    async def _write(self, write: Write, given: Mapping[str, Any], where: Condition | None = None) -> UUID:
        row = await self._run(render_write_key(write), given)
        if row is None:
            assert where is not None
            raise await self._why_nothing(write.entity, where, given)
        key: UUID = row[0]
        return key

    async def _run(self, statement: Statement, given: Mapping[str, Any]) -> Sequence[Any] | None:
        variables = VariableValues({}, dict(given))
        return await self._tx.row(statement.text, bind_all(statement.slots, variables, 0))

    async def _why_nothing(self, entity: Entity, where: Condition, given: Mapping[str, Any]) -> NotFound | Forbidden:
        if await self._run(render_visible(entity, where), given) is None:
            return NotFound(f"There is no such {entity.name}.")
        return Forbidden(f"You may not change this {entity.name}.")


def _assign(entity: Entity, values: Mapping[str, Any]) -> tuple[Assignment, ...]:
    columns = [entity.column(name) for name in values]
    return tuple(Assignment(c, assigned_slot(_leaf(c.name, c), c)) for c in columns)


def _new_rows(entity: Entity, rows: Sequence[Mapping[str, Any]], at: str) -> list[dict[str, Any]]:
    """The rows by column name. What does not fit is refused here: Postgres would quote it in its log."""
    by_field = {c.field: c for c in entity.creatable}
    given: list[dict[str, Any]] = []
    wrong: list[Violation] = []
    for number, row in enumerate(rows):
        given.append({})
        for field, value in row.items():
            column = by_field[field]
            try:
                given[-1][column.name] = None if value is None else row_value(value, column)
            except (ValueError, TypeError) as exc:
                wrong += violations_in(exc, (at, number, field))
    if wrong:
        raise BadUserInput.of(wrong)
    return given


def _python_value(column: Column, value: Any) -> Any:
    """A value as the driver gives it; JSON comes as text."""
    return orjson.loads(value) if column.kind is Kind.JSON and value is not None else value


def _leaf(name: str, column: Column) -> Leaf:
    """The value that is given by that name; to callers, it is the column's field."""
    return Leaf(None, FromVariable((name,)), (column.field or name,))


def _nothing(entity: Entity) -> Selection:
    return Selection(entity, ())
