"""The GraphQL types that follow from an entity: the object, its pages and stats, its filters and inputs.

In: an entity of the catalog.  Out: types in the room.
"""

from collections.abc import Iterator
from enum import Enum

import strawberry

from app.catalog.facts import Catalog, Column, Computed, Edge, Entity
from app.catalog.names import screaming
from app.graph.building import Argument, Field, TypeRoom, words
from app.graph.filter_types import SCALARS, add_conditions, add_shared_filters
from app.graph.operations import annotation_of
from app.graph.search_types import add_search_input, add_search_types
from app.graph.stats_types import add_stats_types, stats_arguments
from app.plan.reads import STATS_SUFFIX
from app.plan.writes import keys_of


class Direction(Enum):
    """Which way a list is ordered."""

    ASC = "ASC"
    DESC = "DESC"


class NullsOrder(Enum):
    """Where nulls stand in an order. Without it they count as larger than every value."""

    FIRST = "FIRST"
    LAST = "LAST"


@strawberry.interface(description="An object with an id.")
class Node:
    """An object with an id."""

    id: strawberry.ID


def add_shared_types(room: TypeRoom, catalog: Catalog) -> None:
    """What every entity's types refer to."""
    room.add("Node", Node)
    room.add_enum(Direction, structural=True)
    room.add_enum(NullsOrder, structural=True)
    room.add_object(
        "PageInfo",
        [
            Field("hasNextPage", "bool", "Whether rows follow this page."),
            Field("hasPreviousPage", "bool", "Whether rows come before this page."),
            Field("startCursor", "Optional[Cursor]", "The first row's cursor; null on an empty page."),
            Field("endCursor", "Optional[Cursor]", "The last row's cursor; null on an empty page."),
        ],
        "Where a page stands in its list.",
    )
    add_shared_filters(room)
    if any(entity.search or entity.nearest for entity in catalog.tenant_entities()):
        add_search_input(room)


def add_entity_types(room: TypeRoom, catalog: Catalog, entity: Entity) -> None:
    """Every type that follows from the entity."""
    for value in entity.values:
        if value.enum:
            room.add_enum(value.enum)
    _add_object(room, catalog, entity)
    _add_page_types(room, entity)
    add_stats_types(room, entity)
    add_conditions(room, entity)
    add_search_types(room, entity)
    _add_inputs(room, entity)


def add_unions(room: TypeRoom, catalog: Catalog) -> None:
    """The unions that references lead to; their members are there already."""
    for entity in catalog.tenant_entities():
        for reference in entity.references:
            if reference.union:
                room.add_union(reference.union, reference.targets, reference.doc)


def page_arguments(entity: Entity) -> tuple[Argument, ...]:
    """The arguments of a connection field."""
    return (
        Argument("where", f"Optional[{entity.name}Where]", "Which rows."),
        Argument("orderBy", f"Optional[list[{entity.name}OrderBy]]", "In which order; in the end by id."),
        Argument("distinctOn", f"Optional[list[{entity.name}Column]]", "Of rows that share these, only the first."),
        Argument("first", "Optional[int]", "How many rows from the start."),
        Argument("after", "Optional[Cursor]", "Only rows after this cursor."),
        Argument("last", "Optional[int]", "How many rows from the end."),
        Argument("before", "Optional[Cursor]", "Only rows before this cursor."),
        Argument("offset", "Optional[int]", "How many rows to pass over."),
    )


def _output(column: Column | Computed) -> str:
    value = column.enum.__name__ if column.enum else SCALARS[column.kind]
    value = f"list[{value}]" if column.array else value
    return f"Optional[{value}]" if column.nullable else value


def _input(column: Column, *, required: bool) -> str:
    value = column.enum.__name__ if column.enum else SCALARS[column.kind]
    value = f"list[{value}]" if column.array else value
    return value if required else f"Optional[{value}]"


def _add_object(room: TypeRoom, catalog: Catalog, entity: Entity) -> None:
    fields = [Field(v.field or "", _output(v) if v is not entity.key else "ID", v.doc) for v in entity.values]
    for edge in entity.edges:
        fields += _edge_fields(catalog, edge)
    fields += [Field(r.field, f"Optional[{r.union or 'Node'}]", r.doc) for r in entity.references]
    fields += [Field(c.field, f"Optional[{annotation_of(c.answer)}]", c.doc) for c in entity.custom]
    room.add_object(entity.name, fields, entity.doc, bases=(Node,))


def _edge_fields(catalog: Catalog, edge: Edge) -> Iterator[Field]:
    target = catalog[edge.target_name]
    if not edge.many:
        yield Field(edge.field, target.name if edge.visible else f"Optional[{target.name}]", edge.doc)
        return
    yield Field(edge.field, f"{target.name}Connection", edge.doc, page_arguments(target))
    yield Field(edge.field + STATS_SUFFIX, f"{target.name}Stats", None, stats_arguments(target))


def _add_page_types(room: TypeRoom, entity: Entity) -> None:
    name = entity.name
    room.add_object(
        f"{name}Edge",
        [Field("cursor", "Cursor", "Where the row stands in the list."), Field("node", name, "The row.")],
        f"A {name} in a list.",
    )
    room.add_object(
        f"{name}Connection",
        [
            Field("nodes", f"list[{name}]", "The page's rows."),
            Field("edges", f"list[{name}Edge]", "The page's rows with their cursors."),
            Field("pageInfo", "PageInfo", "Where the page stands in the list."),
            Field("totalCount", "int", "How many rows the whole list has, counted up to a cap; 10,000 unless set."),
            Field("totalCountIsExact", "bool", "Whether the list has no more rows than were counted."),
        ],
        f"A page of a list of {name}.",
    )


def _add_inputs(room: TypeRoom, entity: Entity) -> None:
    name, keys = entity.name, keys_of(entity)
    key_fields = [Field(k.field, f"Optional[{_input(k.columns[0], required=True)}]") for k in keys]
    room.add_input(f"{name}Key", key_fields, f"What tells one {name} from the others: one of these.", one_of=True)
    if entity.access.create:
        fields = [Field(c.field or "", _input(c, required=_required(c)), c.doc) for c in entity.creatable]
        room.add_input(f"{name}Create", fields, f"A new {name}.")
        members = {screaming(k.field): k.field for k in keys}
        room.add_enum(words(f"{name}Unique", members, f"The keys that upsert{name} can go by."), structural=True)
    if entity.access.update:
        fields = [Field(c.field or "", _input(c, required=False), c.doc) for c in entity.updatable]
        room.add_input(f"{name}Set", fields, f"What to change of a {name}; what is left out stays.")


def _required(column: Column) -> bool:
    return not column.nullable and column.default is None
