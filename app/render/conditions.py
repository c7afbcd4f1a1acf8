"""Renders conditions.

In: expressions.Condition and the alias of the table it is about.  Out: SQL that is true for the rows wanted.
"""

from app.catalog.facts import Kind
from app.plan.expressions import (
    AllOf,
    AnyOf,
    AtPath,
    Compare,
    Condition,
    IsEmpty,
    IsNull,
    Matches,
    Measure,
    Not,
    Related,
)
from app.render.expressions import render_expression
from app.render.sql import Sheet, exists_in, join_lines, joined, of_tenant, search_call

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
    "has": "{value} = any ({column})",
    "hasEvery": "{column} @> {value}",
    "hasSome": "{column} && {value}",
    **_TEXT_OPERATORS,
}
_OF_JSON = {"contains": "{column} @> {value}"}
# A null differs from every value: `ne` and `notIn` hold for it.
_HOLDING_FOR_NULL = {
    "ne": "{column} is distinct from {value}",
    "notIn": "({column} = any ({value})) is not true",
}
# JSON's own order puts every number after every string: what is of another type is neither less nor greater.
_ORDERING = ("lt", "lte", "gt", "gte")


def render_conditions(sheet: Sheet, condition: Condition, alias: str) -> list[str]:
    """A condition as lines that all have to hold; none when it always holds."""
    conditions = condition.conditions if isinstance(condition, AllOf) else (condition,)
    lines = [_condition(sheet, c, alias) for c in conditions]
    sheet.charge(lines)
    return lines


def _condition(sheet: Sheet, condition: Condition, alias: str) -> str:
    match condition:
        case Compare():
            return _compare(sheet, condition, alias)
        case IsNull(expression, expected):
            return f"{render_expression(sheet, expression, alias)} is {'null' if expected else 'not null'}"
        case IsEmpty(expression, expected):
            return f"cardinality({render_expression(sheet, expression, alias)}) {'=' if expected else '>'} 0"
        case AllOf(conditions):
            return joined([_condition(sheet, c, alias) for c in conditions], "and") if conditions else "true"
        case AnyOf(conditions):
            return joined([_condition(sheet, c, alias) for c in conditions], "or") if conditions else "false"
        case Not(inner):
            return _opposite(sheet, inner, alias)
        case Related():
            return _related(sheet, condition, alias)
        case Matches():
            return _matches(sheet, condition, alias)


def _compare(sheet: Sheet, compare: Compare, alias: str) -> str:
    type_ = compare.expression.type
    operators = _OPERATORS | (_OF_JSON if type_.kind is Kind.JSON else {})
    operators |= _HOLDING_FOR_NULL if type_.nullable else {}
    column = render_expression(sheet, compare.expression, alias)
    value = sheet.parameter(compare.slot) + _cast(compare)
    line = operators[compare.operator].format(column=column, value=value)
    if isinstance(compare.expression, AtPath) and compare.operator in _ORDERING:
        return joined([f"jsonb_typeof({column}) = jsonb_typeof({value})", line], "and")
    return line


def _cast(compare: Compare) -> str:
    """The parameter's type, where Postgres would take it as another one."""
    many = "[]" if compare.slot.many else ""
    if compare.expression.type.kind is Kind.JSON:
        return f"::jsonb{many}"
    if isinstance(compare.expression, Measure) and compare.expression.column is not None:
        return f"::{_measured_as(compare.expression)}{many}"
    return "::text" if compare.operator in _TEXT_OPERATORS else ""


def _measured_as(measure: Measure) -> str:
    """What a measure is compared as: sums with any number."""
    return "double precision" if measure.function in ("sum", "avg") else measure.type.kind.value


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


def _matches(sheet: Sheet, matches: Matches, alias: str) -> str:
    """Found by a function once, as ids; the index over the key does the rest."""
    there, entity = sheet.alias(), matches.entity
    found = f"select {there}.id from {search_call(sheet, entity, matches.query)} as {there}"
    return f"{alias}.{entity.key.name} = any (array({found}))"
