"""Plans pages: order, cursors, and how many rows.

In: the arguments of a connection field.  Out: nodes.Page without its fields.
Rejects: `first` with `last`, `offset` with `last`, cursors made for another order, order terms of no or several fields.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, cast

from app.catalog.facts import Column, Entity
from app.errors import BadUserInput, ErrorPath
from app.plan.conditions import plan_where
from app.plan.nodes import Bound, Condition, Order, OrderTerm
from app.plan.planning import Planning
from app.plan.values import NOT_A_CURSOR, Constant, Cursor, Encoding, Given, Leaf, Slot

CURSOR_VERSION = "1"


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The arguments of a connection field, planned. The attributes are those of nodes.Page."""

    where: Condition
    order: Order
    rows: Slot
    backward: bool
    after: Bound | None
    before: Bound | None
    offset: Slot | None


def plan_page_arguments(planning: Planning, entity: Entity, given: dict[str, Given]) -> PageArguments:
    """`where, orderBy, first, after, last, before, offset` of a connection field."""
    given = {name: value for name, value in given.items() if value is not None}
    backward = "last" in given
    if backward and ("first" in given or "offset" in given):
        raise BadUserInput("`last` goes with neither `first` nor `offset`.", input_path=("last",))
    order = plan_order(entity, given.get("orderBy"))
    return PageArguments(
        where=plan_where(planning, entity, given.get("where"), ("where",)),
        order=order,
        rows=_rows(given.get("last" if backward else "first"), planning.limits.default_page_rows),
        backward=backward,
        after=_bound(order, given.get("after")),
        before=_bound(order, given.get("before")),
        offset=_offset(given.get("offset")),
    )


def plan_rows(planning: Planning, given: dict[str, Given]) -> Slot:
    """`first` of a list that has no cursors."""
    return _rows(given.get("first"), planning.limits.default_page_rows)


def _rows(leaf: Given, default_rows: int) -> Slot:
    if isinstance(leaf, Leaf):
        return Slot(leaf.source, Encoding.PAGE_ROWS, leaf.input_path)
    return Slot(Constant(default_rows), Encoding.PAGE_ROWS)


def _offset(leaf: Given) -> Slot | None:
    return Slot(leaf.source, Encoding.OFFSET, leaf.input_path) if isinstance(leaf, Leaf) else None


def plan_order(entity: Entity, order_by: Given) -> Order:
    """`orderBy`, made total: the key comes last, in the direction of the term before it. What follows a key is idle."""
    items = [] if order_by is None else cast(list[Any], order_by)
    terms = [_order_term(entity, item, ("orderBy", i)) for i, item in enumerate(items)]
    terms.append(OrderTerm(entity.key, bool(terms) and terms[-1].descending, nulls_first=False))
    end = next(i for i, term in enumerate(terms, 1) if term.column is entity.key)
    return Order(tuple(terms[:end]), _signature(entity, terms[:end]))


def _order_term(entity: Entity, item: Any, path: ErrorPath) -> OrderTerm:
    fields = {name: leaf for name, leaf in (item or {}).items() if name != "nulls" and leaf is not None}
    if len(fields) != 1:
        raise BadUserInput("An order term names exactly one field; list several terms instead.", input_path=path)
    ((name, direction),) = fields.items()
    descending = direction.value.name == "DESC"
    nulls = (item or {}).get("nulls")
    # As Postgres has it when nothing is said: nulls count as larger than everything.
    nulls_first = descending if nulls is None else nulls.value.name == "FIRST"
    return OrderTerm(entity.field(name), descending, nulls_first)


def _signature(entity: Entity, terms: list[OrderTerm]) -> str:
    """Names an order in a few characters. A cursor carries it, and is refused by any other order."""
    text = ",".join(f"{t.column.name}{'-' if t.descending else '+'}{'f' if t.nulls_first else 'l'}" for t in terms)
    return f"{CURSOR_VERSION}.{hashlib.sha256(f'{entity.name}:{text}'.encode()).hexdigest()[:8]}"


def _bound(order: Order, leaf: Given) -> Bound | None:
    if not isinstance(leaf, Leaf):
        return None
    cursor = leaf.value
    assert isinstance(cursor, Cursor)
    if cursor.signature != order.signature or len(cursor.values) != len(order.terms):
        raise BadUserInput("This cursor was made for another order.", input_path=leaf.input_path)
    return Bound(tuple(_part(leaf, i, term.column, cursor.values[i]) for i, term in enumerate(order.terms)))


def _part(leaf: Leaf, index: int, column: Column, value: Any) -> Slot | None:
    if value is None:
        if not column.nullable:
            raise BadUserInput(NOT_A_CURSOR, input_path=leaf.input_path)
        return None
    return Slot(leaf.source, Encoding.CURSOR, leaf.input_path, part=(index, column.kind))
