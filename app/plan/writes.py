"""Plans writes: a root field's input becomes assignments, and its selection what is answered of the row.

In: field nodes that share a response key, and the planning.  Out: nodes.Write.
Rejects: commands that the role may not run, a change of nothing. Null for a column that cannot be null is refused with
all other values that do not fit, when they are bound.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import cast

from graphql import FieldNode

from app.catalog.facts import Column, Entity, Kind, Unique
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
    How,
    Referred,
    Restore,
    Scalar,
    Selection,
    ToMany,
    ToOne,
    Update,
    Upsert,
)
from app.plan.planning import Planning
from app.plan.reads import plan_selection
from app.plan.values import (
    WRITTEN_KEY,
    Encoding,
    Given,
    Leaf,
    Slot,
    assigned_slot,
    column_slot,
    null_slot,
    refused_slot,
)

Fields = list[FieldNode]

IF_VERSION = "ifVersion"
"""Argument that names the version that a row has to be of, to be written."""

CHANGES: Mapping[str, tuple[How, Callable[[Column], bool]]] = {
    "increment": (How.INCREMENT, lambda c: c.kind in (Kind.INT, Kind.FLOAT) and not c.array),
    "append": (How.APPEND, lambda c: c.array),
    "remove": (How.REMOVE, lambda c: c.array),
    "merge": (How.MERGE, lambda c: c.kind is Kind.JSON and not c.array),
}
"""Words of a `set` input, how each changes a column, and which columns it takes."""


def plan_create(planning: Planning, entity: Entity, nodes: Fields) -> Create:
    """`createUser(input:)`."""
    planning.allow(entity, "create")
    given = planning.arguments("Mutation", nodes[0])
    values = with_key(entity, _new_values(entity, given["input"], ("input",)))
    return Create(entity, values, plan_selection(planning, entity, nodes))


def _new_values(entity: Entity, given: Given, path: ErrorPath) -> tuple[Assignment, ...]:
    """What a new row is given; of what it leads to, the ids only."""
    fields = cast(dict[str, Given], given)
    for edge in (e for e in entity.edges if fields.get(e.field) is not None):
        message = f"Rows that a row leads to are written by create{entity.name}."
        raise BadUserInput(message, input_path=(*path, edge.field))
    missing = [(c, c.field) for c in entity.creatable if c.is_required and c.field and c.field not in fields]
    refused = (Assignment(c, refused_slot(f"{field} is needed.", (*path, field))) for c, field in missing)
    return (*plan_assignments(entity.creatable, given, path), *refused)


def with_key(entity: Entity, values: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """A new row's values. A secret is bound to its row, so a row with secrets has its id before it is written."""
    if not has_secrets(values) or any(a.column is entity.key for a in values):
        return values
    return Assignment(entity.key, WRITTEN_KEY), *values


def has_secrets(values: Iterable[Assignment]) -> bool:
    """Whether any of the values is to be sealed. A null is no secret."""
    return any(a.slot.has_secrets for a in values)


def plan_set(entity: Entity, given: Given, path: ErrorPath) -> tuple[Assignment, ...]:
    """A `set` input: values of columns, and under the words of CHANGES, what is done to those that are there."""
    values = cast(dict[str, Given], given)
    planned = list(plan_assignments(entity.updatable, given, path))
    for word, (how, takes) in CHANGES.items():
        changed = values.get(word)
        if changed is not None:
            columns = tuple(c for c in entity.updatable if takes(c))
            planned += [_changing(a, how) for a in plan_assignments(columns, changed, (*path, word), nulls=False)]
    for column in {a.column for a in planned if [b.column for b in planned].count(a.column) > 1}:
        raise BadUserInput(f"{column.field} is changed in two ways.", input_path=path)
    return tuple(planned)


def _changing(assignment: Assignment, how: How) -> Assignment:
    return replace(assignment, how=how, slot=_part_slot(assignment.slot, how))


def _part_slot(slot: Slot, how: How) -> Slot:
    """A slot for what is done to a value that is there. What becomes of that, the database asks."""
    if slot.encoding is Encoding.REFUSED:
        return slot
    adds = how in (How.APPEND, How.MERGE)
    rules = tuple(part for rule in slot.rules if adds and (part := rule.of_part()))
    return replace(slot, rules=rules, encoding=Encoding.JSON_OBJECT if how is How.MERGE else slot.encoding)


def plan_update(planning: Planning, entity: Entity, nodes: Fields) -> Update:
    """`updateUser(by:, set:)`."""
    planning.allow(entity, "update")
    given = planning.arguments("Mutation", nodes[0])
    values = plan_set(entity, given["set"], ("set",))
    if not values:
        raise BadUserInput("There is nothing to set.", input_path=("set",))
    where, selection = plan_key(entity, given["by"], ("by",)), plan_selection(planning, entity, nodes)
    return Update(entity, where, values, selection, _if_version(entity, given))


def plan_upsert(planning: Planning, entity: Entity, nodes: Fields) -> Upsert:
    """`upsertUser(create:, update:, on:)`; without `update`, what `create` gives is set on a row that is there."""
    planning.allow(entity, "create")
    planning.allow(entity, "update")
    given = planning.arguments("Mutation", nodes[0])
    on = _conflict_key(entity, given.get("on"))
    values = _new_values(entity, given["create"], ("create",))
    for column in on.columns:
        if column not in (assignment.column for assignment in values):
            raise BadUserInput("The key to upsert on has a value.", input_path=("create", column.field or ""))
    if given.get("update") is None:
        changeable = [c for c in entity.updatable if c not in on.columns]
        updates = tuple(assignment for assignment in values if assignment.column in changeable)
    else:
        updates = plan_set(entity, given["update"], ("update",))
    if not (updates or entity.touched or any(c.is_readable for c in entity.updatable)):
        raise BadUserInput("There is nothing to set on a row that is there.", input_path=("update",))
    selection, if_version = plan_selection(planning, entity, nodes), _if_version(entity, given)
    return Upsert(entity, on, with_key(entity, values), updates, selection, if_version)


def plan_delete(planning: Planning, entity: Entity, nodes: Fields) -> Delete:
    """`deleteUser(by:)`."""
    planning.allow(entity, "delete")
    given = planning.arguments("Mutation", nodes[0])
    where, selection = plan_key(entity, given["by"], ("by",)), plan_selection(planning, entity, nodes)
    return Delete(entity, where, selection, _if_version(entity, given))


def _if_version(entity: Entity, given: Mapping[str, Given]) -> Slot | None:
    """Which version the row has to be of; none where that was left out, or null."""
    leaf = given.get(IF_VERSION)
    return column_slot(leaf, entity.version) if entity.version and isinstance(leaf, Leaf) else None


def plan_restore(planning: Planning, entity: Entity, nodes: Fields) -> Restore:
    """`restoreNote(id:)`: by the id alone, since other rows may have taken what was unique of a deleted one."""
    planning.allow(entity, "delete")
    given = planning.arguments("Mutation", nodes[0])
    where = plan_key(entity, given, ())
    unhidden = planning.catalog.with_deleted[entity.name]
    return Restore(unhidden, where, plan_selection(planning, entity, nodes))


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


def plan_assignments(
    columns: tuple[Column, ...], given: Given, path: ErrorPath, *, nulls: bool = True
) -> tuple[Assignment, ...]:
    """What an input object gives, of these columns. `nulls`: those that can be null may be."""
    values = cast(dict[str, Given], given)
    named = [(c, c.field) for c in columns if c.field and c.field in values]
    return tuple(_assignment(c, values[field], (*path, field), nulls=nulls) for c, field in named)


def _assignment(column: Column, given: Given, path: ErrorPath, *, nulls: bool) -> Assignment:
    if isinstance(given, Leaf):
        return Assignment(column, assigned_slot(given, column))
    if not column.nullable or not nulls:
        return Assignment(column, refused_slot(f"{column.field} cannot be null.", path))
    return Assignment(column, null_slot())
