"""Plans pages: which rows, in which order, between which cursors, and how many.

In: the arguments of a connection field.  Out: the arguments of nodes.Page.
Rejects: `first` with `last`, `offset` with `last`, cursors made for another order.
"""

from dataclasses import dataclass

from app.catalog.facts import Column, Entity
from app.errors import BadUserInput
from app.plan.conditions import plan_where
from app.plan.expressions import Condition
from app.plan.nodes import Bound, Order
from app.plan.orders import plan_bound, plan_order
from app.plan.planning import Planning
from app.plan.values import Constant, Encoding, Given, Leaf, Slot


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The arguments of a connection field, planned. The attributes are those of nodes.Page."""

    where: Condition
    order: Order
    rows: Slot
    distinct: tuple[Column, ...]
    backward: bool
    after: Bound | None
    before: Bound | None
    offset: Slot | None


def plan_page_arguments(planning: Planning, entity: Entity, given: dict[str, Given]) -> PageArguments:
    """`where, orderBy, distinctOn, first, after, last, before, offset` of a connection field."""
    given = {name: value for name, value in given.items() if value is not None}
    backward = "last" in given
    if backward and ("first" in given or "offset" in given):
        raise BadUserInput("`last` goes with neither `first` nor `offset`.", input_path=("last",))
    order = plan_order(planning, entity, given.get("orderBy"))
    return PageArguments(
        where=plan_where(planning, entity, given.get("where"), ("where",)),
        order=order,
        rows=page_rows(planning, given.get("last" if backward else "first")),
        distinct=_distinct(entity, given.get("distinctOn")),
        backward=backward,
        after=plan_bound(order, given.get("after")),
        before=plan_bound(order, given.get("before")),
        offset=page_offset(given.get("offset")),
    )


def page_rows(planning: Planning, leaf: Given) -> Slot:
    """`first` or `last`: how many rows, at most."""
    if isinstance(leaf, Leaf):
        return Slot(leaf.source, Encoding.PAGE_ROWS, leaf.input_path)
    return Slot(Constant(planning.limits.default_page_rows), Encoding.PAGE_ROWS)


def page_offset(leaf: Given) -> Slot | None:
    """`offset`: how many rows to pass over."""
    return Slot(leaf.source, Encoding.OFFSET, leaf.input_path) if isinstance(leaf, Leaf) else None


def _distinct(entity: Entity, leaf: Given) -> tuple[Column, ...]:
    if not isinstance(leaf, Leaf):
        return ()
    return tuple(entity.field(name) for name in dict.fromkeys(leaf.value))
