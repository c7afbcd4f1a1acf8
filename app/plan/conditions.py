"""Plans conditions: `where` and `by` arguments become a tree of comparisons.

In: given input objects.  Out: nodes.Condition.
Rejects: a null where a value belongs (null is asked for by `isNull`), edges to what the role may not read.
Absent operators ask nothing; `{}` holds for every row; `in: []` for none.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from app.catalog.facts import Edge, Entity
from app.errors import BadUserInput, ErrorPath
from app.plan.nodes import EVERYTHING, AllOf, AnyOf, Compare, Comparison, Condition, IsNull, Not, Related
from app.plan.planning import Planning
from app.plan.values import Given, Leaf, column_slot

_LISTS = ("in", "notIn")


def plan_where(planning: Planning, entity: Entity, where: Given, path: ErrorPath) -> Condition:
    """A `where` input of an entity. Null is the same as absent: no condition."""
    if where is None:
        return EVERYTHING
    return _all(_conditions(planning, entity, cast(dict[str, Given], where), path))


def plan_key(entity: Entity, by: Given, path: ErrorPath) -> Condition:
    """A key input (`@oneOf`): the one field given is equal to its value."""
    ((name, leaf),) = cast(dict[str, Any], by).items()
    if not isinstance(leaf, Leaf):
        raise BadUserInput("A key has a value.", input_path=(*path, name))
    column = entity.field(name)
    return Compare(column, "eq", column_slot(leaf, column))


def _conditions(planning: Planning, entity: Entity, where: dict[str, Given], path: ErrorPath) -> Iterator[Condition]:
    for name, item in where.items():
        planning.document.budget.spend()
        here = (*path, name)
        given = _present(item, here)
        if name in ("and", "or"):
            parts = [plan_where(planning, entity, part, (*here, i)) for i, part in enumerate(cast(list[Given], given))]
            yield _all(parts) if name == "and" else _any(parts)
        elif name == "not":
            yield Not(plan_where(planning, entity, given, here))
        elif edge := entity.edge(name):
            yield from _related(planning, edge, cast(dict[str, Given], given), here)
        else:
            yield from _comparisons(entity, name, cast(dict[str, Given], given), here)


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
            inner = plan_where(planning, target, _present(given[quantifier], here), here)
            yield Related(edge, target, quantifier, inner)


def _comparisons(entity: Entity, name: str, given: dict[str, Given], path: ErrorPath) -> Iterator[Condition]:
    column = entity.field(name)
    for operator, leaf in given.items():
        here = (*path, operator)
        if not isinstance(leaf, Leaf):
            raise BadUserInput("An operator has a value; to ask for null, use isNull.", input_path=here)
        if operator == "isNull":
            yield IsNull(column, bool(leaf.value))
        else:
            slot = column_slot(leaf, column, many=operator in _LISTS)
            yield Compare(column, cast(Comparison, operator), slot)


def _present(given: Given, path: ErrorPath) -> Given:
    if given is None:
        raise BadUserInput("A condition is an object; to ask for null, use isNull.", input_path=path)
    return given


def _all(conditions: Iterable[Condition]) -> Condition:
    """All of them, in one level; one alone stands for itself."""
    parts = tuple(p for c in conditions for p in (c.conditions if isinstance(c, AllOf) else (c,)))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _any(conditions: Iterable[Condition]) -> Condition:
    """Any of them, in one level; one alone stands for itself."""
    parts = tuple(p for c in conditions for p in (c.conditions if isinstance(c, AnyOf) else (c,)))
    return parts[0] if len(parts) == 1 else AnyOf(parts)
