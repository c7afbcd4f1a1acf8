"""Plans writes: a root field's input becomes assignments, and its selection what is answered of the row.

In: field nodes that share a response key, and the planning.  Out: nodes.Write.
Rejects: commands that the role may not run, null for a column that cannot be null, a change of nothing.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from graphql import FieldNode

from app.catalog.facts import Column, Entity, Unique
from app.errors import BadUserInput, ErrorPath
from app.plan.conditions import plan_key
from app.plan.expressions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Expression,
    IsEmpty,
    IsNull,
    Not,
    OverEdge,
    Related,
    Through,
)
from app.plan.nodes import (
    Assignment,
    Create,
    Delete,
    EdgeStats,
    Referred,
    Scalar,
    Selection,
    ToMany,
    ToOne,
    Update,
    Upsert,
)
from app.plan.planning import Planning
from app.plan.reads import plan_selection
from app.plan.values import Given, Leaf, column_slot, null_slot

Fields = list[FieldNode]


def plan_create(planning: Planning, entity: Entity, nodes: Fields) -> Create:
    """`createUser(input:)`."""
    planning.allow(entity, "create")
    given = planning.arguments("Mutation", nodes[0])
    values = plan_assignments(entity.creatable, given["input"], ("input",))
    return Create(entity, values, plan_selection(planning, entity, nodes))


def plan_update(planning: Planning, entity: Entity, nodes: Fields) -> Update:
    """`updateUser(by:, set:)`."""
    planning.allow(entity, "update")
    given = planning.arguments("Mutation", nodes[0])
    values = plan_assignments(entity.updatable, given["set"], ("set",))
    if not values:
        raise BadUserInput("There is nothing to set.", input_path=("set",))
    return Update(entity, plan_key(entity, given["by"], ("by",)), values, plan_selection(planning, entity, nodes))


def plan_upsert(planning: Planning, entity: Entity, nodes: Fields) -> Upsert:
    """`upsertUser(create:, update:, on:)`; without `update`, what `create` gives is set on a row that is there."""
    planning.allow(entity, "create")
    planning.allow(entity, "update")
    given = planning.arguments("Mutation", nodes[0])
    on = _conflict_key(entity, given.get("on"))
    values = plan_assignments(entity.creatable, given["create"], ("create",))
    for column in on.columns:
        if column not in (assignment.column for assignment in values):
            raise BadUserInput("The key to upsert on has a value.", input_path=("create", column.field or ""))
    if given.get("update") is None:
        changeable = [c for c in entity.updatable if c not in on.columns]
        updates = tuple(assignment for assignment in values if assignment.column in changeable)
    else:
        updates = plan_assignments(entity.updatable, given["update"], ("update",))
    return Upsert(entity, on, values, updates, plan_selection(planning, entity, nodes))


def plan_delete(planning: Planning, entity: Entity, nodes: Fields) -> Delete:
    """`deleteUser(by:)`."""
    planning.allow(entity, "delete")
    given = planning.arguments("Mutation", nodes[0])
    return Delete(entity, plan_key(entity, given["by"], ("by",)), plan_selection(planning, entity, nodes))


def keys_of(entity: Entity) -> tuple[Unique, ...]:
    """What a row of the entity can be told by: its id, and every unique."""
    return (Unique((entity.key,), entity.key.field or "id"), *entity.uniques)


def default_key(entity: Entity) -> Unique:
    """The key that an upsert goes by when none is named: the first unique, or the id where there is none."""
    return next(iter(entity.uniques), keys_of(entity)[0])


def rereads(selection: Selection, written: Iterable[str]) -> bool:
    """Whether a selection looks, through its edges and their conditions, at tables that the write changes.

    One statement reads as of its start: it would answer such a selection with what was there before.
    """
    names = set(written)
    return any(entity.name in names for entity in _looked_at(selection))


def _looked_at(selection: Selection) -> Iterator[Entity]:
    for item in selection.fields:
        match item:
            case Scalar(value=value):
                yield from _measured_by(value)
            case ToOne(selection=inner):
                yield inner.entity
                yield from _looked_at(inner)
            case Referred(selections=selections):
                for inner in selections:
                    yield inner.entity
                    yield from _looked_at(inner)
            case ToMany(page=page):
                yield page.entity
                yield from _asked_about(page.where)
                for term in page.order.terms:
                    yield from _measured_by(term.expression)
                for inner in page.selections:
                    yield from _looked_at(inner)
            case EdgeStats(stats=stats):
                yield stats.entity
                yield from _asked_about(stats.where)


def _asked_about(condition: Condition) -> Iterator[Entity]:
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for inner in conditions:
                yield from _asked_about(inner)
        case Not(inner):
            yield from _asked_about(inner)
        case Related(target=target, condition=inner):
            yield target
            yield from _asked_about(inner)
        case Compare(expression=expression) | IsNull(expression=expression) | IsEmpty(expression=expression):
            yield from _measured_by(expression)


def _measured_by(expression: Expression) -> Iterator[Entity]:
    match expression:
        case Through(target=target, value=value):
            yield target
            yield from _measured_by(value)
        case OverEdge(target=target):
            yield target


def _conflict_key(entity: Entity, given: Given) -> Unique:
    if isinstance(given, Leaf):
        return next(key for key in keys_of(entity) if key.field == given.value)
    return default_key(entity)


def plan_assignments(columns: tuple[Column, ...], given: Given, path: ErrorPath) -> tuple[Assignment, ...]:
    """What an input object gives, of these columns."""
    values = cast(dict[str, Given], given)
    return tuple(_assignment(c, values[c.field], (*path, c.field)) for c in columns if c.field and c.field in values)


def _assignment(column: Column, given: Given, path: ErrorPath) -> Assignment:
    if isinstance(given, Leaf):
        return Assignment(column, column_slot(given, column))
    if not column.nullable:
        raise BadUserInput(f"{column.field} cannot be null.", input_path=path)
    return Assignment(column, null_slot())
