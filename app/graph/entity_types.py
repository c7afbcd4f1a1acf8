"""The GraphQL types that follow from an entity: the object, its pages and stats, its filters and inputs.

In: an entity of the catalog.  Out: types in the room.
"""

from collections.abc import Iterator

from app.catalog.facts import Catalog, Column, Edge, Entity
from app.catalog.names import screaming
from app.graph.building import Argument, Field, TypeRoom
from app.graph.filter_types import add_conditions, add_shared_filters
from app.graph.names import changes_type, many_fields, nested_type, value_type
from app.graph.python_types import PythonTypes
from app.graph.search_types import add_search_input, add_search_types
from app.graph.stats_types import add_stats_types, stats_arguments
from app.plan.reads import STATS_SUFFIX
from app.plan.trees import Nestable, nestable_edges
from app.plan.writes import CHANGES, keys_of

_DOCS = {
    "increment": "What is added to numbers; one that is null counts as 0.",
    "append": "What is added at the end of lists.",
    "remove": "What is taken out of lists, wherever it stands.",
    "merge": "Members that JSON objects get, in the place of those of the same name.",
}


def add_shared_types(room: TypeRoom, catalog: Catalog) -> None:
    """What every entity's types refer to."""
    room.add_interface("Node", [Field("id", "ID!")], "An object with an id.")
    room.add_words("Direction", {"ASC": "ASC", "DESC": "DESC"}, "Which way a list is ordered.")
    nulls = "Where nulls stand in an order. Without it they count as larger than every value."
    room.add_words("NullsOrder", {"FIRST": "FIRST", "LAST": "LAST"}, nulls)
    room.add_object(
        "PageInfo",
        [
            Field("hasNextPage", "Boolean!", "Whether rows follow this page."),
            Field("hasPreviousPage", "Boolean!", "Whether rows come before this page."),
            Field("startCursor", "Cursor", "The first row's cursor; null on an empty page."),
            Field("endCursor", "Cursor", "The last row's cursor; null on an empty page."),
        ],
        "Where a page stands in its list.",
    )
    add_shared_filters(room)
    if any(entity.search or entity.nearest for entity in catalog.graph_entities()):
        add_search_input(room)


def add_entity_types(room: TypeRoom, types: PythonTypes, catalog: Catalog, entity: Entity) -> None:
    """Every type that follows from the entity."""
    for value in entity.values:
        if value.enum:
            room.add_enum(value.enum)
    _add_object(room, types, catalog, entity)
    _add_page_types(room, entity)
    add_stats_types(room, entity)
    add_conditions(room, entity)
    add_search_types(room, entity)
    _add_inputs(room, catalog, entity)
    _add_changes(room, entity)


def add_unions(room: TypeRoom, catalog: Catalog) -> None:
    """The unions that references lead to; their members are there already."""
    for entity in catalog.graph_entities():
        for reference in entity.references:
            if reference.union:
                room.add_union(reference.union, reference.targets, reference.doc)


def page_arguments(entity: Entity) -> tuple[Argument, ...]:
    """The arguments of a connection field."""
    return (
        Argument("where", f"{entity.name}Where", "Which rows."),
        Argument("orderBy", f"[{entity.name}OrderBy!]", "In which order; in the end by id."),
        Argument("distinctOn", f"[{entity.name}Column!]", "Of rows that share these, only the first."),
        Argument("first", "Int", "How many rows from the start."),
        Argument("after", "Cursor", "Only rows after this cursor."),
        Argument("last", "Int", "How many rows from the end."),
        Argument("before", "Cursor", "Only rows before this cursor."),
        Argument("offset", "Int", "How many rows to pass over."),
    )


def _add_object(room: TypeRoom, types: PythonTypes, catalog: Catalog, entity: Entity) -> None:
    fields = [Field(v.field or "", value_type(v, required=not v.nullable), v.doc) for v in entity.values]
    for edge in entity.edges:
        fields += _edge_fields(catalog, edge)
    fields += [Field(r.field, r.union or "Node", r.doc) for r in entity.references]
    fields += [Field(c.field, types.nullable(c.answer), c.doc) for c in entity.custom]
    room.add_object(entity.name, fields, entity.doc, interfaces=("Node",))


def _edge_fields(catalog: Catalog, edge: Edge) -> Iterator[Field]:
    target = catalog[edge.target_name]
    if not edge.many:
        yield Field(edge.field, f"{target.name}!" if edge.visible else target.name, edge.doc)
        return
    yield Field(edge.field, f"{target.name}Connection!", edge.doc, page_arguments(target))
    yield Field(edge.field + STATS_SUFFIX, f"{target.name}Stats!", None, stats_arguments(target))


def _add_page_types(room: TypeRoom, entity: Entity) -> None:
    name = entity.name
    room.add_object(
        f"{name}Edge",
        [Field("cursor", "Cursor!", "Where the row stands in the list."), Field("node", f"{name}!", "The row.")],
        f"A {name} in a list.",
    )
    room.add_object(
        f"{name}Connection",
        [
            Field("nodes", f"[{name}!]!", "The page's rows."),
            Field("edges", f"[{name}Edge!]!", "The page's rows with their cursors."),
            Field("pageInfo", "PageInfo!", "Where the page stands in the list."),
            Field("totalCount", "Int!", "How many rows the whole list has, counted up to a cap; 10,000 unless set."),
            Field("totalCountIsExact", "Boolean!", "Whether the list has no more rows than were counted."),
        ],
        f"A page of a list of {name}.",
    )


def _add_inputs(room: TypeRoom, catalog: Catalog, entity: Entity) -> None:
    name, keys = entity.name, keys_of(entity)
    key_fields = [Field(k.field, value_type(k.columns[0], required=False)) for k in keys]
    room.add_input(
        f"{name}Key", key_fields, f"What tells one {name} from the others: one of these.", one_of=True, row=True
    )
    if entity.access.create:
        edges = list(nestable_edges(catalog, entity))
        # The id of a row that can be given under its edge as well is asked for when the request is planned.
        either = {e.column for e in edges if not e.edge.many}
        fields = [
            Field(c.field or "", value_type(c, required=c.is_required and c not in either), _input_doc(c))
            for c in entity.creatable
        ]
        fields += [Field(e.edge.field, nested_type(e.target, many=e.edge.many), _nested_doc(e)) for e in edges]
        room.add_input(f"{name}Create", fields, f"A new {name}.", row=True)
        words = {screaming(k.field): k.field for k in keys}
        room.add_words(f"{name}Unique", words, f"The keys that upsert{name} can go by.")
    if entity.access.update:
        fields = [Field(c.field or "", value_type(c, required=False), _input_doc(c)) for c in entity.updatable]
        fields += _add_change_inputs(room, entity)
        room.add_input(f"{name}Set", fields, f"What to change of a {name}; what is left out stays.")


def _input_doc(column: Column) -> str | None:
    """What a column is, and what it takes."""
    takes = f"{column.takes[0].upper()}{column.takes[1:]}." if column.takes else None
    return " ".join(filter(None, (column.doc, takes))) or None


def _add_change_inputs(room: TypeRoom, entity: Entity) -> Iterator[Field]:
    """What is done to values that are there, by word; nothing for a word that no column of the entity takes."""
    for word, (_, takes) in CHANGES.items():
        columns = [c for c in entity.updatable if takes(c)]
        if columns:
            type_ = f"{entity.name}{word.capitalize()}"
            room.add_input(type_, [Field(c.field or "", value_type(c, required=False)) for c in columns], _DOCS[word])
            yield Field(word, type_, _DOCS[word])


def _add_changes(room: TypeRoom, entity: Entity) -> None:
    if many_fields(entity):
        fields = [
            Field("count", "Int!", "How many rows."),
            Field(
                "nodes",
                f"[{entity.name}!]!",
                "The rows: new ones in the order they were given, deleted ones as they were.",
            ),
        ]
        room.add_object(changes_type(entity), fields, f"What a mutation did to rows of {entity.name}.")


def add_nested_types(room: TypeRoom, catalog: Catalog) -> None:
    """What can be given under an edge of a new row, for every entity that such an edge leads to."""
    leading: dict[tuple[Entity, bool], list[Nestable]] = {}
    for entity in catalog.graph_entities():
        for nestable in nestable_edges(catalog, entity) if entity.access.create else ():
            leading.setdefault((nestable.target, nestable.edge.many), []).append(nestable)
    for (target, many), edges in leading.items():
        _add_nested_type(room, target, edges, many=many)


def _add_nested_type(room: TypeRoom, target: Entity, edges: list[Nestable], *, many: bool) -> None:
    one, list_of = target.name, "[{}!]" if many else "{}"
    fields = []
    if any(e.creates for e in edges):
        fields.append(Field("create", list_of.format(f"{one}Create"), "New ones." if many else "A new one."))
    if any(e.connects for e in edges):
        doc = "Some that are there; they come under the new row." if many else "One that is there."
        fields.append(Field("connect", list_of.format(f"{one}Key"), doc))
    doc = f"Rows of {one} under a new row." if many else f"The {one} that a new row leads to."
    room.add_input(nested_type(target, many=many), fields, doc, one_of=not many)


def _nested_doc(nestable: Nestable) -> str | None:
    column = nestable.column
    return nestable.edge.doc if nestable.edge.many else f"In the place of `{column.field}`."
