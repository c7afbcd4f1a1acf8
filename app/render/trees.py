"""Renders trees of new rows: one statement, which makes all of them or none.

In: nodes.CreateTree.  Out: Statement of one row; the rows at the root are read by a statement of its own.
Its one parameter is the JSON that tree_values.py makes. Keys between new rows hold at the end of the statement, so
their order does not matter.
"""

from app.catalog.facts import Column
from app.plan.nodes import Adopted, CreateTree, LookedUp, NewRows
from app.plan.values import given_name
from app.render.sql import (
    LINE,
    TENANT,
    Sheet,
    Statement,
    call_of,
    of_tenant,
    parenthesized,
    select_from,
    where_lines,
)
from app.render.writes import settings


def render_tree(tree: CreateTree) -> Statement:
    """Makes the rows of a tree."""
    sheet = Sheet()
    given = sheet.parameter(tree.size)
    new = list(tree.root.everywhere())
    adopted = [one for rows in new for branch in rows.branches for one in branch.adopted]
    parts = {f"r{rows.place}": _insert(sheet, rows, given) for rows in new}
    parts |= {f"r{one.place}": _adopt(sheet, one, given) for one in adopted}
    ctes = ",\n".join(f"{name} as {parenthesized(query)}" for name, query in parts.items())
    answers = ", ".join(parenthesized(_refuse_missing(one, given)) for one in adopted) or "true"
    return sheet.statement(f"with {ctes}\nselect {answers}")


def _insert(sheet: Sheet, rows: NewRows, given: str) -> str:
    entity, columns = rows.entity, rows.columns
    assert entity.tenant is not None
    looked_up = list(rows.looked_up)
    members = [f"{c.name} {c.sql_type}" for c in columns]
    members += [f"{given_name(place)} boolean" for place, c in enumerate(columns) if c in rows.partly and c.default]
    members += [f"k{one.place} {one.key.sql_type}, p{one.place} text" for one in looked_up]
    into = ", ".join([entity.tenant.name, *(c.name for c in columns)])
    values = [TENANT]
    for place, column in enumerate(columns):
        value = _value(rows, column, place)
        for one in looked_up:
            value = _look_up(sheet, one, value) if one.column is column else value
        values.append(value)
    source = f"json_to_recordset({given}::json -> 'r{rows.place}') as {call_of('r', _lines(members))}"
    return f"insert into {entity.sql_name} ({into})\n{select_from(_lines(values), source)}"


def _lines(items: list[str]) -> str:
    """On one line when they fit, else a line each."""
    line = ", ".join(items)
    return line if len(line) <= LINE and "\n" not in line else ",\n".join(items)


def _value(rows: NewRows, column: Column, place: int) -> str:
    """A column of a new row; its default, where the row leaves it out."""
    if column not in rows.partly or not column.default:
        return f"r.{column.name}"
    return f"case when r.{given_name(place)} then r.{column.name} else {column.default} end"


def _look_up(sheet: Sheet, one: LookedUp, otherwise: str) -> str:
    """The id of the row that has the key, where the new row names one."""
    alias, target = sheet.alias(), one.target
    lines = [of_tenant(target, alias), f"{alias}.{one.key.name} = r.k{one.place}"]
    found = parenthesized(select_from(f"{alias}.{target.key.name}", f"{target.sql_name} as {alias}", lines))
    looked_up = call_of("coalesce", f"{found},\napp.refuse_missing(r.p{one.place})")
    return f"case when r.k{one.place} is null then {otherwise} else {looked_up} end"


def _adopt(sheet: Sheet, one: Adopted, given: str) -> str:
    """Puts rows that are there under new ones."""
    alias, entity = sheet.alias(), one.entity
    members = f"k {one.key.sql_type}, above {one.column.sql_type}"
    lines = where_lines([of_tenant(entity, alias), f"{alias}.{one.key.name} = r.k"])
    touched = settings(sheet, entity, (), alias)
    changed = ", ".join([f"{one.column.name} = r.above", *([touched] if entity.touched else [])])
    source = f"json_to_recordset({given}::json -> 'r{one.place}') as r({members})"
    return (
        f"update {entity.sql_name} as {alias}\nset {changed}\nfrom {source}\n{lines}\nreturning {alias}.{one.key.name}"
    )


def _refuse_missing(one: Adopted, given: str) -> str:
    """An error, when a row is not there, or not the caller's to change."""
    source = f"json_to_recordset({given}::json -> 'r{one.place}') as r(k {one.key.sql_type}, p text)"
    found = f"select {one.key.name} from r{one.place}"
    return f"select count(app.refuse_missing(r.p))\nfrom {source}\nwhere r.k not in ({found})"
