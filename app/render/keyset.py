"""Renders keyset predicates: the rows on one side of a cursor, in any order.

In: an order as it is read, and a bound.  Out: SQL conditions; or ranges of an index, one after the other.
Source: PostgreSQL manual, "Row and Array Comparisons"; "Combining Queries".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.catalog.facts import Column
from app.plan.expressions import Expression, Own, Through
from app.plan.nodes import Bound, OrderTerm
from app.plan.values import Slot
from app.render.sql import Sheet, joined


@dataclass(frozen=True, slots=True)
class Key:
    """A term of an order as a list is read: its SQL, and which way it goes.

    in_index    whether it is a column of the list's own table
    in_another  whether it is a column of a table that is joined
    """

    sql: str
    descending: bool
    nulls_first: bool
    nullable: bool
    in_index: bool
    in_another: bool = False

    @property
    def nulls_stand_out(self) -> bool:
        """Whether nulls stand elsewhere than Postgres, and so every index, has them."""
        return self.nullable and self.nulls_first != self.descending


def key_of(term: OrderTerm, sql: str, *, reverse: bool) -> Key:
    """A term, read forwards or backwards."""
    innermost: Expression = term.expression
    while isinstance(innermost, Through):
        innermost = innermost.value
    is_column = isinstance(innermost, Own) and isinstance(innermost.value, Column)
    return Key(
        sql,
        term.descending ^ reverse,
        term.nulls_first ^ reverse,
        term.expression.type.nullable,
        in_index=is_column and innermost is term.expression,
        in_another=is_column and innermost is not term.expression,
    )


@dataclass(frozen=True, slots=True)
class Range:
    """Rows that stand together in an index: conditions, and the order that the index has them in."""

    lines: tuple[str, ...]
    order: str


def order_list(keys: Sequence[Key], known: int = 0) -> str:
    """ORDER BY. Where nulls go is said only when it matters: of the first `known` keys, there is null or none."""
    return ", ".join(_order_term(key, i >= known) for i, key in enumerate(keys))


def _order_term(key: Key, mixed: bool) -> str:
    nulls = f" nulls {'first' if key.nulls_first else 'last'}" if mixed and key.nulls_stand_out else ""
    return f"{key.sql}{' desc' if key.descending else ''}{nulls}"


def ranges(sheet: Sheet, keys: Sequence[Key], bound: Bound | None, *, inclusive: bool = False) -> list[Range]:
    """The rows after the bound, in their order; all of them without one.

    One range where a row comparison tells them, `(a, b) > ($2, $3)`; else one for each key, from the last to the
    first: equal in all before it and beyond in it, `a = $2 and b > $3`, then `a > $2`, then `a is null`. An index reads
    each in order, from any place on. Where a key is no column there is nothing to read in order, and it is one range.
    """
    if bound is None:
        return list(_all_rows(keys))
    if not all(key.in_index for key in keys):
        lines = (*_first_alone(sheet, keys, bound), beyond(sheet, keys, bound, inclusive=inclusive))
        return [Range(lines, order_list(keys))]
    if _compares_as_row(keys):
        return [Range((beyond(sheet, keys, bound, inclusive=inclusive),), order_list(keys))]
    return list(_levels(sheet, keys, bound, inclusive=inclusive))


def _all_rows(keys: Sequence[Key]) -> Iterator[Range]:
    first = keys[0]
    if not (first.nulls_stand_out and all(key.in_index for key in keys)):
        yield Range((), order_list(keys))
        return
    for null in (True, False) if first.nulls_first else (False, True):
        yield Range((f"{first.sql} is {'' if null else 'not '}null",), order_list(keys, known=1))


def _levels(sheet: Sheet, keys: Sequence[Key], bound: Bound, *, inclusive: bool) -> Iterator[Range]:
    for level in reversed(range(len(keys))):
        equal = tuple(_equal(sheet, k, v) for k, v in zip(keys[:level], bound.values[:level], strict=True))
        last = inclusive and level == len(keys) - 1
        for line in _beyond_one(sheet, keys[level], bound.values[level], inclusive=last):
            yield Range((*equal, line), order_list(keys, known=level + 1))


def beyond(sheet: Sheet, keys: Sequence[Key], bound: Bound, *, inclusive: bool = False) -> str:
    """The rows after the bound, or `inclusive`, at it, as one condition.

    Shape   (a, b) > ($2, $3) when all keys go the same way and none can be null;
            else  (a > $2 or (a = $2 and (b < $3 or …))), one level a key
    """
    if _compares_as_row(keys):
        columns, values = ", ".join(k.sql for k in keys), ", ".join(sheet.parameter(v) for v in bound.values if v)
        line = f"{columns} {_comparison(keys[0], inclusive)} {values}"
        return line if len(keys) == 1 else f"({columns}) {_comparison(keys[0], inclusive)} ({values})"
    return _nested(sheet, keys, bound.values, inclusive=inclusive)


def within(sheet: Sheet, keys: Sequence[Key], bound: Bound) -> list[str]:
    """The rows before the bound that a list of these keys stops at."""
    back = [replace(key, descending=not key.descending, nulls_first=not key.nulls_first) for key in keys]
    line = beyond(sheet, back, bound)
    in_one_index = _compares_as_row(back) and all(key.in_index for key in keys)
    return [line] if in_one_index else [*_first_alone(sheet, back, bound), line]


def _first_alone(sheet: Sheet, keys: Sequence[Key], bound: Bound) -> list[str]:
    """What the bound says of the first key alone, where an index can use it: of several keys together it can not.

    Nothing where rows whose first key is null lie beyond: there is no one range of an index for these and others.
    """
    first, value = keys[0], bound.values[0]
    nulls_lie_beyond = first.nullable and not first.nulls_first
    if value is None or nulls_lie_beyond or not (first.in_index or first.in_another):
        return []
    return [f"{first.sql} {_comparison(first, inclusive=True)} {sheet.parameter(value)}"]


def _compares_as_row(keys: Sequence[Key]) -> bool:
    return len({key.descending for key in keys}) == 1 and not any(key.nullable for key in keys)


def _nested(sheet: Sheet, keys: Sequence[Key], values: Sequence[Slot | None], *, inclusive: bool) -> str:
    key, value = keys[0], values[0]
    found = list(_beyond_one(sheet, key, value, inclusive=inclusive and len(keys) == 1))
    if len(keys) == 1:
        return found[0]
    level = joined([_equal(sheet, key, value), _nested(sheet, keys[1:], values[1:], inclusive=inclusive)], "and")
    return joined([*found, level], "or") if found else level


def _equal(sheet: Sheet, key: Key, value: Slot | None) -> str:
    return f"{key.sql} is null" if value is None else f"{key.sql} = {sheet.parameter(value)}"


def _beyond_one(sheet: Sheet, key: Key, value: Slot | None, *, inclusive: bool) -> Iterator[str]:
    """Beyond a value in one key alone: any of these. Of the last key, the row's own, there is always one."""
    if value is not None:
        yield f"{key.sql} {_comparison(key, inclusive)} {sheet.parameter(value)}"
        if key.nullable and not key.nulls_first:
            yield f"{key.sql} is null"
    elif key.nulls_first:
        yield f"{key.sql} is not null"


def _comparison(key: Key, inclusive: bool) -> str:
    return ("<" if key.descending else ">") + ("=" if inclusive else "")
