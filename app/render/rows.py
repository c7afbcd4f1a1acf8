"""Renders what operations in Python need beyond a single write: a row held for a change, many rows at once.

In: an entity, a condition, columns.  Out: Statement.
"""

from collections.abc import Sequence

from app.catalog.facts import Column, Entity
from app.plan.expressions import Condition
from app.plan.values import Encoding, FromVariable, Slot
from app.render.conditions import render_conditions
from app.render.sql import TENANT, Sheet, Statement, of_tenant, select_from


def render_lock(entity: Entity, where: Condition, columns: Sequence[Column]) -> Statement:
    """One row, held for an update. FOR UPDATE asks the update policies too, so who may not change it gets none."""
    sheet = Sheet()
    alias = sheet.alias()
    names = ", ".join(f"{alias}.{column.name}" for column in columns)
    lines = [of_tenant(entity, alias), *render_conditions(sheet, where, alias)]
    return sheet.statement(f"{select_from(names, f'{entity.sql_name} as {alias}', lines)}\nfor no key update")


def render_insert_many(entity: Entity, columns: Sequence[Column]) -> Statement:
    """Inserts the objects of a JSON array, given as `rows`; answers how many. A null takes the column's default."""
    assert entity.tenant is not None
    sheet = Sheet()
    rows = sheet.parameter(Slot(FromVariable(("rows",)), Encoding.JSON))
    names = ", ".join([entity.tenant.name, *(c.name for c in columns)])
    values = ", ".join([TENANT, *(_value(c) for c in columns)])
    types = ", ".join(f"{c.name} {c.sql_type}" for c in columns)
    return sheet.statement(
        f"with written as (\n"
        f"  insert into {entity.sql_name} ({names})\n"
        f"  select {values}\n"
        f"  from json_to_recordset({rows}::json) as r({types})\n"
        f"  returning true\n"
        f")\n"
        f"select count(*) from written"
    )


def _value(column: Column) -> str:
    return f"coalesce(r.{column.name}, {column.default})" if column.default else f"r.{column.name}"
