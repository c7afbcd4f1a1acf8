"""The domains' operations as probes: each called with arguments made from its types and names.

An argument names a row when it is called like a column that does: `connection_id` a Connection, `sync_id` a SyncJob.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_type_hints
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from app.catalog import Column, Entity
from app.catalog.names import camel, snake
from app.graph.schema import build_schema
from tests.isolation.rows import CATALOG, GRAPH_ENTITIES, Values, as_input, as_json

MUTATIONS: GraphQLObjectType = build_schema(CATALOG).type_map["Mutation"]  # type: ignore[assignment]

_SCALARS = {"String": "text", "Int": 1, "Float": 1.0, "Boolean": True, "JSON": {"message": "made"}}

NewRow = Callable[..., Awaitable[Values]]
"""Makes a row of an entity, with the values given by name, and tells all of its values."""


@dataclass(frozen=True)
class OperationProbe:
    """A call of an operation. `aimed` is the argument that names the row aimed at; None calls with own rows only."""

    name: str
    document: str
    arguments: Mapping[str, GraphQLArgument]
    rows: Mapping[str, tuple[Entity, Column]]
    aimed: str | None

    @property
    def aims_at(self) -> Entity:
        assert self.aimed is not None
        return self.rows[self.aimed][0]

    async def variables(self, target: Mapping[str, Any], new_row: NewRow) -> dict[str, Any]:
        """The call's variables. Other arguments name new rows of the caller's own, which belong together."""
        own: dict[str, Values] = {}
        given: dict[str, Any] = {}
        for name, argument in self.arguments.items():
            if name not in self.rows:
                given[name] = await _value(argument.type, new_row)
                continue
            entity, column = self.rows[name]
            if name != self.aimed and entity.name not in own:
                known = {k.column.name: own[k.target_name]["id"] for k in entity.foreign_keys if k.target_name in own}
                own[entity.name] = await new_row(entity, **known)
            row = target if name == self.aimed else own[entity.name]
            given[name] = as_json(row[column.name])
        return given


def operation_probes() -> Iterator[OperationProbe]:
    """Every operation, once for each argument that names a row."""
    for call in operation_calls():
        for aimed in call.rows:
            yield replace(call, name=f"{call.name}({aimed})", aimed=aimed)


def operation_calls() -> Iterator[OperationProbe]:
    """Every operation, called with the caller's own rows."""
    for name, function in CATALOG.operations.items():
        hints = {camel(n): hint for n, hint in get_type_hints(function).items()}
        arguments = {a: argument for a, argument in MUTATIONS.fields[name].args.items() if a in hints}
        rows = {a: found for a in arguments if (found := _named_by(snake(a), hints[a])) is not None}
        yield OperationProbe(name, _document(name), arguments, rows, None)


def _document(name: str) -> str:
    """A call of the operation, with a variable for each argument."""
    field = MUTATIONS.fields[name]
    variables = ", ".join(f"${a}: {argument.type}" for a, argument in field.args.items())
    given = ", ".join(f"{a}: ${a}" for a in field.args)
    return f"mutation ({variables}) {{ {name}({given}) {{ __typename }} }}"


def _named_by(argument: str, hint: Any) -> tuple[Entity, Column] | None:
    for entity in GRAPH_ENTITIES:
        if UUID in (hint, *getattr(hint, "__args__", ())):
            references = {
                key.column.name for e in GRAPH_ENTITIES for key in e.foreign_keys if key.target_name == entity.name
            }
            if argument in {f"{snake(entity.name)}_id", *references}:
                return entity, entity.key
        elif column := next((u.columns[0] for u in entity.uniques if u.columns[0].name == argument), None):
            return entity, column
    return None


async def _value(type_: GraphQLInputType, new_row: NewRow) -> Any:
    if isinstance(type_, GraphQLNonNull):
        return await _value(type_.of_type, new_row)
    if isinstance(type_, GraphQLList):
        return [await _value(type_.of_type, new_row)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        return await _new_input(CATALOG[type_.name.removesuffix("Create")], new_row)
    return _SCALARS[type_.name]


async def _new_input(entity: Entity, new_row: NewRow) -> dict[str, Any]:
    row = await new_row(entity)
    return {k: v for k, v in as_input(entity, row).items() if k != entity.key.field}
