"""Plans conditions: `where` and `by` arguments become a tree of comparisons.

In: given input objects.  Out: expressions.Condition.
Rejects: a null where a value belongs (null is asked for by `isNull`), edges to what the role may not read.
Absent operators ask nothing; `{}` holds for every row; `in: []` for none.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from app.catalog.facts import Column, Computed, Edge, Entity, Kind
from app.errors import BadUserInput, ErrorPath
from app.plan.expressions import (
    COUNT,
    EVERYTHING,
    AllOf,
    AnyOf,
    AtPath,
    Compare,
    Comparison,
    Condition,
    Expression,
    IsEmpty,
    IsNull,
    Matches,
    Not,
    OverEdge,
    Own,
    Related,
    TextQuery,
)
from app.plan.planning import Planning
from app.plan.values import Constant, Encoding, Given, Leaf, Slot, column_slot, value_slot

_LISTS = ("in", "notIn", "hasEvery", "hasSome")


def plan_where(planning: Planning, entity: Entity, where: Given, path: ErrorPath) -> Condition:
    """A `where` input of an entity. Null is the same as absent: no condition."""
    if where is None:
        return EVERYTHING
    return all_of(_conditions(planning, entity, cast(dict[str, Given], where), path))


def plan_key(entity: Entity, by: Given, path: ErrorPath) -> Condition:
    """A key input (`@oneOf`): the one field given is equal to its value."""
    ((name, leaf),) = cast(dict[str, Any], by).items()
    if not isinstance(leaf, Leaf):
        raise BadUserInput("A key has a value.", input_path=(*path, name))
    column = entity.field(name)
    return Compare(Own(column), "eq", column_slot(leaf, column))


def own_value(planning: Planning, entity: Entity, value: Column | Computed) -> Expression:
    """A value of a row as an expression: what counts an edge is a measure over it."""
    counted = entity.edge(value.counted) if isinstance(value, Computed) and value.counted else None
    if counted is None:
        return Own(value)
    target = planning.catalog[counted.target_name]
    planning.allow(target, "read")
    return OverEdge(counted, target, COUNT)


def _conditions(planning: Planning, entity: Entity, where: dict[str, Given], path: ErrorPath) -> Iterator[Condition]:
    for name, item in where.items():
        planning.document.budget.spend()
        here = (*path, name)
        given = present(item, here)
        if name in ("and", "or"):
            parts = [plan_where(planning, entity, part, (*here, i)) for i, part in enumerate(cast(list[Given], given))]
            yield all_of(parts) if name == "and" else any_of(parts)
        elif name == "not":
            yield Not(plan_where(planning, entity, given, here))
        elif name == "matches":
            yield Matches(entity, text_query(cast(dict[str, Given], given)))
        elif edge := entity.edge(name):
            yield from _related(planning, edge, cast(dict[str, Given], given), here)
        else:
            value = entity.value(name)
            expression = own_value(planning, entity, value)
            yield from comparisons(planning, expression, cast(dict[str, Given], given), here)


def _related(planning: Planning, edge: Edge, given: dict[str, Given], path: ErrorPath) -> Iterator[Condition]:
    target = planning.catalog[edge.target_name]
    planning.allow(target, "read")
    planning = planning.deeper_condition()
    if not edge.many:
        yield Related(edge, target, "some", plan_where(planning, target, given, path))
        return
    for quantifier in ("some", "every", "none"):
        if quantifier in given:
            here = (*path, quantifier)
            inner = plan_where(planning, target, present(given[quantifier], here), here)
            yield Related(edge, target, quantifier, inner)
    if "count" in given:
        here = (*path, "count")
        operators = cast(dict[str, Given], present(given["count"], here))
        yield from comparisons(planning, OverEdge(edge, target, COUNT), operators, here)


def comparisons(
    planning: Planning, expression: Expression, given: dict[str, Given], path: ErrorPath
) -> Iterator[Condition]:
    """The operators of one filter; all of them have to hold."""
    for operator, item in given.items():
        planning.document.budget.spend()
        here = (*path, operator)
        if operator == "path":
            yield _at_path(planning, expression, present(item, here), here)
        elif not isinstance(item, Leaf):
            raise BadUserInput("An operator has a value; to ask for null, use isNull.", input_path=here)
        elif operator == "isNull":
            yield IsNull(expression, bool(item.value))
        elif operator == "isEmpty":
            yield IsEmpty(expression, bool(item.value))
        else:
            slot = value_slot(item, expression.type.kind, many=operator in _LISTS)
            yield Compare(expression, cast(Comparison, operator), slot)


def _at_path(planning: Planning, expression: Expression, given: Given, path: ErrorPath) -> Condition:
    """`path: {at: ["a", "b"], eq: 1}`: the same operators for a value inside JSON."""
    operators = dict(cast(dict[str, Given], given))
    at = operators.pop("at")
    assert isinstance(at, Leaf)
    assert isinstance(expression, Own)
    assert isinstance(expression.value, Column)
    inside = AtPath(expression.value, value_slot(at, Kind.TEXT, many=True))
    return all_of(comparisons(planning, inside, operators, path))


def text_query(given: dict[str, Given]) -> TextQuery:
    """`query` and `prefix`, as arguments or as the fields of an input."""
    words, prefix = given["query"], given.get("prefix")
    assert isinstance(words, Leaf)
    no_prefix = Slot(Constant(False), Encoding.PLAIN)
    return TextQuery(
        value_slot(words, Kind.TEXT), value_slot(prefix, Kind.BOOL) if isinstance(prefix, Leaf) else no_prefix
    )


def present(given: Given, path: ErrorPath) -> Given:
    """What was given, when it is not null."""
    if given is None:
        raise BadUserInput("A condition is an object; to ask for null, use isNull.", input_path=path)
    return given


def all_of(conditions: Iterable[Condition]) -> Condition:
    """All of them, in one level; one alone stands for itself."""
    parts = tuple(p for c in conditions for p in (c.conditions if isinstance(c, AllOf) else (c,)))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Any of them, in one level; one alone stands for itself."""
    parts = tuple(p for c in conditions for p in (c.conditions if isinstance(c, AnyOf) else (c,)))
    return parts[0] if len(parts) == 1 else AnyOf(parts)
