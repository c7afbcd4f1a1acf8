"""The GraphQL types of aggregates: `UserStats`, its groups, what groups are chosen and ordered by; and orders of rows.

In: an entity of the catalog.  Out: types in the room.
"""

from app.catalog.facts import Column, Entity, Kind
from app.catalog.names import screaming
from app.graph.building import Argument, Field, TypeRoom
from app.graph.filter_types import connectives, filter_of
from app.graph.names import item_type, value_type
from app.plan.aggregates import TYPE_NAMES, group_keys, groupable_columns, measured_columns
from app.plan.expressions import FUNCTIONS, Function, Measure

_DOCS: dict[str, str] = {
    "countDistinct": "How many different values; null is none.",
    "sum": "The sum; null of no values.",
    "avg": "The mean; null of no values.",
    "min": "The least value; null of no values.",
    "max": "The greatest value; null of no values.",
}
# Functions over the same columns share their inputs.
_INPUTS: dict[str, str] = {
    "countDistinct": "DistinctCounts",
    "sum": "Numbers",
    "avg": "Numbers",
    "min": "Extremes",
    "max": "Extremes",
}
Measured = list[tuple[Function, list[Column]]]
"""The functions that go over columns of an entity, with those columns."""

_NULLS = Field("nulls", "NullsOrder", "Where nulls stand.")


def add_stats_types(room: TypeRoom, entity: Entity) -> None:
    """Every type of an entity's aggregates, and the orders of its rows."""
    measured = [(function, columns) for function in FUNCTIONS if (columns := measured_columns(entity, function))]
    _add_measures(room, entity, measured)
    _add_groups(room, entity, measured)
    _add_having(room, entity, measured)
    _add_orders(room, entity, measured)


def stats_arguments(entity: Entity) -> tuple[Argument, ...]:
    """The arguments of a stats field."""
    return (Argument("where", f"{entity.name}Where", "Over which rows."),)


def _measures(entity: Entity, measured: Measured) -> list[Field]:
    count = Field("count", "Int!", "How many rows.")
    return [count, *(Field(f, f"{entity.name}{TYPE_NAMES[f]}!", _DOCS[f]) for f, _ in measured)]


def _add_measures(room: TypeRoom, entity: Entity, measured: Measured) -> None:
    for function, columns in measured:
        name = entity.name + TYPE_NAMES[function]
        if name not in room:
            fields = [Field(c.field or "", _measured(function, c), c.doc) for c in columns]
            room.add_object(name, fields, f"A number or value of each column, over {entity.name} rows.")


def _measured(function: Function, column: Column) -> str:
    type_ = Measure(function, column).type
    return value_type(type_, required=not type_.nullable)


def _add_groups(room: TypeRoom, entity: Entity, measured: Measured) -> None:
    name, keys = entity.name, group_keys(entity)
    members = {screaming(field): field for field in keys}
    room.add_words(f"{name}GroupBy", members, f"What {name} can be grouped by.")
    columns = {screaming(c.field or ""): c.field or "" for c in groupable_columns(entity)}
    room.add_words(f"{name}Column", columns, f"A column of {name}.")
    key_fields = [
        Field(field, item_type(column), column.doc if unit is None else f"When the {unit} began.")
        for field, (column, unit) in keys.items()
    ]
    room.add_object(f"{name}GroupKeys", key_fields, "What a group shares; null for what it was not grouped by.")
    shared = Field("keys", f"{name}GroupKeys!", "What its rows share.")
    room.add_object(f"{name}Group", [shared, *_measures(entity, measured)], f"{name} rows that share their keys.")
    arguments = (
        Argument("by", f"[{name}GroupBy!]!", "What the rows of a group share."),
        Argument("having", f"{name}Having", "Which groups."),
        Argument("orderBy", f"[{name}GroupOrderBy!]", "In which order; in the end by key."),
        Argument("first", "Int", "How many groups; without it, as many as a page has rows."),
        Argument("offset", "Int", "How many groups to pass over."),
        Argument("timeZone", "String", "Where hours, days, weeks and months begin: `Europe/Berlin`; UTC without."),
    )
    groups = Field("groups", f"[{name}Group!]!", "Numbers by key.", arguments)
    room.add_object(f"{name}Stats", [*_measures(entity, measured), groups], f"Numbers over {name} rows.")


def _add_having(room: TypeRoom, entity: Entity, measured: Measured) -> None:
    name = entity.name
    fields = [Field("count", "IntFilter", "How many rows.")]
    for function, columns in measured:
        filters = f"{name}{_INPUTS[function]}Having"
        if filters not in room:
            members = [Field(c.field or "", _measure_filter(room, function, c), c.doc) for c in columns]
            room.add_input(filters, members, f"Conditions on measures of {name} columns.")
        fields.append(Field(function, filters, _DOCS[function]))
    doc = f"Conditions on groups of {name}; all have to hold."
    room.add_input(f"{name}Having", [*fields, *connectives(f"{name}Having")], doc)


def _measure_filter(room: TypeRoom, function: Function, column: Column) -> str:
    if function in ("sum", "avg"):
        return "FloatFilter"
    return "IntFilter" if function == "countDistinct" else filter_of(room, column)


def _add_orders(room: TypeRoom, entity: Entity, measured: Measured) -> None:
    """`UserOrderBy` for rows, `UserEdgeOrderBy` for rows at the other end of an edge, `UserGroupOrderBy` for groups."""
    name = entity.name
    sortable = [v for v in entity.values if not v.array and v.kind not in (Kind.JSON, Kind.VECTOR)]
    orders = [Field(v.field or "", "Direction", v.doc) for v in sortable]
    for edge in entity.edges:
        target = f"{edge.target_name}EdgeOrderBy" if edge.many else f"{edge.target_name}OrderBy"
        orders.append(Field(edge.field, target, edge.doc))
    room.add_input(
        f"{name}OrderBy", [*orders, _NULLS], "One thing to order by; list several terms to order by several."
    )
    measures = [Field("count", "Direction", "How many rows.")]
    for function, columns in measured:
        terms = f"{name}{_INPUTS[function]}OrderBy"
        if terms not in room:
            members = [Field(c.field or "", "Direction", c.doc) for c in columns]
            room.add_input(terms, members, "One column to order by a measure of.")
        measures.append(Field(function, terms, _DOCS[function]))
    room.add_input(f"{name}EdgeOrderBy", [*measures, _NULLS], f"One measure of the {name} rows at the other end.")
    keys = [Field(field, "Direction") for field in group_keys(entity)]
    room.add_input(f"{name}GroupKeysOrderBy", keys, "One key to order groups by.")
    by_key = Field("keys", f"{name}GroupKeysOrderBy", "What the rows of a group share.")
    room.add_input(f"{name}GroupOrderBy", [by_key, *measures, _NULLS], "One thing to order groups by.")
