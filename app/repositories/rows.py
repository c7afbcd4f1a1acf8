"""Rows of the current tenant, by entity.

In: an entity class and values by column name.  Out: ids, or a row as a mapping.
Rejects: NotFound for what the tenant does not have, Forbidden for what the caller may not write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import orjson
from graphql.execution.values import VariableValues

from app.catalog.facts import Catalog, Column, Entity, Kind
from app.db.database import WriteTransaction
from app.errors import BadUserInput, Conflict, Forbidden, NotFound, Violation
from app.model import Entity as Declaration
from app.plan.expressions import Compare, Condition, Own
from app.plan.new_ids import new_id
from app.plan.nodes import Assignment, Create, Selection, Update, Write
from app.plan.values import FromVariable, Leaf, assigned_slot, bind_all, column_slot, row_value, violations_in
from app.plan.writes import IF_VERSION
from app.render.rows import render_insert_many, render_lock
from app.render.sql import Statement
from app.render.writes import render_visible, render_write_key
from app.vault.data_keys import Vault
from app.vault.values import seal_rows, seal_values

E = TypeVar("E", bound=Declaration)


@dataclass(frozen=True, slots=True)
class Ref(Generic[E]):
    """A row that an operation answers with; GraphQL's selection is read from it."""

    id: UUID


class New(dict[str, Any], Generic[E]):
    """A new row as GraphQL's input gives it, by field name; an operation's argument."""


class IfVersion(NamedTuple):
    """Which version the row has to be of that an operation answers with."""

    entity: str | None
    version: int


class Rows:
    """Reads and writes rows in one transaction."""

    def __init__(
        self, tx: WriteTransaction, catalog: Catalog, vault: Vault, if_version: "IfVersion | None" = None
    ) -> None:
        self._tx = tx
        self._catalog = catalog
        self._vault = vault
        self._if_version = if_version
        self._held: set[Any] = set()  # ids of rows that were of the version they have to be of

    def require_version(self, row: "Ref[Any]") -> None:
        """Raises Conflict when the row is new, where it has to be of some version."""
        if row.id not in self._held:
            raise Conflict("This was not there before, in any version.", input_path=(IF_VERSION,))

    async def lock(self, cls: type[Declaration], key: str, value: Any) -> Mapping[str, Any]:
        """The row with that key, held until the transaction ends. The caller needs the right to update it."""
        entity = self._catalog[cls.__name__]
        where, given = self._by(entity, key, value)
        columns = [c for c in entity.columns if c.is_readable]
        row = await self._run(render_lock(entity, where, columns), given)
        if row is None:
            raise await self._why_nothing(entity, where, given)
        found = {c.name: _python_value(c, value) for c, value in zip(columns, row, strict=True)}
        self._check_version(entity, found)
        return found

    def _check_version(self, entity: Entity, found: Mapping[str, Any]) -> None:
        """As soon as the row is there, before anything is made of what it says."""
        asked, key = self._if_version, found[entity.key.name]
        if asked is None or entity.version is None or asked.entity != entity.name or key in self._held:
            return
        if found[entity.version.name] != asked.version:
            raise Conflict.of_version(entity.name, asked.version, found[entity.version.name])
        self._held.add(key)

    async def find(self, cls: type[Declaration], key: str, value: Any) -> Mapping[str, Any] | None:
        """The row with that key, held until the transaction ends; None when there is none."""
        try:
            return await self.lock(cls, key, value)
        except NotFound:
            return None

    async def create(self, cls: type[E], **values: Any) -> Ref[E]:
        """Makes a row."""
        entity = self._catalog[cls.__name__]
        if any(c.name in values for c in entity.secrets):
            values = {entity.key.name: new_id()} | values
        create = Create(entity, _assign(entity, values, {}), _nothing(entity))
        return Ref(await self._write(create, values, values.get(entity.key.name)))

    async def update(
        self, cls: type[E], row_id: UUID, /, *, by: Mapping[str, str] | None = None, **values: Any
    ) -> Ref[E]:
        """Changes the row with that id.

        by      for a column, the argument that its value came by, where that has another name: an error says so
        """
        entity = self._catalog[cls.__name__]
        where, given = self._by(entity, entity.key.name, row_id)
        write = Update(entity, where, _assign(entity, values, by or {}), _nothing(entity))
        return Ref(await self._write(write, values | given, row_id, where))

    async def insert_many(self, cls: type[Declaration], rows: Sequence[Mapping[str, Any]], *, at: str = "rows") -> int:
        """Makes many rows in one statement. What a row leaves out gets the column's default. Returns their number.

        at      the argument that the rows came by: an error says where in it
        """
        entity = self._catalog[cls.__name__]
        given = _new_rows(entity, rows, at)
        if any(c.name in row for c in entity.secrets for row in given):
            given = await seal_rows(self._vault, self._tx, entity, given)
        columns = [c for c in entity.creatable if any(c.name in row for row in given)] or [entity.key]
        row = await self._run(render_insert_many(entity, columns), {"rows": given})
        assert row is not None
        return int(row[0])

    def _by(self, entity: Entity, key: str, value: Any) -> tuple[Condition, dict[str, Any]]:
        column = entity.column(key)
        return Compare(Own(column), "eq", column_slot(_leaf(f"by.{key}", column), column)), {f"by.{key}": value}

    async def _write(self, write: Write, given: Mapping[str, Any], row_id: Any, where: Condition | None = None) -> UUID:
        statement = render_write_key(write)
        values = await seal_values(self._vault, self._tx, write.entity, _bound(statement, given), row_id)
        row = await self._tx.row(statement.text, values)
        if row is None:
            assert where is not None
            raise await self._why_nothing(write.entity, where, given)
        key: UUID = row[0]
        return key

    async def _run(self, statement: Statement, given: Mapping[str, Any]) -> Sequence[Any] | None:
        return await self._tx.row(statement.text, _bound(statement, given))

    async def _why_nothing(self, entity: Entity, where: Condition, given: Mapping[str, Any]) -> NotFound | Forbidden:
        if await self._run(render_visible(entity, where), given) is None:
            return NotFound(f"There is no such {entity.name}.")
        return Forbidden(f"You may not change this {entity.name}.")


def _bound(statement: Statement, given: Mapping[str, Any]) -> list[Any]:
    variables = VariableValues({}, dict(given))
    return bind_all(statement.slots, variables, 0)


def _assign(entity: Entity, values: Mapping[str, Any], by: Mapping[str, str]) -> tuple[Assignment, ...]:
    columns = [entity.column(name) for name in values]
    return tuple(Assignment(c, assigned_slot(_leaf(c.name, c, by.get(c.name)), c)) for c in columns)


def _new_rows(entity: Entity, rows: Sequence[Mapping[str, Any]], at: str) -> list[dict[str, Any]]:
    """The rows by column name. What does not fit is refused here: Postgres would quote it in its log."""
    by_field = {c.field: c for c in entity.creatable}
    given: list[dict[str, Any]] = []
    wrong: list[Violation] = []
    for number, row in enumerate(rows):
        given.append({})
        missing = [c.field for c in entity.creatable if c.is_required and c.field not in row]
        wrong += [Violation((at, number, field or ""), f"{field} is needed.") for field in missing]
        for field, value in row.items():
            column = by_field.get(field)
            if column is None:
                wrong.append(Violation((at, number, field), "Rows that a row leads to are not taken here."))
                continue
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


def _leaf(name: str, column: Column, argument: str | None = None) -> Leaf:
    """The value that is given by that name; to callers, it is an argument, or the column's field."""
    return Leaf(None, FromVariable((name,)), (argument or column.field or name,))


def _nothing(entity: Entity) -> Selection:
    return Selection(entity, ())
