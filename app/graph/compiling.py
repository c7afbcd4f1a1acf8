"""Compiles an operation: every root field becomes a step that is ready to run.

In: a validated document, coerced variables, the caller's role.  Out: steps, kept and used again (execution.py).
Rejects: what planning rejects.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import get_type_hints

from graphql import FieldNode, GraphQLObjectType

from app.catalog.facts import Catalog, Entity
from app.catalog.names import snake
from app.errors import BulkheadError, ErrorPath
from app.graph.names import many_fields, nearest_field, search_field, stats_field, write_fields
from app.graph.operations import Operation, answers_with
from app.plan.changes import plan_create_many, plan_delete_many, plan_update_many
from app.plan.expressions import Compare, Own
from app.plan.fields import collect_fields, spend_on, sub_selections
from app.plan.nodes import (
    Assignment,
    Changes,
    Create,
    CreateMany,
    CreateTree,
    Delete,
    DeleteMany,
    Read,
    ReadOne,
    Restore,
    Selection,
    Update,
    Upsert,
    Write,
    WriteMany,
)
from app.plan.planning import Planning
from app.plan.reads import plan_read_nodes, plan_read_one, plan_read_page, plan_read_stats, plan_selection
from app.plan.searches import plan_nearest, plan_search
from app.plan.trees import is_tree, plan_create_tree
from app.plan.values import WRITTEN_KEY, Slot, as_list, fields_of
from app.plan.writes import has_secrets, plan_create, plan_delete, plan_restore, plan_update, plan_upsert, rereads
from app.render.changes import render_read_back_many, render_write_many, render_write_many_keys
from app.render.reads import render_reads
from app.render.rows import render_lock
from app.render.sql import Statement
from app.render.trees import render_tree
from app.render.writes import render_visible, render_write, render_write_key

Fields = list[FieldNode]
PlanRead = Callable[[Planning, Entity, str, Fields], Read]
PlanWrite = Callable[[Planning, Entity, Fields], Write]
PlanWriteMany = Callable[[Planning, Entity, Fields], WriteMany]

_STEPS_OF_INTROSPECTION = 10


@dataclass(frozen=True, slots=True)
class Constantly:
    """A field whose value is known before anything runs: `__typename`, or an introspection without variables."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Introspect:
    """`__schema` or `__type`: answered by introspection.py."""

    nodes: tuple[FieldNode, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A field that was refused when it was planned; the others still answer."""

    error: BulkheadError


@dataclass(frozen=True, slots=True)
class ReadStep:
    """A root field that reads."""

    read: Read


@dataclass(frozen=True, slots=True)
class Sealing:
    """Which row a write of secrets is about: they are sealed for it, under WRITTEN_KEY.

    find   holds the row that is there, and answers its id; None where the write leaves the secrets of such a row alone
    made   the id of a row that is made; None where none is
    """

    find: Statement | None
    made: Slot | None


@dataclass(frozen=True, slots=True)
class WriteStep:
    """A root field that writes.

    write     writes the row; answers its JSON, or its key when `read_back` follows
    read_back reads the selection by WRITTEN_KEY, where the selection looks at what the write changes
    visible   tells why nothing was written: whether the row is there for the caller to see, and its version
    if_version  which version it had to be of, if any
    asked     what is selected of the row
    sealing   there is a secret among what it writes
    makes     it makes the row when there is none
    """

    entity: Entity
    asked: Selection
    write: Statement
    read_back: Statement | None
    visible: Statement | None
    if_version: Slot | None = None
    sealing: Sealing | None = None
    makes: bool = False


@dataclass(frozen=True, slots=True)
class WriteManyStep:
    """A root field that writes many rows.

    write     writes the rows; answers their JSON, or their keys when `read_back` follows; null where they are too many
    read_back reads what is asked of them by WRITTEN_KEY
    plan      what it writes, and what is asked of each row
    """

    plan: WriteMany
    write: Statement
    read_back: Statement | None

    @property
    def has_secrets(self) -> bool:
        """Whether some of what it writes is sealed first."""
        return isinstance(self.plan, CreateMany) and self.plan.rows.has_secrets


@dataclass(frozen=True, slots=True)
class TreeStep:
    """A root field that makes rows, with others that they lead to.

    read_back reads what is asked of those at the root by WRITTEN_KEY
    """

    plan: CreateTree
    write: Statement
    read_back: Statement

    @property
    def has_secrets(self) -> bool:
        """Whether some of what it writes is sealed first."""
        return self.plan.size.has_secrets


@dataclass(frozen=True, slots=True)
class OperationStep:
    """A root field that is an operation in Python.

    read_back   reads the selection of the row that it answers with
    plain       or, when it answers with plain values: (response key, attribute), None for `__typename`
    """

    field_name: str
    function: Operation
    node: FieldNode
    read_back: Statement | None
    asked: Selection | None = None
    plain: tuple[tuple[str, str | None], ...] = ()


Step = Constantly | Introspect | Refused | ReadStep | WriteStep | WriteManyStep | TreeStep | OperationStep


class Compiler:
    """Compiles the operations of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        entities = list(catalog.graph_entities())
        self._reads: Mapping[str, tuple[PlanRead, Entity]] = {
            name: (plan, entity)
            for entity in entities
            for name, plan in (
                (entity.singular_field, plan_read_one),
                (entity.plural_field, plan_read_page),
                (stats_field(entity), plan_read_stats),
                (search_field(entity), plan_search),
                (nearest_field(entity), plan_nearest),
            )
        }
        plans: Mapping[str, PlanWrite] = {
            "create": plan_create,
            "update": plan_update,
            "upsert": plan_upsert,
            "delete": plan_delete,
            "restore": plan_restore,
        }
        self._writes: Mapping[str, tuple[PlanWrite, Entity]] = {
            name: (plans[kind], entity) for entity in entities for name, kind in write_fields(entity).items()
        }
        plans_of_many: Mapping[str, PlanWriteMany] = {
            "create": plan_create_many,
            "update": plan_update_many,
            "delete": plan_delete_many,
        }
        self._writes_of_many: Mapping[str, tuple[PlanWriteMany, Entity]] = {
            name: (plans_of_many[kind], entity) for entity in entities for name, kind in many_fields(entity).items()
        }

        self._creates: Mapping[str, Entity] = {
            name: entity
            for entity in entities
            for name, kind in (write_fields(entity) | many_fields(entity)).items()
            if kind == "create"
        }

    def compile(self, planning: Planning, root: GraphQLObjectType, fields: Mapping[str, Fields]) -> dict[str, Step]:
        """A step for each response key of the operation, in order."""
        return {key: self._step(planning, root, key, nodes) for key, nodes in fields.items()}

    def _step(self, planning: Planning, root: GraphQLObjectType, key: str, nodes: Fields) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return Constantly(f'"{root.name}"'.encode())
        try:
            if name.startswith("__"):
                return _introspect(planning, nodes)
            planning.allow_deleted()
            if name in ("node", "nodes"):
                return ReadStep(plan_read_nodes(planning, key, nodes))
            if name in self._reads:
                plan_read, entity = self._reads[name]
                return ReadStep(plan_read(planning, planning.catalog[entity.name], key, nodes))
            if name in self._creates and _leads_to_others(planning, self._creates[name], nodes[0]):
                return _tree_step(plan_create_tree(planning, self._creates[name], nodes))
            if name in self._writes:
                plan_write, entity = self._writes[name]
                return self._write_step(plan_write(planning, entity, nodes))
            if name in self._writes_of_many:
                plan_many, entity = self._writes_of_many[name]
                return self._write_many_step(plan_many(planning, entity, nodes))
            return self._operation_step(planning, name, nodes)
        except BulkheadError as error:
            # Kept for other callers, so it keeps nothing of this one: a traceback holds every variable.
            error.__context__ = error.__cause__ = None
            return Refused(at_path(error.with_traceback(None), (key,)))

    def _write_step(self, write: Write) -> WriteStep:
        visible = None if isinstance(write, Create) else render_visible(write.entity, write.where)
        if_version = None if isinstance(write, Create | Restore) else write.if_version
        told = visible, if_version, _sealing(write), isinstance(write, Create | Upsert)
        # A deletion answers with what was there before; so does its one statement.
        if isinstance(write, Delete) or not rereads(write.selection, self._changed_by(write.entity)):
            return WriteStep(write.entity, write.selection, render_write(write), None, *told)
        read = read_back(write.entity, write.selection)
        return WriteStep(write.entity, write.selection, render_write_key(write), read, *told)

    def _write_many_step(self, write: WriteMany) -> WriteManyStep:
        changed = self._changed_by(write.entity)
        if isinstance(write, DeleteMany) or not any(rereads(asked, changed) for asked in write.changes.selections):
            return WriteManyStep(write, render_write_many(write), None)
        read = render_read_back_many(write.changes, WRITTEN_KEY)
        return WriteManyStep(write, render_write_many_keys(write), read)

    def _operation_step(self, planning: Planning, name: str, nodes: Fields) -> OperationStep:
        function = self._catalog.operations[name]
        answer = answers_with(function)
        if answer is None:
            plain = tuple(_plain_fields(planning, function, nodes))
            return OperationStep(name, function, nodes[0], None, plain=plain)
        entity = self._catalog[answer]
        selection = plan_selection(planning, entity, nodes)
        return OperationStep(name, function, nodes[0], read_back(entity, selection), selection)

    def _changed_by(self, entity: Entity) -> set[str]:
        """The entities whose rows a write changes: its own, and the logs that triggers append to."""
        return {entity.name} | {e.name for e in self._catalog.graph_entities() if e.append_only}


def _leads_to_others(planning: Planning, entity: Entity, node: FieldNode) -> bool:
    rows = as_list(planning.leaf("Mutation", node, "input").value)
    return is_tree(planning.catalog, entity, [field for field, _ in fields_of(rows)])


def _tree_step(plan: CreateTree) -> TreeStep:
    if isinstance(plan.answer, Changes):
        return TreeStep(plan, render_tree(plan), render_read_back_many(plan.answer, WRITTEN_KEY))
    return TreeStep(plan, render_tree(plan), read_back(plan.root.entity, plan.answer))


def read_back(entity: Entity, selection: Selection) -> Statement:
    """Reads a selection of the row whose key is WRITTEN_KEY."""
    return render_reads([ReadOne("", Compare(Own(entity.key), "eq", WRITTEN_KEY), selection)])


def at_path(error: BulkheadError, path: ErrorPath) -> BulkheadError:
    """The error, placed in the response. A copy: what several requests wait for may fail them all at once."""
    placed = copy(error)
    placed.path = error.path or path
    placed.__cause__ = error.__cause__
    return placed


def _introspect(planning: Planning, nodes: Fields) -> Introspect:
    """Introspection goes through every type, so a selection of it weighs more. GraphiQL's whole query is some 250."""
    for node in nodes:
        spend_on(planning.document, node.selection_set, _STEPS_OF_INTROSPECTION)
    return Introspect(tuple(nodes))


def _sealing(write: Write) -> Sealing | None:
    match write:
        case Create(values=values) if has_secrets(values):
            return Sealing(None, _made_key(write.entity, values))
        case Update(where=where, values=values) if has_secrets(values):
            return Sealing(render_lock(write.entity, where, [write.entity.key]), None)
        case Upsert(values=values, updates=updates) if has_secrets((*values, *updates)):
            find = render_lock(write.entity, write.where, [write.entity.key]) if has_secrets(updates) else None
            return Sealing(find, _made_key(write.entity, values))
    return None


def _made_key(entity: Entity, values: Iterable[Assignment]) -> Slot:
    return next((a.slot for a in values if a.column is entity.key), WRITTEN_KEY)


def _plain_fields(planning: Planning, function: Operation, nodes: Fields) -> Iterator[tuple[str, str | None]]:
    type_ = planning.type_of(get_type_hints(function)["return"].__name__)
    for key, fields in collect_fields(planning.document, type_, sub_selections(nodes)).items():
        name = fields[0].name.value
        yield key, None if name == "__typename" else snake(name)
