"""Renders keyset predicates: the rows after (or before) a cursor, in any order.

In: an order and a bound.  Out: SQL that is true for those rows.
Source: PostgreSQL manual, "Row and Array Comparisons".
"""

from app.plan.nodes import Bound, Order, OrderTerm
from app.plan.values import Slot
from app.render.sql import Sheet, joined


def keyset(sheet: Sheet, order: Order, bound: Bound, alias: str, *, after: bool, inclusive: bool = False) -> str:
    """The rows after the bound, or before it; `inclusive` takes in a row that stands exactly there.

    Shape   (a, b) > ($2, $3) when all terms go the same way and none can be null: one range of an index;
            else  (a > $2 or (a = $2 and (b < $3 or …))), one level per term
    """
    terms = list(zip(order.terms, bound.values, strict=True))
    directions = {term.descending for term, _ in terms}
    if len(directions) == 1 and not any(term.column.nullable for term, _ in terms):
        columns = ", ".join(f"{alias}.{term.column.name}" for term, _ in terms)
        values = ", ".join(sheet.parameter(value) for _, value in terms if value)
        line = f"{columns} {_comparison(order.terms[0], after, inclusive)} {values}"
        return line if len(terms) == 1 else f"({columns}) {_comparison(order.terms[0], after, inclusive)} ({values})"
    return _level(sheet, terms, alias, after=after, inclusive=inclusive)


def _level(
    sheet: Sheet, terms: list[tuple[OrderTerm, Slot | None]], alias: str, *, after: bool, inclusive: bool
) -> str:
    (term, value), *rest = terms
    column = f"{alias}.{term.column.name}"
    beyond = _beyond(sheet, term, value, column, after=after, inclusive=inclusive and not rest)
    if not rest:
        return beyond[0]
    equal = f"{column} is null" if value is None else f"{column} = {sheet.parameter(value)}"
    level = joined([equal, _level(sheet, rest, alias, after=after, inclusive=inclusive)], "and")
    return joined([*beyond, level], "or") if beyond else level


def _beyond(
    sheet: Sheet, term: OrderTerm, value: Slot | None, column: str, *, after: bool, inclusive: bool
) -> list[str]:
    """Beyond the value in one term alone: any of these. Of the last term, the key, there is always one."""
    nulls_beyond = term.nulls_first != after  # whether nulls lie on the far side of every value
    if value is None:
        return [] if nulls_beyond else [f"{column} is not null"]
    lines = [f"{column} {_comparison(term, after, inclusive)} {sheet.parameter(value)}"]
    return [*lines, f"{column} is null"] if term.column.nullable and nulls_beyond else lines


def _comparison(term: OrderTerm, after: bool, inclusive: bool) -> str:
    return ("<" if term.descending == after else ">") + ("=" if inclusive else "")
