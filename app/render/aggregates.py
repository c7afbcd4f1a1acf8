"""Renders aggregates: an entity's stats, and its groups.

In: nodes.Stats and how its rows are reached.  Out: a sub-select of JSON text.
"""

from collections.abc import Sequence

from app.plan.expressions import Measure
from app.plan.nodes import GroupKey, GroupKeys, GroupOrder, Groups, Measured, Measures, Stats, TypeName
from app.render.conditions import render_conditions
from app.render.expressions import render_expression
from app.render.json import Piece, concatenation, json_object, json_value, sql, text
from app.render.pages import Reach, row_lines
from app.render.sql import Sheet, indent, parenthesized, select_from, where_lines


def render_stats(sheet: Sheet, stats: Stats, reach: Reach) -> str:
    """The stats over the rows as one JSON object."""
    alias = sheet.alias()
    members = ((item.key, _stats_field(sheet, stats, reach, item, alias)) for item in stats.fields)
    value = concatenation(json_object(members))
    if not _selected(stats.fields):
        return parenthesized(select_from(value))
    lines = row_lines(sheet, stats.entity, reach, stats.where, alias)
    return parenthesized(select_from(value, f"{stats.entity.sql_name} as {alias}", lines))


def _stats_field(
    sheet: Sheet, stats: Stats, reach: Reach, item: Measured | Measures | Groups | TypeName, alias: str
) -> list[Piece]:
    match item:
        case Measured(measure=measure):
            return json_value(measure.type, render_expression(sheet, measure, alias))
        case Measures(fields=fields):
            return json_object((f.key, _stats_field(sheet, stats, reach, f, alias)) for f in fields)
        case TypeName(name=name):
            return [text(f'"{name}"')]
        case Groups():
            return [text("["), sql(_groups(sheet, stats, reach, item)), text("]")]


def _groups(sheet: Sheet, stats: Stats, reach: Reach, groups: Groups) -> str:
    """The groups, each as a JSON object; keys are g1, g2, … and measures m1, m2, … of the grouped rows."""
    alias = sheet.alias()
    measures = list(
        dict.fromkeys([*_selected(groups.fields), *(o.by for o in groups.order if not isinstance(o.by, int))])
    )
    keys = [f"{render_expression(sheet, by, alias)} as g{i}" for i, by in enumerate(groups.by, 1)]
    values = [f"{render_expression(sheet, measure, alias)} as m{i}" for i, measure in enumerate(measures, 1)]
    lines = row_lines(sheet, stats.entity, reach, stats.where, alias)
    having = render_conditions(sheet, groups.having, alias)
    query = [
        f"select {', '.join([*keys, *values])}",
        f"from {stats.entity.sql_name} as {alias}",
        where_lines(lines),
        f"group by {', '.join(f'g{i}' for i in range(1, len(keys) + 1))}",
        *([where_lines(having).replace("where", "having", 1)] if having else []),
        f"order by {', '.join(_order_term(o, measures) for o in groups.order)}",
        f"limit {sheet.parameter(groups.rows)}",
        *([f"offset {sheet.parameter(groups.offset)}"] if groups.offset else []),
    ]
    group = json_object((item.key, _group_field(groups, item, measures, alias)) for item in groups.fields)
    value = f"coalesce(string_agg(\n{indent(concatenation(group))}, ','\n), '')"
    return parenthesized(select_from(value, parenthesized("\n".join(query)) + f" as {alias}"))


def _selected(fields: Sequence[object]) -> list[Measure]:
    """The measures that are asked for, in their order."""
    found: list[Measure] = []
    for item in fields:
        match item:
            case Measured(measure=measure):
                found.append(measure)
            case Measures(fields=inner):
                found += _selected(inner)
    return found


def _order_term(order: GroupOrder, measures: list[Measure]) -> str:
    name = f"g{order.by + 1}" if isinstance(order.by, int) else f"m{measures.index(order.by) + 1}"
    nulls = f" nulls {'first' if order.nulls_first else 'last'}" if order.nulls_first != order.descending else ""
    return f"{name}{' desc' if order.descending else ''}{nulls}"


def _group_field(
    groups: Groups, item: Measured | Measures | GroupKeys | TypeName, measures: list[Measure], alias: str
) -> list[Piece]:
    match item:
        case Measured(measure=measure):
            return json_value(measure.type, f"{alias}.m{measures.index(measure) + 1}")
        case Measures(fields=fields):
            return json_object((f.key, _group_field(groups, f, measures, alias)) for f in fields)
        case GroupKeys(fields=keys):
            return json_object((f.key, _group_key(groups, f, alias)) for f in keys)
        case TypeName(name=name):
            return [text(f'"{name}"')]


def _group_key(groups: Groups, item: GroupKey | TypeName, alias: str) -> list[Piece]:
    if isinstance(item, TypeName):
        return [text(f'"{item.name}"')]
    if item.index is None:
        return [text("null")]  # what the rows were not grouped by has no one value in a group
    return json_value(groups.by[item.index].type, f"{alias}.g{item.index + 1}")
