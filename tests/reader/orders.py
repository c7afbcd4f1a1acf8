"""Orders of rows and of groups, and cursors, which are places in an order."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key, partial
from typing import Any, Generic, TypeVar

from app.catalog.facts import Entity, Kind
from tests.reader.filters import comparable
from tests.reader.measures import Group, key_of, measured
from tests.reader.rows import Row, Rows

Given = Mapping[str, Any]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Term(Generic[Item]):
    """What to order by: a value of an item, what kind it is, and which way it goes."""

    kind: Kind
    read: Callable[[Item], Any]
    descending: bool
    nulls_first: bool


Terms = Sequence[Term[Item]]


def row_terms(rows: Rows, entity: Entity, order_by: Iterable[Given] | None) -> list[Term[Row]]:
    """`orderBy` with the key in the end: where it stands already, what follows it is idle."""
    terms: list[Term[Row]] = []
    for item in order_by or ():
        terms.append(_row_term(rows, entity, item))
        if _only(item)[0] == entity.key.field:
            return terms
    descending = bool(terms) and terms[-1].descending
    return [*terms, Term(entity.key.kind, lambda row: row[entity.key.name], descending, nulls_first=False)]


def _row_term(rows: Rows, entity: Entity, item: Given) -> Term[Row]:
    name, given = _only(item)
    edge = entity.edge(name)
    if edge is None:
        return _term(entity.value(name).kind, lambda row: rows.value(entity, row, name), given, item.get("nulls"))
    target = rows.target(edge)
    if edge.many:
        (kind, over), direction = measured(target, *_only(given))
        term: Term[Row] = _term(kind, lambda row: over(rows.along(edge, row)), direction, given.get("nulls"))
    else:
        inner = _row_term(rows, target, given)
        term = replace(inner, read=lambda row: next((inner.read(there) for there in rows.along(edge, row)), None))
    nulls = item.get("nulls")
    return term if nulls is None else replace(term, nulls_first=nulls == "FIRST")


def group_terms(entity: Entity, by: Iterable[str], order_by: Iterable[Given] | None) -> list[Term[Group]]:
    """`orderBy` of groups, with all their keys in the end."""
    terms = [_group_term(entity, item) for item in order_by or ()]
    return [*terms, *(_key_term(entity, key_of(entity, member)[0], "ASC", None) for member in by)]


def _group_term(entity: Entity, item: Given) -> Term[Group]:
    name, given = _only(item)
    if name == "keys":
        return _key_term(entity, *_only(given), item.get("nulls"))
    (kind, over), direction = measured(entity, name, given)
    return _term(kind, lambda group: over(group.rows), direction, item.get("nulls"))


def _key_term(entity: Entity, field: str, direction: str, nulls: str | None) -> Term[Group]:
    column = next((column for column in entity.fields if column.field == field), None)
    kind = column.kind if column else Kind.TIMESTAMP  # of no column: the start of an hour, day, week or month
    return _term(kind, lambda group: group.keys[field], direction, nulls)


def _term(kind: Kind, read: Callable[[Item], Any], direction: str, nulls: str | None) -> Term[Item]:
    """Without a word on nulls, they are larger than every value."""
    descending = direction == "DESC"
    return Term(kind, read, descending, descending if nulls is None else nulls == "FIRST")


def _only(item: Given) -> tuple[str, Any]:
    ((name, given),) = ((name, given) for name, given in item.items() if name != "nulls")
    return name, given


# --- places in an order ---


def in_order(items: Iterable[Item], terms: Terms[Item]) -> list[Item]:
    """The items, sorted."""
    return sorted(items, key=lambda item: _place(values_of(item, terms), terms))


def values_of(item: Item, terms: Terms[Item]) -> list[Any]:
    """The values that tell where the item stands."""
    return [term.read(item) for term in terms]


def count_before(cursor: str, items: Iterable[Item], terms: Terms[Item], *, or_at: bool) -> int:
    """How many items stand before a cursor; with `or_at` the one at the cursor is one of them."""
    _, *values = json.loads(base64.b64decode(cursor))
    place = _place(values, terms)
    places = [_place(values_of(item, terms), terms) for item in items]
    return sum(here < place or (or_at and not place < here) for here in places)


def cursor_of(item: Item, terms: Terms[Item]) -> str:
    """Where the item stands, as a cursor. The name of its order is the gateway's own, and left out."""
    return base64.b64encode(json.dumps(["", *values_of(item, terms)]).encode()).decode()


def without_signatures(data: Any) -> Any:
    """An answer in which cursors say what they hold, without the name of their order."""
    match data:
        case dict():
            return {key: without_signatures(value) for key, value in data.items()}
        case list():
            return [without_signatures(item) for item in data]
        case str() if data.startswith(("WyIy", "WyIi")):  # `["2` and `[""` in base64
            return json.loads(base64.b64decode(data))[1:]
    return data


def _place(values: Sequence[Any], terms: Terms[Any]) -> Any:
    """Values as something to sort by."""
    compared = [comparable(term.kind, value) for term, value in zip(terms, values, strict=True)]
    return cmp_to_key(partial(_compare, terms))(compared)


def _compare(terms: Terms[Any], one: list[Any], other: list[Any]) -> int:
    """Negative where `one` comes before `other`."""
    for term, a, b in zip(terms, one, other, strict=True):
        if a == b:
            continue
        if a is None or b is None:
            return -1 if (a is None) is term.nulls_first else 1
        return -1 if (a < b) is not term.descending else 1
    return 0
