"""Renders writes: the row is written in a CTE, and its JSON is built by a select over it.

In: nodes.Write.  Out: Statement of one row and one column, or of no row when nothing was written.
The JSON never stands in RETURNING: a tenant-sharded Postgres would refuse it.
"""

from collections.abc import Iterable

from app.catalog.facts import Column, Entity
from app.model.words import Touch
from app.plan.expressions import Condition
from app.plan.nodes import Assignment, Create, Delete, How, Restore, Update, Upsert, Write
from app.plan.values import WRITTEN_KEY
from app.plan.writes import has_secrets
from app.render.conditions import render_conditions
from app.render.selections import row_columns, select_row
from app.render.sql import LINE, TENANT, Sheet, Statement, indent, of_tenant, parenthesized, select_from, where_lines

_EMPTY = "'{}'"


def render_write(write: Write) -> Statement:
    """Writes the row and answers its selection as JSON text."""
    sheet = Sheet()
    alias = sheet.alias()
    answer = select_row(sheet, write.selection, "written", alias)
    columns = row_columns(write.selection) or [write.entity.key]
    written = parenthesized(_returning(sheet, write, alias, columns))
    return sheet.statement(f"with written as {written}\n{answer}")


def render_write_key(write: Write) -> Statement:
    """Writes the row and answers its key, for a selection that is read by a statement of its own."""
    sheet = Sheet()
    alias = sheet.alias()
    return sheet.statement(_returning(sheet, write, alias, [write.entity.key]))


def render_visible(entity: Entity, where: Condition) -> Statement:
    """Whether a row is there for the caller to see, and its version; asked when a write found nothing to change."""
    sheet = Sheet()
    alias = sheet.alias()
    lines = [of_tenant(entity, alias), *render_conditions(sheet, where, alias)]
    version = f"{alias}.{entity.version.name}" if entity.version else "null::integer"
    return sheet.statement(select_from(version, f"{entity.sql_name} as {alias}", lines))


def _returning(sheet: Sheet, write: Write, alias: str, columns: Iterable[Column]) -> str:
    names = ", ".join(dict.fromkeys(f"{alias}.{column.name}" for column in columns))
    return f"{_command(sheet, write, alias)}\nreturning {names}"


def _command(sheet: Sheet, write: Write, alias: str) -> str:
    match write:
        case Create(entity=entity, values=values):
            return _insert(sheet, entity, values, alias)
        case Upsert(entity=entity, values=values):
            return f"{_insert(sheet, entity, values, alias)}\n{_on_conflict(sheet, write, alias)}"
        case Update(entity=entity, values=values):
            lines = _row_lines(sheet, write, alias)
            return f"update {entity.sql_name} as {alias}\nset {settings(sheet, entity, values, alias)}\n{lines}"
        case Delete(entity=entity):
            return f"{deletion(entity, alias)}\n{_row_lines(sheet, write, alias)}"
        case Restore(entity=entity):
            return f"{_marking(entity, alias, 'null')}\n{_row_lines(sheet, write, alias)}"


def _row_lines(sheet: Sheet, write: Update | Delete | Restore, alias: str) -> str:
    lines = [of_tenant(write.entity, alias), *render_conditions(sheet, write.where, alias)]
    return where_lines([*lines, *_version_lines(sheet, write, alias)])


def _version_lines(sheet: Sheet, write: Update | Delete | Restore | Upsert, alias: str) -> list[str]:
    """That the row is still as the caller knows it, where it says so."""
    version, asked = write.entity.version, None if isinstance(write, Restore) else write.if_version
    return [f"{alias}.{version.name} = {sheet.parameter(asked)}"] if version and asked else []


def _insert(sheet: Sheet, entity: Entity, values: tuple[Assignment, ...], alias: str) -> str:
    names = ", ".join([_tenant(entity), *(a.column.name for a in values)])
    parameters = ", ".join([TENANT, *(sheet.parameter(a.slot) for a in values)])
    return f"insert into {entity.sql_name} as {alias} ({names})\nvalues ({parameters})"


def _on_conflict(sheet: Sheet, upsert: Upsert, alias: str) -> str:
    entity = upsert.entity
    key = ", ".join([_tenant(entity), *(c.name for c in upsert.on.columns if c is not entity.tenant)])
    setting = f"set {settings(sheet, entity, upsert.updates, alias)}"
    lines = _version_lines(sheet, upsert, alias)
    if has_secrets(upsert.updates):
        # Its secrets are sealed for one row. Should the conflict be with another, come meanwhile, none is written.
        lines.append(f"{alias}.{entity.key.name} = {sheet.parameter(WRITTEN_KEY)}")
    of_live = ""
    if entity.deleted is not None and upsert.on in entity.uniques:
        of_live = f" where {entity.deleted.name} is null"
    elif entity.deleted is not None:
        # An id is a row's for good: of a deleted one, nothing is written.
        lines.append(f"{alias}.{entity.deleted.name} is null")
    return "\n".join([f"on conflict ({key}){of_live} do update", setting, *([where_lines(lines)] if lines else [])])


def deletion(entity: Entity, alias: str) -> str:
    """Deletes rows; where they can be restored, only says when."""
    return _marking(entity, alias, "now()") if entity.deleted else f"delete from {entity.sql_name} as {alias}"


def _marking(entity: Entity, alias: str, moment: str) -> str:
    assert entity.deleted is not None
    deleted = f"{alias}.{entity.deleted.name}"
    touched = _touched(entity, alias)
    if moment == "null":  # what is not deleted stays as it is
        split = (each.split(" = ", 1) for each in touched)
        touched = [f"{c} = case when {deleted} is null then {alias}.{c} else {value} end" for c, value in split]
    settings = ", ".join([f"{entity.deleted.name} = {moment}", *touched])
    return f"update {entity.sql_name} as {alias}\nset {settings}"


def _touched(entity: Entity, alias: str) -> list[str]:
    """What every update does to the columns that callers do not set."""
    to = {Touch.NOW: "now()", Touch.COUNT: f"{alias}.{{}} + 1"}
    return [f"{c.name} = {to[c.touch].format(c.name)}" for c in entity.touched if c.touch]


def settings(sheet: Sheet, entity: Entity, values: tuple[Assignment, ...], alias: str) -> str:
    """`column = value` for what is assigned, and for what every update touches."""
    assigned = [f"{a.column.name} = {_assigned(sheet, a, alias)}" for a in values]
    touched = _touched(entity, alias)
    # With nothing to set, an upsert still has to return the row that is there, and only an update returns it.
    unchanged = [f"{column.name} = {alias}.{column.name}" for column in entity.updatable if column.is_readable][:1]
    line = ", ".join(assigned + touched or unchanged)
    return line if len(line) <= LINE else "\n" + indent(",\n".join(assigned + touched))


def _assigned(sheet: Sheet, assignment: Assignment, alias: str) -> str:
    """A column's new value; what is not there counts as zero, or as empty."""
    value, column = sheet.parameter(assignment.slot), assignment.column
    was = f"{alias}.{column.name}"
    match assignment.how:
        case How.SET:
            return value
        case How.INCREMENT:
            return f"{_or(column, was, '0')} + {value}"
        case How.APPEND:
            return f"{_or(column, was, _EMPTY)} || {value}::{column.sql_type}"
        case How.REMOVE:
            items = f"unnest({was}) with ordinality as item(value, place)"
            return f"array(select value from {items} where value <> all({value}) order by place)"
        case How.MERGE:
            return f"case jsonb_typeof({was}) when 'object' then {was} else '{{}}' end || {value}::jsonb"


def _or(column: Column, value: str, default: str) -> str:
    return f"coalesce({value}, {default})" if column.nullable else value


def _tenant(entity: Entity) -> str:
    assert entity.tenant is not None
    return entity.tenant.name
