"""Renders keyset predicates: the rows after (or before) a cursor, in any order.

In: an order and a bound.  Out: SQL that is true or false, never null.
Source: PostgreSQL manual, "Row and Array Comparisons".
"""

from app.plan.nodes import Bound, Order, OrderTerm
from app.plan.values import Slot
from app.render.sql import Sheet


def keyset(sheet: Sheet, order: Order, bound: Bound, alias: str, *, after: bool) -> str:
    """The rows strictly after the bound, or strictly before it.

    Shape   (a, b) > ($2, $3) when all terms go the same way and none is null: one range of an index;
            else  a > $2 or (a = $2 and (b < $3 or …)), one level per term
    """
    terms = list(zip(order.terms, bound.values, strict=True))
    directions = {term.descending for term, _ in terms}
    if len(directions) == 1 and not any(term.column.nullable for term, _ in terms):
        columns = ", ".join(f"{alias}.{term.column.name}" for term, _ in terms)
        values = ", ".join(sheet.parameter(value) for _, value in terms if value)
        comparison = "<" if directions.pop() == after else ">"
        return f"({columns}) {comparison} ({values})"
    return _level(sheet, terms, alias, after)


def _level(sheet: Sheet, terms: list[tuple[OrderTerm, Slot | None]], alias: str, after: bool) -> str:
    (term, value), *rest = terms
    column = f"{alias}.{term.column.name}"
    beyond = _beyond(sheet, term, value, column, after)
    if not rest:
        return beyond
    equal = f"{column} is null" if value is None else f"{column} = {sheet.parameter(value)}"
    return f"({beyond} or ({equal} and {_level(sheet, rest, alias, after)}))"


def _beyond(sheet: Sheet, term: OrderTerm, value: Slot | None, column: str, after: bool) -> str:
    """Strictly beyond the value in one term alone."""
    nulls_beyond = term.nulls_first != after  # whether nulls lie on the far side of every value
    if value is None:
        return "false" if nulls_beyond else f"{column} is not null"
    comparison = "<" if term.descending == after else ">"
    line = f"{column} {comparison} {sheet.parameter(value)}"
    return f"({line} or {column} is null)" if term.column.nullable and nulls_beyond else line
