"""Renders conditions.

In: nodes.Condition and the alias of the table it is about.  Out: SQL that is true for the rows wanted.
"""

from app.catalog.facts import Edge
from app.plan.nodes import AllOf, AnyOf, Compare, Condition, IsNull, Not, Related
from app.render.sql import Sheet, of_tenant, parenthesized, where_lines

_TEXT_OPERATORS = {
    "contains": "strpos({column}, {value}) > 0",
    "startsWith": "starts_with({column}, {value})",
    "endsWith": "right({column}, length({value})) = {value}",
    "iContains": "strpos(lower({column}), lower({value})) > 0",
    "iStartsWith": "starts_with(lower({column}), lower({value}))",
    "iEndsWith": "right(lower({column}), length({value})) = lower({value})",
}
_OPERATORS = {
    "eq": "{column} = {value}",
    "ne": "{column} <> {value}",
    "in": "{column} = any ({value})",
    "notIn": "{column} <> all ({value})",
    "lt": "{column} < {value}",
    "lte": "{column} <= {value}",
    "gt": "{column} > {value}",
    "gte": "{column} >= {value}",
    **_TEXT_OPERATORS,
}
# A null differs from every value: `ne` and `notIn` hold for it.
_HOLD_FOR_NULL = ("ne", "notIn")


def render_conditions(sheet: Sheet, condition: Condition, alias: str) -> list[str]:
    """A condition as lines that all have to hold; none when it always holds."""
    match condition:
        case AllOf(conditions):
            return [line for inner in conditions for line in render_conditions(sheet, inner, alias)]
        case _:
            return [_condition(sheet, condition, alias)]


def join_lines(edge: Edge, here: str, there: str) -> list[str]:
    """An edge's join; the tenant's predicate on both ends is not part of it."""
    return [f"{there}.{target} = {here}.{source}" for source, target in edge.join]


def _condition(sheet: Sheet, condition: Condition, alias: str) -> str:
    match condition:
        case Compare():
            return _compare(sheet, condition, alias)
        case IsNull(column, expected):
            return f"{alias}.{column.name} is {'null' if expected else 'not null'}"
        case AllOf(conditions):
            return _joined([_condition(sheet, c, alias) for c in conditions], "and", "true")
        case AnyOf(conditions):
            return _joined([_condition(sheet, c, alias) for c in conditions], "or", "false")
        case Not(inner):
            return f"({_condition(sheet, inner, alias)}) is not true"
        case Related():
            return _related(sheet, condition, alias)


def _joined(parts: list[str], word: str, empty: str) -> str:
    return f"({f' {word} '.join(parts)})" if parts else empty


def _compare(sheet: Sheet, compare: Compare, alias: str) -> str:
    column = f"{alias}.{compare.column.name}"
    value = sheet.parameter(compare.slot)
    if compare.operator in _TEXT_OPERATORS:
        value += "::text"
    line = _OPERATORS[compare.operator].format(column=column, value=value)
    if compare.operator in _HOLD_FOR_NULL and compare.column.nullable:
        return f"({line} or {column} is null)"
    return line


def _related(sheet: Sheet, related: Related, alias: str) -> str:
    there = sheet.alias()
    if related.quantifier == "every":
        inner = [_condition(sheet, Not(related.condition), there)]
    else:
        inner = render_conditions(sheet, related.condition, there)
    lines = [of_tenant(related.target, there), *join_lines(related.edge, alias, there), *inner]
    exists = "exists" if related.quantifier == "some" else "not exists"
    query = f"select from {related.target.sql_name} as {there}\n{where_lines(lines)}"
    return f"{exists} {parenthesized(query)}"
