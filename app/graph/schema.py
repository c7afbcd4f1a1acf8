"""The GraphQL schema, derived from the catalog, with the domains' operations.

In: Catalog.  Out: GraphQLSchema.  It is the contract: SDL, validation, introspection and GraphiQL come from it.
What follows from an entity is made of graphql-core's own types (building.py); Strawberry converts what domains write in
Python (python_types.py). No field has a resolver: an operation is compiled (execution.py).
"""

from collections.abc import Iterable, Iterator

from graphql import (
    DirectiveLocation,
    GraphQLDirective,
    GraphQLSchema,
    is_specified_directive,
    print_type,
    specified_directives,
)
from graphql.utilities.print_schema import is_defined_type, print_directive

from app.catalog.facts import Catalog, Entity
from app.catalog.names import screaming
from app.graph.building import Argument, Field, TypeRoom
from app.graph.entity_types import add_entity_types, add_nested_types, add_shared_types, add_unions, page_arguments
from app.graph.names import changes_type, many_fields, stats_field, write_fields
from app.graph.operations import operation_field
from app.graph.python_types import PythonTypes
from app.graph.search_types import search_fields
from app.graph.stats_types import stats_arguments
from app.plan.writes import IF_VERSION, default_key

_ONE_OF = "directive @oneOf on INPUT_OBJECT"
"""Declared for readers who know it not yet: it is younger than the specification of 2021."""

ATOMIC = GraphQLDirective(
    "atomic",
    [DirectiveLocation.MUTATION],
    description="All fields of the mutation, or none: when one fails, all are undone.",
)
DRY_RUN = GraphQLDirective(
    "dryRun",
    [DirectiveLocation.MUTATION],
    description="Answers as if, and keeps nothing. As with @atomic, one failure fails all.",
)

_VERSION_DOC = "Only if the row is of this version; else a CONFLICT, which says its `currentVersion`."
INCLUDE_DELETED = GraphQLDirective(
    "includeDeleted",
    [DirectiveLocation.QUERY],
    description="Reads deleted rows like others, wherever they stand. For administrators.",
)

_NODE_FIELDS = (
    Field("node", "Node", "The object with this id, whatever it is; or null.", (Argument("id", "ID!"),)),
    Field(
        "nodes",
        "[Node]",
        "The objects with these ids, in their order; null for each that is not there.",
        (Argument("ids", "[ID!]!"),),
    ),
)


def build_schema(catalog: Catalog) -> GraphQLSchema:
    """The schema of a catalog."""
    room = TypeRoom()
    types = PythonTypes(room)
    add_shared_types(room, catalog)
    entities = list(catalog.graph_entities())
    for entity in entities:
        add_entity_types(room, types, catalog, entity)
    add_unions(room, catalog)
    add_nested_types(room, catalog)
    queries = [*_NODE_FIELDS, *(field for e in entities for field in _query_fields(e))]
    room.add_object("Query", queries, "What can be read.")
    mutations = [field for e in entities for field in _mutation_fields(e)]
    mutations += [operation_field(types, catalog, name, function) for name, function in catalog.operations.items()]
    room.add_object("Mutation", mutations, "What can be done.")
    room.tie()
    return GraphQLSchema(
        room["Query"],
        room["Mutation"],
        types=[room[e.name] for e in entities],
        directives=[*specified_directives, *_directives(entities)],
    )


def _directives(entities: Iterable[Entity]) -> Iterator[GraphQLDirective]:
    yield from (ATOMIC, DRY_RUN)
    if any(entity.deleted for entity in entities):
        yield INCLUDE_DELETED


def print_sdl(schema: GraphQLSchema) -> str:
    """The schema as `schema.graphql` holds it."""
    types = [type_ for _, type_ in sorted(schema.type_map.items()) if is_defined_type(type_)]
    directives = (print_directive(d) for d in schema.directives if not is_specified_directive(d))
    return "\n\n".join([_ONE_OF, *directives, *map(print_type, types)]) + "\n"


def _query_fields(entity: Entity) -> Iterator[Field]:
    by = Argument("by", f"{entity.name}Key!")
    name = entity.name
    yield Field(entity.singular_field, name, f"One {name}, or null.", (by,))
    yield Field(entity.plural_field, f"{name}Connection", f"A page of {name}.", page_arguments(entity))
    yield Field(stats_field(entity), f"{name}Stats", f"Numbers over {name}.", stats_arguments(entity))
    yield from search_fields(entity)


def _mutation_fields(entity: Entity) -> Iterator[Field]:
    name = entity.name
    by = Argument("by", f"{name}Key!", "Which one.")
    version = (Argument(IF_VERSION, "Int", _VERSION_DOC),) if entity.version else ()
    arguments = {
        "create": (Argument("input", f"{name}Create!"),),
        "update": (by, Argument("set", f"{name}Set!", "What to change."), *version),
        "upsert": (
            Argument("create", f"{name}Create!", "The row, when there is none yet."),
            Argument("update", f"{name}Set", "What to change when there is one; else as `create`."),
            Argument("on", f"{name}Unique", _on_doc(entity)),
            *version,
        ),
        "delete": (by, *version),
        "restore": (Argument(entity.key.field or "id", "ID!", "Which one."),),
    }
    docs = {
        "create": f"Makes a {name}.",
        "update": f"Changes a {name}.",
        "upsert": f"Makes a {name}, or changes the one that is there.",
        "delete": f"Deletes a {name} and answers what it was.",
        "restore": f"Takes back that a {name} was deleted, and answers it.",
    }
    for field_name, kind in write_fields(entity).items():
        yield Field(field_name, name, docs[kind], arguments[kind])
    yield from _many_fields(entity)


def _many_fields(entity: Entity) -> Iterator[Field]:
    name = entity.name
    where = Argument("where", f"{name}Where!", "Which ones; `{}` is all of them.")
    most = Argument(
        "maxAffected", "Int", "When more rows than this meet the condition, none is touched; 100 unless given."
    )
    arguments = {
        "create": (Argument("input", f"[{name}Create!]!", "The rows."),),
        "update": (where, Argument("set", f"{name}Set!", "What to change."), most),
        "delete": (where, most),
    }
    docs = {
        "create": f"Makes many rows of {name}, or none.",
        "update": f"Changes all rows of {name} that meet a condition, of those that the caller may change.",
        "delete": f"Deletes all rows of {name} that meet a condition, of those that the caller may delete.",
    }
    for field_name, kind in many_fields(entity).items():
        yield Field(field_name, changes_type(entity), docs[kind], arguments[kind])


def _on_doc(entity: Entity) -> str:
    return f"The key that tells whether there is one; {screaming(default_key(entity).field)} without it."
