"""Plans orders: `orderBy` becomes a total order, and cursors become places in it.

In: given order terms, given cursors.  Out: nodes.Order, nodes.Bound.
Rejects: terms of no or several fields, edges to what the role may not read, cursors made for another order.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, cast

from app.catalog.facts import Edge, Entity
from app.errors import BadUserInput, ErrorPath, QueryTooComplex
from app.plan.conditions import own_value
from app.plan.expressions import COUNT, Function, Measure, OverEdge, Own, Through
from app.plan.nodes import Bound, Order, OrderTerm
from app.plan.planning import Planning
from app.plan.values import NOT_A_CURSOR, Cursor, Encoding, Given, Leaf, Slot

CURSOR_VERSION = "2"
MAX_TERMS = 10


def plan_order(planning: Planning, entity: Entity, order_by: Given) -> Order:
    """`orderBy`, made total: the key comes last, in the direction of the term before it. What follows a key is idle."""
    items = [] if order_by is None else cast(list[Any], order_by)
    if len(items) > MAX_TERMS:
        raise QueryTooComplex(f"A list is ordered by {MAX_TERMS} terms at most.")
    terms = [_order_term(planning, entity, item, ("orderBy", i)) for i, item in enumerate(items)]
    key = Own(entity.key)
    terms.append(OrderTerm(key, entity.key.name, bool(terms) and terms[-1].descending, nulls_first=False))
    end = next(i for i, term in enumerate(terms, 1) if term.expression == key)
    return Order(tuple(terms[:end]), _signature(entity, terms[:end]))


def direction_of(leaf: Given, nulls: Given) -> tuple[bool, bool]:
    """Whether a term descends, and whether its nulls come first; without a word, nulls are larger than everything."""
    assert isinstance(leaf, Leaf)
    descending = leaf.value == "DESC"
    return descending, nulls.value == "FIRST" if isinstance(nulls, Leaf) else descending


def only_field(item: Any, path: ErrorPath) -> tuple[str, Any, Given]:
    """The one field of an order term, with what it was given and where nulls go."""
    fields = {name: leaf for name, leaf in (item or {}).items() if name != "nulls" and leaf is not None}
    if len(fields) != 1:
        raise BadUserInput(
            "An order term gives one field its direction, exactly one; list several terms instead.", input_path=path
        )
    ((name, given),) = fields.items()
    return name, given, (item or {}).get("nulls")


def _order_term(planning: Planning, entity: Entity, item: Any, path: ErrorPath) -> OrderTerm:
    planning.document.budget.spend()
    name, given, nulls = only_field(item, path)
    edge = entity.edge(name)
    if edge is None:
        descending, nulls_first = direction_of(given, nulls)
        return OrderTerm(own_value(planning, entity, entity.value(name)), name, descending, nulls_first)
    planning.allow(planning.catalog[edge.target_name], "read")
    planning = planning.deeper_condition()
    if edge.many:
        return _over_edge(planning, edge, given, nulls, (*path, name))
    inner = _order_term(planning, planning.catalog[edge.target_name], given, (*path, name))
    through = Through(edge, planning.catalog[edge.target_name], inner.expression)
    nulls_first = nulls.value == "FIRST" if isinstance(nulls, Leaf) else inner.nulls_first
    return OrderTerm(through, f"{name}.{inner.path}", inner.descending, nulls_first)


def _over_edge(planning: Planning, edge: Edge, item: Any, outer_nulls: Given, path: ErrorPath) -> OrderTerm:
    """`{count: DESC}` or `{max: {startedAt: DESC}}` of the rows at the other end."""
    target = planning.catalog[edge.target_name]
    measure, leaf, nulls, name = measure_term(target, item, path)
    descending, nulls_first = direction_of(leaf, outer_nulls or nulls)
    return OrderTerm(OverEdge(edge, target, measure), f"{edge.field}.{name}", descending, nulls_first)


def measure_term(entity: Entity, item: Any, path: ErrorPath) -> tuple[Measure, Given, Given, str]:
    """A measure in an order term: with its direction, where nulls go, and a name for it."""
    name, given, nulls = only_field(item, path)
    if name == "count":
        return COUNT, given, nulls, name
    field, leaf, _ = only_field(given, (*path, name))
    return Measure(cast(Function, name), entity.field(field)), leaf, nulls, f"{name}.{field}"


def _signature(entity: Entity, terms: list[OrderTerm]) -> str:
    """Names an order in a few characters. A cursor carries it, and is refused by any other order."""
    text = ",".join(f"{t.path}{'-' if t.descending else '+'}{'f' if t.nulls_first else 'l'}" for t in terms)
    return f"{CURSOR_VERSION}.{hashlib.sha256(f'{entity.name}:{text}'.encode()).hexdigest()[:8]}"


def plan_bound(order: Order, leaf: Given) -> Bound | None:
    """A cursor, as a place in the order."""
    if not isinstance(leaf, Leaf):
        return None
    cursor = leaf.value
    assert isinstance(cursor, Cursor)
    if cursor.signature != order.signature or len(cursor.values) != len(order.terms):
        raise BadUserInput("This cursor was made for another order.", input_path=leaf.input_path)
    return Bound(tuple(_parts(leaf, order, cursor)))


def _parts(leaf: Leaf, order: Order, cursor: Cursor) -> Iterator[Slot | None]:
    for index, (term, value) in enumerate(zip(order.terms, cursor.values, strict=True)):
        if value is not None:
            yield Slot(leaf.source, Encoding.CURSOR, leaf.input_path, part=(index, term.expression.type.kind))
        elif term.expression.type.nullable:
            yield None
        else:
            raise BadUserInput(NOT_A_CURSOR, input_path=leaf.input_path)
