"""Plans writes of many rows: all of them, or none.

In: field nodes that share a response key, and the planning.  Out: nodes.WriteMany.
Rejects: commands that the role may not run, a change of nothing.
"""

from graphql import FieldNode

from app.catalog.facts import Entity
from app.errors import BadUserInput
from app.plan.conditions import plan_where
from app.plan.fields import collect_fields, sub_selections
from app.plan.nodes import Changes, CreateMany, DeleteMany, Nodes, RowCount, TypeName, UpdateMany
from app.plan.planning import Planning
from app.plan.reads import plan_selection
from app.plan.values import Constant, Encoding, Given, Leaf, Slot, fields_of
from app.plan.writes import plan_set

Fields = list[FieldNode]

MAX_AFFECTED = 100
"""Rows that a change or a deletion touches, at most, unless it says otherwise."""


def plan_create_many(planning: Planning, entity: Entity, nodes: Fields) -> CreateMany:
    """`createUsers(input:)`."""
    planning.allow(entity, "create")
    given = planning.arguments("Mutation", nodes[0])["input"]
    assert isinstance(given, Leaf)
    by_all = dict(fields_of(given.value))
    if any(c.field in by_all for c in entity.secrets):
        by_all[entity.key.field or ""] = True  # a row with secrets has its id before it is written
    columns = tuple(c for c in entity.creatable if c.field in by_all or c.is_required)
    rows = Slot(given.source, Encoding.ROWS, given.input_path, columns=columns)
    partly = tuple(c for c in columns if not by_all.get(c.field or ""))
    return CreateMany(entity, rows, partly, plan_changes(planning, entity, nodes))


def plan_update_many(planning: Planning, entity: Entity, nodes: Fields) -> UpdateMany:
    """`updateUsers(where:, set:, maxAffected:)`."""
    planning.allow(entity, "update")
    given = planning.arguments("Mutation", nodes[0])
    values = plan_set(entity, given["set"], ("set",))
    if not values:
        raise BadUserInput("There is nothing to set.", input_path=("set",))
    for secret in (value.column for value in values if value.slot.has_secrets):
        raise BadUserInput("A secret is set one row at a time.", input_path=("set", secret.field or ""))
    where = plan_where(planning, entity, given["where"], ("where",))
    return UpdateMany(entity, where, values, _most(given.get("maxAffected")), plan_changes(planning, entity, nodes))


def plan_delete_many(planning: Planning, entity: Entity, nodes: Fields) -> DeleteMany:
    """`deleteUsers(where:, maxAffected:)`."""
    planning.allow(entity, "delete")
    given = planning.arguments("Mutation", nodes[0])
    where = plan_where(planning, entity, given["where"], ("where",))
    return DeleteMany(entity, where, _most(given.get("maxAffected")), plan_changes(planning, entity, nodes))


def plan_changes(planning: Planning, entity: Entity, nodes: Fields) -> Changes:
    """What the field nodes ask of the rows that were written."""
    type_ = planning.type_of(f"{entity.name}Changes")
    fields = collect_fields(planning.document, type_, sub_selections(nodes))
    return Changes(entity, tuple(_change(planning, entity, key, inner) for key, inner in fields.items()))


def _change(planning: Planning, entity: Entity, key: str, nodes: Fields) -> RowCount | Nodes | TypeName:
    match nodes[0].name.value:
        case "count":
            return RowCount(key)
        case "nodes":
            return Nodes(key, plan_selection(planning, entity, nodes))
    return TypeName(key, f"{entity.name}Changes")


def _most(given: Given) -> Slot:
    if isinstance(given, Leaf):
        return Slot(given.source, Encoding.MOST, given.input_path)
    return Slot(Constant(MAX_AFFECTED), Encoding.MOST)
