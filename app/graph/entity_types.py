"""The GraphQL types that follow from an entity: the object, its pages and stats, its filters and inputs.

In: an entity of the catalog.  Out: types in the room.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any, cast

import strawberry

from app.catalog.facts import Catalog, Column, Edge, Entity, Kind
from app.catalog.names import screaming
from app.graph.building import Argument, Field, TypeRoom
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


_SCALARS = {
    Kind.UUID: "ID",
    Kind.TEXT: "str",
    Kind.INT: "int",
    Kind.FLOAT: "float",
    Kind.BOOL: "bool",
    Kind.TIMESTAMP: "DateTime",
    Kind.JSON: "JSON",
}
_FILTER_NAMES = {
    Kind.UUID: "IDFilter",
    Kind.TEXT: "StringFilter",
    Kind.INT: "IntFilter",
    Kind.FLOAT: "FloatFilter",
    Kind.BOOL: "BooleanFilter",
    Kind.TIMESTAMP: "DateTimeFilter",
}
_EQUALITY = ("eq", "ne", "in", "notIn")
_ORDER = ("lt", "lte", "gt", "gte")
_TEXT = ("contains", "startsWith", "endsWith", "iContains", "iStartsWith", "iEndsWith")
_OPERATOR_DOCS = {
    "eq": "Equal.",
    "ne": "Not equal; holds for null.",
    "in": "One of these; an empty list holds for nothing.",
    "notIn": "None of these; holds for null.",
    "lt": "Less than.",
    "lte": "Less than or equal.",
    "gt": "Greater than.",
    "gte": "Greater than or equal.",
    "contains": "Has this in it.",
    "startsWith": "Starts with this.",
    "endsWith": "Ends with this.",
    "iContains": "Has this in it, upper or lower case.",
    "iStartsWith": "Starts with this, upper or lower case.",
    "iEndsWith": "Ends with this, upper or lower case.",
}


def add_shared_types(room: TypeRoom) -> None:
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
    for kind, name in _FILTER_NAMES.items():
        operators: tuple[str, ...] = _EQUALITY if kind is not Kind.BOOL else ("eq", "ne")
        operators += _ORDER if kind not in (Kind.BOOL, Kind.UUID) else ()
        operators += _TEXT if kind is Kind.TEXT else ()
        _add_filter(room, name, _SCALARS[kind], operators)
    room.add_input("NullFilter", [_IS_NULL], "Whether there is a value at all.")


_IS_NULL = Field("isNull", "Optional[bool]", "Whether it is null.")


def _add_filter(room: TypeRoom, name: str, value: str, operators: tuple[str, ...]) -> None:
    fields = [
        Field(o, f"Optional[list[{value}]]" if o in ("in", "notIn") else f"Optional[{value}]", _OPERATOR_DOCS[o])
        for o in operators
    ]
    room.add_input(name, [*fields, _IS_NULL], "Conditions on a value; all that are given have to hold.")


def add_entity_types(room: TypeRoom, catalog: Catalog, entity: Entity) -> None:
    """Every type that follows from the entity."""
    for column in entity.fields:
        if column.enum:
            room.add_enum(column.enum)
            name = f"{column.enum.__name__}Filter"
            if name not in room:
                _add_filter(room, name, column.enum.__name__, _EQUALITY)
    _add_object(room, catalog, entity)
    _add_page_types(room, entity)
    _add_stats_types(room, entity)
    _add_conditions(room, entity)
    _add_inputs(room, entity)


def page_arguments(entity: Entity) -> tuple[Argument, ...]:
    """The arguments of a connection field."""
    return (
        Argument("where", f"Optional[{entity.name}Where]", "Which rows."),
        Argument("orderBy", f"Optional[list[{entity.name}OrderBy]]", "In which order; in the end by id."),
        Argument("first", "Optional[int]", "How many rows from the start."),
        Argument("after", "Optional[Cursor]", "Only rows after this cursor."),
        Argument("last", "Optional[int]", "How many rows from the end."),
        Argument("before", "Optional[Cursor]", "Only rows before this cursor."),
        Argument("offset", "Optional[int]", "How many rows to pass over."),
    )


def stats_arguments(entity: Entity) -> tuple[Argument, ...]:
    """The arguments of a stats field."""
    return (Argument("where", f"Optional[{entity.name}Where]", "Over which rows."),)


def _output(column: Column) -> str:
    value = column.enum.__name__ if column.enum else _SCALARS[column.kind]
    value = f"list[{value}]" if column.array else value
    return f"Optional[{value}]" if column.nullable else value


def _input(column: Column, *, required: bool) -> str:
    value = column.enum.__name__ if column.enum else _SCALARS[column.kind]
    value = f"list[{value}]" if column.array else value
    return value if required else f"Optional[{value}]"


def _add_object(room: TypeRoom, catalog: Catalog, entity: Entity) -> None:
    fields = [Field(c.field or "", _output(c) if c is not entity.key else "ID", c.doc) for c in entity.fields]
    for edge in entity.edges:
        fields += _edge_fields(catalog, edge)
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
            Field("totalCount", "int", "How many rows the whole list has; counted only when asked for."),
        ],
        f"A page of a list of {name}.",
    )


def _groupable(entity: Entity) -> list[Column]:
    return [c for c in entity.fields if not c.array and c.kind is not Kind.JSON]


def _add_stats_types(room: TypeRoom, entity: Entity) -> None:
    name, columns = entity.name, _groupable(entity)
    members = {screaming(c.field or ""): c.name for c in columns}
    room.add_enum(_words(f"{name}GroupBy", members, f"What {name} can be grouped by."), structural=True)
    keys = [Field(c.field or "", f"Optional[{_input(c, required=True)}]", c.doc) for c in columns]
    room.add_object(f"{name}GroupKeys", keys, "The values that a group shares; null for what it was not grouped by.")
    room.add_object(
        f"{name}Group",
        [Field("keys", f"{name}GroupKeys", "What its rows share."), Field("count", "int", "How many rows.")],
        f"{name} rows that share their keys.",
    )
    by = Argument("by", f"list[{name}GroupBy]", "What the rows of a group share.")
    first = Argument("first", "Optional[int]", "How many groups.")
    room.add_object(
        f"{name}Stats",
        [
            Field("count", "int", "How many rows."),
            Field("groups", f"list[{name}Group]", "Counts by key, ordered by key.", (by, first)),
        ],
        f"Numbers over {name} rows.",
    )


def _words(name: str, members: dict[str, str], doc: str) -> type[Enum]:
    """An enum made of names. `Enum(name, …)` cannot take a docstring on its own."""
    enum: type[Enum] = cast(Any, Enum)(name, members)  # mypy takes literal names only
    enum.__doc__ = doc
    return enum


def _add_conditions(room: TypeRoom, entity: Entity) -> None:
    name = entity.name
    fields = [Field(c.field or "", f"Optional[{f}]", c.doc) for c in entity.fields if (f := _filter_of(c))]
    for edge in entity.edges:
        where = f"{edge.target_name}EdgeWhere" if edge.many else f"{edge.target_name}Where"
        fields.append(Field(edge.field, f"Optional[{where}]", edge.doc))
    fields += [
        Field("and", f"Optional[list[{name}Where]]", "All of these hold; an empty list always does."),
        Field("or", f"Optional[list[{name}Where]]", "One of these holds; an empty list never does."),
        Field("not", f"Optional[{name}Where]", "This does not hold."),
    ]
    room.add_input(f"{name}Where", fields, f"Conditions on {name}; all that are given have to hold.")
    quantifiers = [
        Field(q, f"Optional[{name}Where]", f"{q.capitalize()} of the rows.") for q in ("some", "every", "none")
    ]
    room.add_input(f"{name}EdgeWhere", quantifiers, f"Conditions on the {name} rows at the other end.")
    orders = [Field(c.field or "", "Optional[Direction]", c.doc) for c in _groupable(entity)]
    orders.append(Field("nulls", "Optional[NullsOrder]", "Where nulls stand."))
    room.add_input(f"{name}OrderBy", orders, "One field to order by; list several terms to order by several.")


def _filter_of(column: Column) -> str | None:
    """The filter of a column; of arrays and JSON, only whether there is a value."""
    if column.array or column.kind is Kind.JSON:
        return "NullFilter" if column.nullable else None
    return f"{column.enum.__name__}Filter" if column.enum else _FILTER_NAMES[column.kind]


def _add_inputs(room: TypeRoom, entity: Entity) -> None:
    name, keys = entity.name, keys_of(entity)
    key_fields = [Field(k.field, f"Optional[{_input(k.columns[0], required=True)}]") for k in keys]
    room.add_input(f"{name}Key", key_fields, f"What tells one {name} from the others: one of these.", one_of=True)
    if entity.access.create:
        fields = [Field(c.field or "", _input(c, required=_required(c)), c.doc) for c in entity.creatable]
        room.add_input(f"{name}Create", fields, f"A new {name}.")
        members = {screaming(k.field): k.field for k in keys}
        room.add_enum(_words(f"{name}Unique", members, f"The keys that upsert{name} can go by."), structural=True)
    if entity.access.update:
        fields = [Field(c.field or "", _input(c, required=False), c.doc) for c in entity.updatable]
        room.add_input(f"{name}Set", fields, f"What to change of a {name}; what is left out stays.")


def _required(column: Column) -> bool:
    return not column.nullable and column.default is None
