"""The GraphQL schema: a Strawberry schema derived from the catalog, with the domains' operations.

In: Catalog.  Out: strawberry.Schema.  It is the contract: SDL, validation, introspection and GraphiQL come from it.
No field of an entity has a resolver: an operation is compiled (execution.py) before graphql-core would call one.
"""

from collections.abc import Callable, Iterable, Iterator

import strawberry
from graphql import GraphQLEnumType
from strawberry.extensions import SchemaExtension
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from app.catalog.facts import Catalog, Entity
from app.catalog.names import screaming
from app.graph.building import Argument, Field, TypeRoom
from app.graph.entity_types import add_entity_types, add_shared_types, add_unions, page_arguments
from app.graph.names import stats_field, write_fields
from app.graph.operations import add_operation_types, operation_field
from app.graph.scalars import SCALARS
from app.graph.search_types import search_fields
from app.graph.stats_types import stats_arguments
from app.plan.shape import STRUCTURAL
from app.plan.writes import default_key

_NODE_FIELDS = (
    Field("node", "Optional[Node]", "The object with this id, whatever it is; or null.", (Argument("id", "ID"),)),
    Field(
        "nodes",
        "Optional[list[Optional[Node]]]",
        "The objects with these ids, in their order; null for each that is not there.",
        (Argument("ids", "list[ID]"),),
    ),
)


class Schema(strawberry.Schema):
    """Strawberry's schema, whose errors are logged where requests are logged rather than twice."""

    def process_errors(self, errors: object, execution_context: object = None) -> None:
        """Does nothing: see app/web/logs.py."""


def build_schema(catalog: Catalog, extensions: Iterable[Callable[[], SchemaExtension]] = ()) -> Schema:
    """The schema of a catalog."""
    room = TypeRoom()
    add_shared_types(room, catalog)
    entities = list(catalog.tenant_entities())
    for entity in entities:
        add_entity_types(room, catalog, entity)
    add_unions(room, catalog)
    add_operation_types(room, catalog)
    queries = [*_NODE_FIELDS, *(field for e in entities for field in _query_fields(e))]
    room.add_object("Query", queries, "What can be read.")
    mutations = [field for e in entities for field in _mutation_fields(e)]
    mutations += [operation_field(name, function) for name, function in catalog.operations.items()]
    room.add_object("Mutation", mutations, "What can be done.")
    schema = Schema(
        query=room["Query"],
        mutation=room["Mutation"],
        types=[room[e.name] for e in entities],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=list(extensions),
    )
    _mark_structural_enums(schema, room)
    return schema


def print_sdl(schema: Schema) -> str:
    """The schema as `schema.graphql` holds it."""
    return print_schema(schema).strip() + "\n"


def _mark_structural_enums(schema: Schema, room: TypeRoom) -> None:
    for name in room.structural_enums:
        type_ = schema._schema.type_map.get(name)
        if isinstance(type_, GraphQLEnumType):
            type_.extensions[STRUCTURAL] = True


def _query_fields(entity: Entity) -> Iterator[Field]:
    by = Argument("by", f"{entity.name}Key")
    name = entity.name
    yield Field(entity.singular_field, f"Optional[{name}]", f"One {name}, or null.", (by,))
    yield Field(entity.plural_field, f"Optional[{name}Connection]", f"A page of {name}.", page_arguments(entity))
    yield Field(stats_field(entity), f"Optional[{name}Stats]", f"Numbers over {name}.", stats_arguments(entity))
    yield from search_fields(entity)


def _mutation_fields(entity: Entity) -> Iterator[Field]:
    name = entity.name
    by = Argument("by", f"{name}Key", "Which one.")
    arguments = {
        "create": (Argument("input", f"{name}Create"),),
        "update": (by, Argument("set", f"{name}Set", "What to change.")),
        "upsert": (
            Argument("create", f"{name}Create", "The row, when there is none yet."),
            Argument("update", f"Optional[{name}Set]", "What to change when there is one; else as `create`."),
            Argument("on", f"Optional[{name}Unique]", _on_doc(entity)),
        ),
        "delete": (by,),
    }
    docs = {
        "create": f"Makes a {name}.",
        "update": f"Changes a {name}.",
        "upsert": f"Makes a {name}, or changes the one that is there.",
        "delete": f"Deletes a {name} and answers what it was.",
    }
    for field_name, kind in write_fields(entity).items():
        yield Field(field_name, f"Optional[{name}]", docs[kind], arguments[kind])


def _on_doc(entity: Entity) -> str:
    return f"The key that tells whether there is one; {screaming(default_key(entity).field)} without it."
