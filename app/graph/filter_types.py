"""The GraphQL inputs that rows are chosen by: filters of values, and the conditions of an entity.

In: an entity of the catalog.  Out: input types in the room.
"""

from app.catalog.facts import Column, Computed, Entity, Kind
from app.graph.building import Field, TypeRoom
from app.graph.names import SCALAR_NAMES

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
_LISTS = ("in", "notIn", "hasEvery", "hasSome")
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
    "has": "Has this item.",
    "hasEvery": "Has all of these items; holds for every list when there are none.",
    "hasSome": "Has one of these items; holds for none when there are none.",
}
_IS_NULL = Field("isNull", "Boolean", "Whether it is null.")
_ON_VALUE = "Conditions on a value; all that are given have to hold."


def add_shared_filters(room: TypeRoom) -> None:
    """The filters of values that are no entity's own."""
    for kind, name in _FILTER_NAMES.items():
        operators: tuple[str, ...] = _EQUALITY if kind is not Kind.BOOL else ("eq", "ne")
        operators += _ORDER if kind is not Kind.BOOL else ()
        operators += _TEXT if kind is Kind.TEXT else ()
        _add_filter(room, name, SCALAR_NAMES[kind], operators)
        _add_list_filter(room, name, SCALAR_NAMES[kind])
    at = Field("at", "[String!]!", 'The keys, and places in lists, that lead there: `["lastError", "code"]`.')
    room.add_input(
        "JSONPathFilter",
        [
            at,
            *_operators("JSON", (*_EQUALITY, *_ORDER)),
            Field("isNull", "Boolean", "Whether nothing is there."),
        ],
        "Conditions on a value inside JSON. Less and greater compare numbers with numbers, texts with texts.",
    )
    contains = Field("contains", "JSON", "Has these members, at any depth below the same keys.")
    path = Field("path", "JSONPathFilter", "A value inside.")
    room.add_input("JSONFilter", [contains, path, _IS_NULL], "Conditions on JSON; all that are given have to hold.")
    room.add_input("NullFilter", [_IS_NULL], "Whether there is a value at all.")


def filter_of(room: TypeRoom, value: Column | Computed) -> str:
    """The name of the filter of a value; an enum's is made when it is first asked for."""
    if value.kind is Kind.VECTOR:
        return "NullFilter"
    if value.kind is Kind.JSON:
        return "NullFilter" if value.array else "JSONFilter"
    name = f"{value.enum.__name__}Filter" if value.enum else _FILTER_NAMES[value.kind]
    if value.enum and name not in room:
        _add_filter(room, name, value.enum.__name__, _EQUALITY)
        _add_list_filter(room, name, value.enum.__name__)
    return _list_filter(name) if value.array else name


def add_conditions(room: TypeRoom, entity: Entity) -> None:
    """`UserWhere`, and `UserEdgeWhere` for the edges that lead to users."""
    name = entity.name
    fields = [Field(v.field or "", filter_of(room, v), v.doc) for v in entity.values]
    for edge in entity.edges:
        where = f"{edge.target_name}EdgeWhere" if edge.many else f"{edge.target_name}Where"
        fields.append(Field(edge.field, where, edge.doc))
    if entity.search:
        fields.append(Field("matches", "TextMatch", "Full-text search finds it."))
    room.add_input(f"{name}Where", [*fields, *connectives(f"{name}Where")], f"Conditions on {name}; all have to hold.")
    quantifiers = [
        Field("some", f"{name}Where", "At least one of the rows is like this."),
        Field("every", f"{name}Where", "All rows are like this; holds when there are none."),
        Field("none", f"{name}Where", "None of the rows is like this."),
        Field("count", "IntFilter", "How many rows there are."),
    ]
    room.add_input(f"{name}EdgeWhere", quantifiers, f"Conditions on the {name} rows at the other end.")


def connectives(name: str) -> list[Field]:
    """`and`, `or`, `not` of an input of conditions."""
    return [
        Field("and", f"[{name}!]", "All of these hold; an empty list always does."),
        Field("or", f"[{name}!]", "One of these holds; an empty list never does."),
        Field("not", name, "This does not hold."),
    ]


def _operators(value: str, operators: tuple[str, ...]) -> list[Field]:
    return [Field(o, f"[{value}!]" if o in _LISTS else value, _OPERATOR_DOCS[o]) for o in operators]


def _add_filter(room: TypeRoom, name: str, value: str, operators: tuple[str, ...]) -> None:
    room.add_input(name, [*_operators(value, operators), _IS_NULL], _ON_VALUE)


def _add_list_filter(room: TypeRoom, name: str, value: str) -> None:
    fields = _operators(value, ("has", "hasEvery", "hasSome"))
    fields.append(Field("isEmpty", "Boolean", "Whether it has no items; of null, neither."))
    room.add_input(_list_filter(name), [*fields, _IS_NULL], "Conditions on a list; all that are given have to hold.")


def _list_filter(name: str) -> str:
    return name.removesuffix("Filter") + "ListFilter"
