"""Pages: which rows of a list, and what is asked of the list besides."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.catalog.facts import Entity
from tests.reader.conditions import where_holds
from tests.reader.measures import member_of
from tests.reader.orders import Terms, count_before, cursor_of, in_order, row_terms
from tests.reader.rows import Row, Rows

Arguments = Mapping[str, Any]
DEFAULT_ROWS = 100


@dataclass(frozen=True)
class Page:
    """Rows of a list, from `start` on and before `end`."""

    whole: Sequence[Row]
    terms: Terms[Row]
    start: int
    end: int

    def answer(self, make_object: Callable[[Row], Any], max_counted_rows: int) -> dict[str, Any]:
        """As a connection."""
        rows = self.whole[self.start : self.end]
        cursors = [cursor_of(row, self.terms) for row in rows]
        return {
            "nodes": [make_object(row) for row in rows],
            "edges": [{"cursor": cursor, "node": make_object(row)} for cursor, row in zip(cursors, rows, strict=True)],
            "totalCount": min(len(self.whole), max_counted_rows),
            "totalCountIsExact": len(self.whole) <= max_counted_rows,
            "pageInfo": {
                "hasPreviousPage": self.start > 0,
                "hasNextPage": self.end < len(self.whole),
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }


def page_of(rows: Rows, entity: Entity, found: Iterable[Row], given: Arguments) -> Page:
    """The page of the rows that were found."""
    matching = [row for row in found if where_holds(rows, entity, given.get("where"), row)]
    terms = row_terms(rows, entity, given.get("orderBy"))
    whole = _distinct(entity, in_order(matching, terms), given.get("distinctOn") or ())
    start, end = 0, len(whole)
    if given.get("after"):
        start = count_before(given["after"], whole, terms, or_at=True)
    if given.get("before"):
        end = count_before(given["before"], whole, terms, or_at=False)
    return Page(whole, terms, *cut(start, end, given))


def _distinct(entity: Entity, ordered: Iterable[Row], members: Iterable[str]) -> list[Row]:
    """Of rows that share these columns, only the first."""
    columns = [column.name for column in entity.fields if member_of(column) in members]
    if not columns:
        return list(ordered)
    first: dict[tuple[Any, ...], Row] = {}
    for row in ordered:
        first.setdefault(tuple(row[name] for name in columns), row)
    return list(first.values())


def cut(start: int, end: int, given: Arguments) -> tuple[int, int]:
    """What is left between two places by `first`, `last` and `offset`."""
    if given.get("last") is not None:
        return max(start, end - given["last"]), end
    start = min(start + (given.get("offset") or 0), max(start, end))
    first = DEFAULT_ROWS if given.get("first") is None else given["first"]
    return start, min(start + first, end)
