"""Renders writes of many rows: one statement, which writes all of them or none.

In: nodes.WriteMany.  Out: Statement of one row and one column: JSON text, or null where there would be too many rows.
"""

from collections.abc import Iterable

from app.catalog.facts import Column
from app.plan.nodes import Changes, CreateMany, DeleteMany, Nodes, RowCount, TypeName, UpdateMany, WriteMany
from app.plan.values import Slot, given_name
from app.render.conditions import render_conditions
from app.render.json import Piece, concatenation, joins_of, json_object, sql, text
from app.render.selections import row_columns, row_json, select_json
from app.render.sql import TENANT, Sheet, Statement, call_of, of_tenant, parenthesized, select_from, where_lines
from app.render.writes import deletion, settings


def render_write_many(write: WriteMany) -> Statement:
    """Writes the rows and answers what is asked of them as JSON text."""
    sheet = Sheet()
    alias = sheet.alias()
    answer = select_json(_changes_json(sheet, write.changes, alias), _over_all(write.changes, f"written as {alias}"))
    columns = [column for selection in write.changes.selections for column in row_columns(selection)]
    return _statement(sheet, write, columns, answer)


def render_write_many_keys(write: WriteMany) -> Statement:
    """Writes the rows and answers their keys, for a selection that is read by a statement of its own."""
    sheet = Sheet()
    return _statement(sheet, write, [], f"select coalesce(array_agg({write.entity.key.name}), '{{}}')\nfrom written")


def render_read_back_many(changes: Changes, keys: Slot) -> Statement:
    """What is asked of the rows with these keys, in their order."""
    sheet = Sheet()
    alias = sheet.alias()
    entity = changes.entity
    wanted = f"unnest({sheet.parameter(keys)}::uuid[]) with ordinality as k(id, n)"
    lines = [of_tenant(entity, alias), f"{alias}.{entity.key.name} = k.id"]
    source = f"{wanted}\njoin {entity.sql_name} as {alias} on {' and '.join(lines)}"
    return sheet.statement(select_json(_changes_json(sheet, changes, alias, "k.n"), _over_all(changes, source)))


def _over_all(changes: Changes, source: str) -> str:
    """A source for an answer in one row, even if nothing in it is made of all rows."""
    has_aggregate = any(not isinstance(item, TypeName) for item in changes.fields)
    return source if has_aggregate else f"(select count(*) from {source}) as all_of_them"


def _statement(sheet: Sheet, write: WriteMany, columns: Iterable[Column], answer: str) -> Statement:
    names = list(dict.fromkeys(c.name for c in (*columns, write.entity.key)))
    match write:
        case CreateMany():
            parts = {"written": _insert(sheet, write, names)}
        case UpdateMany() | DeleteMany():
            parts = {"chosen": _chosen(sheet, write), "written": _change(sheet, write, names)}
            answer = f"select case when {_are_few_enough(sheet, write)} then {parenthesized(answer)} end"
    ctes = ",\n".join(f"{name} as {parenthesized(query)}" for name, query in parts.items())
    return sheet.statement(f"with {ctes}\n{answer}")


def _insert(sheet: Sheet, write: CreateMany, names: list[str]) -> str:
    entity, columns = write.entity, write.rows.columns
    assert entity.tenant is not None
    rows = sheet.parameter(write.rows)
    types = [f"{c.name} {c.sql_type}" for c in columns]
    types += [f"{given_name(place)} boolean" for place, c in enumerate(columns) if c in write.partly and c.default]
    source = (
        f"json_to_recordset({rows}::json) as r({', '.join(types)})" if types else f"json_array_elements({rows}::json)"
    )
    into = ", ".join([entity.tenant.name, *(c.name for c in columns)])
    values = ", ".join([TENANT, *(_new_value(c, place, c in write.partly) for place, c in enumerate(columns))])
    return f"insert into {entity.sql_name} ({into})\n{select_from(values, source)}\nreturning {', '.join(names)}"


def _new_value(column: Column, place: int, is_partly_given: bool) -> str:
    """A column of a new row; its default, where the row leaves it out."""
    if not is_partly_given or not column.default:
        return f"r.{column.name}"
    return f"case when r.{given_name(place)} then r.{column.name} else {column.default} end"


def _chosen(sheet: Sheet, write: UpdateMany | DeleteMany) -> str:
    """The keys of the rows that meet the condition; of too many, one more than there may be."""
    entity, alias = write.entity, sheet.alias()
    lines = where_lines([of_tenant(entity, alias), *render_conditions(sheet, write.where, alias)])
    key = f"{alias}.{entity.key.name}"
    return f"select {key}\nfrom {entity.sql_name} as {alias}\n{lines}\nlimit {sheet.parameter(write.size)} + 1"


def _change(sheet: Sheet, write: UpdateMany | DeleteMany, names: list[str]) -> str:
    """Changes the chosen rows, unless there are too many. The condition is asked again of each: who waits for another's
    change sees the row as that left it."""
    entity, alias = write.entity, sheet.alias()
    conditions = [
        of_tenant(entity, alias),
        f"{alias}.{entity.key.name} = chosen.{entity.key.name}",
        *render_conditions(sheet, write.where, alias),
        _are_few_enough(sheet, write),
    ]
    if isinstance(write, UpdateMany):
        head = f"update {entity.sql_name} as {alias}\nset {settings(sheet, entity, write.values, alias)}\nfrom chosen"
    else:
        head = f"{deletion(entity, alias)}\n{'from' if entity.deleted else 'using'} chosen"
    return f"{head}\n{where_lines(conditions)}\nreturning {', '.join(f'{alias}.{name}' for name in names)}"


def _are_few_enough(sheet: Sheet, write: UpdateMany | DeleteMany) -> str:
    return f"(select count(*) from chosen) <= {sheet.parameter(write.size)}"


def _changes_json(sheet: Sheet, changes: Changes, alias: str, order: str = "") -> list[Piece]:
    return json_object((item.key, _change_json(sheet, item, alias, order)) for item in changes.fields)


def _change_json(sheet: Sheet, item: RowCount | Nodes | TypeName, alias: str, order: str) -> list[Piece]:
    match item:
        case RowCount():
            return [sql("count(*)")]
        case Nodes(selection=selection):
            row = row_json(sheet, selection, alias)
            ordered = f" order by {order}" if order else ""
            items = call_of("string_agg", f"{concatenation(row)}, ','{ordered}")
            return [text("["), sql(f"coalesce({items}, '')", joins_of(row)), text("]")]
        case TypeName(name=name):
            return [text(f'"{name}"')]
