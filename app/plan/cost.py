"""What an operation may cost, estimated before anything runs.

In: planned reads.  Out: Estimate, which the page sizes of a request turn into a Cost.

    nodes   rows asked for: each page's size, times those of the pages around it
    cost    a point for each row, and for each row at the end of a to-one edge; and for whatever reads rows that are not
            answered, the weights below, as often as it is asked
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import NamedTuple

from app.plan.expressions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    IsEmpty,
    IsNull,
    Matches,
    Not,
    OverEdge,
    Related,
    Through,
)
from app.plan.nodes import (
    Changes,
    CreateMany,
    CreateTree,
    EdgeStats,
    Groups,
    Page,
    Read,
    ReadFound,
    ReadNodes,
    ReadOne,
    ReadPage,
    ReadStats,
    Referred,
    Scalar,
    Selection,
    Stats,
    ToMany,
    ToOne,
    TotalCount,
    WriteMany,
)
from app.plan.values import Constant, Encoding, Slot, rows_of

ROW = 1
AGGREGATE = 10
"""Of stats, groups and a total: they read all rows that there are, up to a cap or an index's help."""
OVER_EDGE = 2
"""Of a condition, an order or a value over an edge: read for rows that may not be answered."""


class Cost(NamedTuple):
    """What an operation asks for."""

    nodes: int
    cost: int


@dataclass(frozen=True, slots=True)
class _Term:
    """Points, times the sizes of pages within each other."""

    nodes: int
    cost: int
    sizes: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cost of an operation, but for the page sizes that come with each request.

    fixed   the cost, where all page sizes stand in the document
    """

    terms: tuple[_Term, ...]
    fixed: Cost | None

    def of(self, size: Callable[[Slot], int]) -> Cost:
        """The cost with these sizes of pages, in rows."""
        counted = [(term, prod(map(size, term.sizes))) for term in self.terms]
        return Cost(sum(t.nodes * times for t, times in counted), sum(t.cost * times for t, times in counted))


def estimate(
    reads: Iterable[Read], selections: Iterable[Selection], writes: Iterable[WriteMany | CreateTree], max_page_rows: int
) -> Estimate:
    """The estimate of what an operation reads, selects of rows that it writes, and writes by the many.

    Page sizes that stand in the document are worked out once, here. What no page may be counts as the largest page:
    it is refused when it is bound, and spoils no other field.
    """
    known: dict[tuple[Slot, ...], tuple[int, int]] = {}
    terms_read = (term for read in reads for term in _read(read))
    terms_selected = (term for selection in selections for term in _row(selection))
    for term in chain(terms_read, terms_selected, (term for write in writes for term in _many(write))):
        times = prod(_constant_size(size, max_page_rows) for size in term.sizes if isinstance(size.source, Constant))
        open_sizes = tuple(size for size in term.sizes if not isinstance(size.source, Constant))
        nodes, cost = known.get(open_sizes, (0, 0))
        known[open_sizes] = nodes + term.nodes * times, cost + term.cost * times
    terms = tuple(_Term(nodes, cost, sizes) for sizes, (nodes, cost) in known.items())
    fixed = Cost(sum(t.nodes for t in terms), sum(t.cost for t in terms))
    return Estimate(terms, None if any(t.sizes for t in terms) else fixed)


def _read(read: Read) -> Iterator[_Term]:
    match read:
        case ReadOne(selection=selection):
            yield from _row(selection)
        case ReadPage(page=page):
            yield from _page(page, ())
        case ReadStats(stats=stats):
            yield from _stats(stats, ())
        case ReadNodes(ids=ids, selections=selections):
            sizes = (ids,) if ids.encoding is Encoding.IDS else ()
            yield _Term(1, ROW * len(selections), sizes)  # each id is looked for among all entities
            for selection in selections:
                yield from _selection(selection, sizes)
        case ReadFound(where=where, rows=rows):
            yield _Term(0, AGGREGATE + OVER_EDGE * _over_edges(where), ())
            yield _Term(1, ROW, (rows,))
            for selection in read.selections:
                yield from _selection(selection, (rows,))


def _constant_size(slot: Slot, max_page_rows: int) -> int:
    assert isinstance(slot.source, Constant)
    return rows_of(slot, slot.source.value, max_page_rows)


def _many(write: WriteMany | CreateTree) -> Iterator[_Term]:
    yield _Term(1, ROW, (write.size,))
    if isinstance(write, CreateTree):
        if isinstance(write.answer, Changes):
            for selection in write.answer.selections:
                yield from _selection(selection, (write.roots,))
        else:
            yield from _selection(write.answer, ())
        return
    if not isinstance(write, CreateMany):
        yield _Term(0, AGGREGATE + OVER_EDGE * _over_edges(write.where), ())
    for selection in write.changes.selections:
        yield from _selection(selection, (write.size,))


def _row(selection: Selection) -> Iterator[_Term]:
    yield _Term(1, ROW, ())
    yield from _selection(selection, ())


def _selection(selection: Selection, sizes: tuple[Slot, ...]) -> Iterator[_Term]:
    for item in selection.fields:
        match item:
            case ToOne(selection=inner):
                yield _Term(0, ROW, sizes)
                yield from _selection(inner, sizes)
            case ToMany(page=page):
                yield from _page(page, sizes)
            case EdgeStats(stats=stats):
                yield from _stats(stats, sizes)
            case Referred(selections=selections):
                yield _Term(0, ROW, sizes)
                for inner in selections:
                    yield from _selection(inner, sizes)
            case Scalar(value=OverEdge()):
                yield _Term(0, OVER_EDGE, sizes)


def _page(page: Page, sizes: tuple[Slot, ...]) -> Iterator[_Term]:
    # A list of tenants has one row: the caller's own.
    inner = sizes if page.entity.key is page.entity.tenant else (*sizes, page.rows)
    yield _Term(1, ROW, inner)
    beyond = _over_edges(page.where) + sum(isinstance(t.expression, OverEdge | Through) for t in page.order.terms)
    if beyond or page.distinct:
        yield _Term(0, OVER_EDGE * (beyond + bool(page.distinct)), inner)
    totals = sum(isinstance(item, TotalCount) for item in page.fields)
    if totals:
        yield _Term(0, AGGREGATE * totals, sizes)
    for selection in page.selections:
        yield from _selection(selection, inner)


def _stats(stats: Stats, sizes: tuple[Slot, ...]) -> Iterator[_Term]:
    yield _Term(0, AGGREGATE + OVER_EDGE * _over_edges(stats.where), sizes)
    for item in stats.fields:
        if isinstance(item, Groups):
            yield _Term(0, AGGREGATE, sizes)
            yield _Term(1, ROW, (*sizes, item.rows))


def _over_edges(condition: Condition) -> int:
    """How many edges a condition goes over."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return sum(map(_over_edges, conditions))
        case Not(inner):
            return _over_edges(inner)
        case Related(condition=inner):
            return 1 + _over_edges(inner)
        case Compare(expression=expression) | IsNull(expression=expression) | IsEmpty(expression=expression):
            return int(isinstance(expression, OverEdge))
        case Matches():
            return 1
