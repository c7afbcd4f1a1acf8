"""Renders expressions.

In: expressions.Expression and the alias of the row it is about.  Out: SQL of one value.
"""

import re

from app.catalog.facts import Column, Computed, Edge, Entity
from app.plan.expressions import AtPath, Expression, Measure, OverEdge, Own, Through, Truncated
from app.render.sql import Sheet, join_lines, of_tenant, parenthesized, select_from

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_CALL = re.compile(r"\w+\([^()]*\)")  # binds by itself, whatever stands around it
_FUNCTIONS = {
    "countDistinct": "count(distinct {column})",
    "sum": "sum({column})",
    "avg": "avg({column})::double precision",
    "min": "min({column})",
    "max": "max({column})",
}


def render_expression(sheet: Sheet, expression: Expression, alias: str) -> str:
    """The value, of the row that `alias` stands for; for a measure, of the rows."""
    match expression:
        case Own(value):
            return _own(value, alias)
        case AtPath(column, path):
            return f"nullif({alias}.{column.name} #> {sheet.parameter(path)}, 'null')"
        case Through(edge, target, value):
            there = sheet.alias()
            return _select_over(edge, target, render_expression(sheet, value, there), alias, there)
        case OverEdge():
            return measure_over_edge(sheet, expression, alias)
        case Truncated(column, unit, zone):
            return f"date_trunc('{unit}', {alias}.{column.name}, {sheet.parameter(zone)})"
        case Measure(function, column):
            return _FUNCTIONS[function].format(column=f"{alias}.{column.name}") if column else "count(*)"


def measure_over_edge(sheet: Sheet, over: OverEdge, alias: str, name: str | None = None) -> str:
    """A sub-select of the measure over the rows at the other end of the edge, under a name if one is given."""
    there = sheet.alias()
    value = render_expression(sheet, over.measure, there) + (f" as {name}" if name else "")
    return _select_over(over.edge, over.target, value, alias, there)


def _own(value: Column | Computed, alias: str) -> str:
    if isinstance(value, Column):
        return f"{alias}.{value.name}"
    assert value.sql is not None
    expression = _PLACEHOLDER.sub(rf"{alias}.\1", value.sql)
    return expression if _CALL.fullmatch(value.sql) else f"({expression})"


def _select_over(edge: Edge, target: Entity, value: str, here: str, there: str) -> str:
    lines = [of_tenant(target, there), *join_lines(edge, here, there)]
    return parenthesized(select_from(value, f"{target.sql_name} as {there}", lines))
