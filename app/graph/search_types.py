"""The GraphQL types and root fields of searches, for entities that declare them.

In: an entity of the catalog.  Out: types in the room, fields of Query.
"""

from collections.abc import Iterator

from app.catalog.facts import Entity
from app.catalog.names import screaming
from app.graph.building import Argument, Field, TypeRoom
from app.graph.names import nearest_field, search_field
from app.model.words import Metric

_QUERY = 'Words to look for: all of them, in any order; "a phrase"; this or that; -not this.'
_PREFIX = "Whether the last word may be the beginning of one, as while somebody types."


def add_search_input(room: TypeRoom) -> None:
    """What every search by words takes, and the metrics of vectors."""
    fields = [Field("query", "String!", _QUERY), Field("prefix", "Boolean", _PREFIX)]
    room.add_input("TextMatch", fields, "What full-text search looks for.")
    room.add_words("VectorMetric", {metric.name: metric for metric in Metric}, "How far two vectors lie apart.")


def add_search_types(room: TypeRoom, entity: Entity) -> None:
    """`NoteHit` of a search by words, `NoteNeighbour` of one by vectors."""
    name, node = entity.name, Field("node", f"{entity.name}!", "The row.")
    if entity.search:
        rank = Field("rank", "Float!", "How well the words fit; more is better.")
        snippet = Field("snippet", "String!", "Where they stand, as HTML: escaped text, the words in <mark>.")
        room.add_object(f"{name}Hit", [node, rank, snippet], f"A {name} that was found.")
    if entity.nearest:
        distance = Field("distance", "Float!", "How far it is, by the metric; less is nearer.")
        room.add_object(f"{name}Neighbour", [node, distance], f"A {name} near a vector.")
        columns = {screaming(index.column.field or ""): index.column.field or "" for index in entity.nearest}
        room.add_words(f"{name}Vector", columns, f"A vector of {name}.")


def search_fields(entity: Entity) -> Iterator[Field]:
    """The root fields."""
    name = entity.name
    page = (
        Argument("where", f"{name}Where", "Among which rows."),
        Argument("first", "Int", "How many rows."),
        Argument("offset", "Int", "How many rows to pass over."),
    )
    if entity.search:
        query = (Argument("query", "String!", _QUERY), Argument("prefix", "Boolean", _PREFIX))
        yield Field(search_field(entity), f"[{name}Hit!]", f"{name} by words, best first.", (*query, *page))
    if entity.nearest:
        to = (
            Argument("to", "[Float!]!", "The vector to be near to."),
            Argument("by", f"{name}Vector", "Which vector of the rows; the first one declared without it."),
            Argument("metric", "VectorMetric", "How to measure; without it as the vector's index does."),
        )
        yield Field(nearest_field(entity), f"[{name}Neighbour!]", f"{name} by vector, nearest first.", (*to, *page))
