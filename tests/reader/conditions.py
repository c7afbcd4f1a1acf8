"""Whether a `where` holds for a row, or a `having` for a group."""

from collections.abc import Callable, Mapping
from typing import Any

from app.catalog.facts import Edge, Entity, Kind
from tests.reader.filters import filter_holds
from tests.reader.rows import Row, Rows

Conditions = Mapping[str, Any]

_QUANTIFIERS: Mapping[str, Callable[[list[bool]], bool]] = {
    "some": any,
    "every": all,
    "none": lambda held: not any(held),
}


def all_hold(conditions: Conditions | None, holds: Callable[[str, Any], bool]) -> bool:
    """Whether all conditions hold, where `holds` tells it of each that is none of `and`, `or` and `not`."""

    def one(name: str, given: Any) -> bool:
        match name:
            case "and":
                return all(all_hold(part, holds) for part in given)
            case "or":
                return any(all_hold(part, holds) for part in given)
            case "not":
                return not all_hold(given, holds)
        return holds(name, given)

    return all(one(name, given) for name, given in (conditions or {}).items())


def where_holds(rows: Rows, entity: Entity, where: Conditions | None, row: Row) -> bool:
    """Whether a `where` of the entity holds for a row of it."""

    def holds(name: str, given: Any) -> bool:
        edge = entity.edge(name)
        if edge is None:
            return filter_holds(entity.value(name).kind, rows.value(entity, row, name), given)
        return _edge_holds(rows, edge, given, row)

    return all_hold(where, holds)


def _edge_holds(rows: Rows, edge: Edge, given: Conditions, row: Row) -> bool:
    there = rows.along(edge, row)

    def held(where: Conditions) -> list[bool]:
        return [where_holds(rows, rows.target(edge), where, other) for other in there]

    if not edge.many:
        return any(held(given))
    return all(
        filter_holds(Kind.INT, len(there), inner) if name == "count" else _QUANTIFIERS[name](held(inner))
        for name, inner in given.items()
    )
