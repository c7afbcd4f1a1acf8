"""Renders conditions.

In: nodes.Condition and the alias of the table it is about.  Out: SQL that is true for the rows wanted.
"""

from app.catalog.facts import Edge
from app.plan.nodes import AllOf, AnyOf, Compare, Condition, IsNull, Not, Related
from app.render.sql import Sheet, exists_in, joined, of_tenant

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
_HOLDING_FOR_NULL = {
    "ne": "{column} is distinct from {value}",
    "notIn": "({column} = any ({value})) is not true",
}


def render_conditions(sheet: Sheet, condition: Condition, alias: str) -> list[str]:
    """A condition as lines that all have to hold; none when it always holds."""
    conditions = condition.conditions if isinstance(condition, AllOf) else (condition,)
    return [_condition(sheet, c, alias) for c in conditions]


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
            return joined([_condition(sheet, c, alias) for c in conditions], "and") if conditions else "true"
        case AnyOf(conditions):
            return joined([_condition(sheet, c, alias) for c in conditions], "or") if conditions else "false"
        case Not(inner):
            return _opposite(sheet, inner, alias)
        case Related():
            return _related(sheet, condition, alias)


def _compare(sheet: Sheet, compare: Compare, alias: str) -> str:
    value = sheet.parameter(compare.slot)
    if compare.operator in _TEXT_OPERATORS:
        value += "::text"
    operators = _OPERATORS | _HOLDING_FOR_NULL if compare.column.nullable else _OPERATORS
    return operators[compare.operator].format(column=f"{alias}.{compare.column.name}", value=value)


def _opposite(sheet: Sheet, inner: Condition, alias: str) -> str:
    """What is unknown counts as not true. `exists` knows always, and as `not exists` it can be an anti-join."""
    line = _condition(sheet, inner, alias)
    match inner:
        case Related(quantifier="some"):
            return f"not {line}"
        case Related():
            return line.removeprefix("not ")
        case AllOf(parts) | AnyOf(parts) if parts:
            return f"{line} is not true"
        case _:
            return f"({line}) is not true"


def _related(sheet: Sheet, related: Related, alias: str) -> str:
    there = sheet.alias()
    condition = Not(related.condition) if related.quantifier == "every" else related.condition
    inner = render_conditions(sheet, condition, there)
    lines = [of_tenant(related.target, there), *join_lines(related.edge, alias, there), *inner]
    found = exists_in(f"{related.target.sql_name} as {there}", lines)
    return found if related.quantifier == "some" else f"not {found}"
