"""Renders pages: which rows, in which order, between which cursors.

In: nodes.Page.  Out: the sub-select of a page's rows, and expressions over them (cursor, pageInfo).

When something asks whether there are more rows than the page holds, the sub-select numbers its rows (`n`) and fetches
one more, which no JSON is built for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.catalog.facts import Column, Edge, Entity
from app.plan.expressions import Condition
from app.plan.nodes import Bound, CursorOf, Edges, Nodes, Page, PageInfo, TotalCount
from app.render.conditions import render_conditions
from app.render.json import Piece, concatenation, json_value, sql, text
from app.render.keyset import Range, beyond, order_list, ranges, within
from app.render.orders import Ordering, names_outside, ordering
from app.render.sql import (
    Sheet,
    call_of,
    finds_in_order,
    join_lines,
    joined,
    of_tenant,
    parenthesized,
    select_from,
    where_lines,
)

_CURSORS = frozenset({"startCursor", "endCursor"})


@dataclass(frozen=True, slots=True)
class Reach:
    """How rows are reached: through an edge from an outer row, or, with neither, from the root."""

    edge: Edge | None = None
    outer: str = ""

    def lines(self, alias: str) -> list[str]:
        """The edge's join as conditions."""
        return join_lines(self.edge, self.outer, alias) if self.edge else []


def row_lines(sheet: Sheet, entity: Entity, reach: Reach, where: Condition, alias: str) -> list[str]:
    """The conditions that every read of an entity's rows starts with: the tenant, the edge, what is asked."""
    return [of_tenant(entity, alias), *reach.lines(alias), *render_conditions(sheet, where, alias)]


def page_rows(sheet: Sheet, page: Page, reach: Reach, alias: str, columns: Iterable[Column]) -> str:
    """The page's rows as a derived table, in the page's order (the reverse of it for a backward page).

    Their number `n` is added when asked for, around the limit rather than under it: the sort keeps no more rows than
    that.
    """
    cursors = any(map(_shows_cursor, page.fields))
    read = ordering(sheet, page.entity.sql_name, page.order, alias, reverse=page.backward)
    names = [f"{alias}.{column.name}" for column in columns]
    names += read.columns if cursors else []
    rows = parenthesized(_page_query(sheet, page, reach, alias, read, names)) + f" as {alias}"
    if not _is_numbered(page):
        return rows
    return parenthesized(select_from(f"{alias}.*, row_number() over () as n", rows)) + f" as {alias}"


def _page_query(sheet: Sheet, page: Page, reach: Reach, alias: str, read: Ordering, names: list[str]) -> str:
    """The select of the page's rows: of one range of an index, or of several put together in their order."""
    start, stop = (page.before, page.after) if page.backward else (page.after, page.before)
    lines = [*_lines(sheet, page, reach, alias), *(within(sheet, read.keys, stop) if stop else [])]
    parts = ranges(sheet, read.keys, start)
    sheet.charge(lines, times=len(parts))
    limit = f"limit {sheet.parameter(page.rows)}" + (" + 1" if _looks_beyond(page) else "")
    offset = f"offset {sheet.parameter(page.offset)}" if page.offset else ""
    if len(parts) == 1:
        return _select_range(names, read.source, lines, parts[0], f"{limit}\n{offset}")
    ordered = [*names, *(key.sql for key in read.keys)]
    # A sum of two parameters could be of any type.
    each_limit = f"{limit} + {sheet.parameter(page.offset)}::bigint" if page.offset else limit
    selects = (parenthesized(_select_range(ordered, read.source, lines, part, each_limit)) for part in parts)
    union = parenthesized("\nunion all\n".join(selects)) + f" as {alias}"
    return _select_range(names, union, [], Range((), order_list(read.keys)), f"{limit}\n{offset}")


def _select_range(names: Iterable[str], source: str, lines: list[str], part: Range, limit: str) -> str:
    conditions = [*lines, *part.lines]
    query = [
        f"select {', '.join(dict.fromkeys(names))}".rstrip(),
        f"from {source}",
        where_lines(conditions) if conditions else "",
        f"order by {part.order}",
        limit.rstrip(),
    ]
    return "\n".join(filter(None, query))


def _lines(sheet: Sheet, page: Page, reach: Reach, alias: str) -> list[str]:
    """The conditions on the page's rows, wherever its cursors stand."""
    return [*row_lines(sheet, page.entity, reach, page.where, alias), *_distinct(sheet, page, reach, alias)]


def _distinct(sheet: Sheet, page: Page, reach: Reach, alias: str) -> Iterator[str]:
    """Of the rows that share the distinct columns, the first in the page's order."""
    if not page.distinct:
        return
    there = sheet.alias()
    read = ordering(sheet, page.entity.sql_name, page.order, there, reverse=False)
    shared = ", ".join(f"{there}.{column.name}" for column in page.distinct)
    key = page.entity.key.name
    # Any direction serves what is shared; that of the first key may be an index's.
    grouped = ", ".join(f"{there}.{column.name}{' desc' * read.keys[0].descending}" for column in page.distinct)
    query = [
        f"select distinct on ({shared}) {there}.{key}",
        f"from {read.source}",
        where_lines(row_lines(sheet, page.entity, reach, page.where, there)),
        f"order by {grouped}, {order_list(read.keys)}",
    ]
    yield f"{alias}.{key} in " + parenthesized("\n".join(query))


def total(sheet: Sheet, page: Page, reach: Reach, item: TotalCount) -> str:
    """How many rows there are, as far as they are counted; or whether that is all of them."""
    alias = sheet.alias()
    rows = "\n".join(
        [
            "select",
            f"from {page.entity.sql_name} as {alias}",
            where_lines(_lines(sheet, page, reach, alias)),
            f"limit {sheet.parameter(item.cap)}" + (" + 1" if item.is_exact else ""),
        ]
    )
    counted = f"count(*) <= {sheet.parameter(item.cap)}" if item.is_exact else "count(*)"
    return parenthesized(select_from(counted, f"{parenthesized(rows)} as {alias}"))


def reads_rows(page: Page) -> bool:
    """Whether anything is computed over the page's rows; a total alone, for one, is not."""
    return any(isinstance(f, Nodes | Edges) for f in page.fields) or bool(
        _page_info(page) & {_grows_towards(page), *_CURSORS}
    )


def over_page(sheet: Sheet, page: Page, alias: str, function: str, arguments: str) -> str:
    """An aggregate over the page's rows, in the page's order, without the row beyond the page.

    Rows arrive in the order of the derived table: nothing is joined to it but look-ups for each row. Those of a
    backward page are put in the other order by every aggregate, never by some: Postgres may sort for them all.
    """
    arguments += f" order by {alias}.n desc" if page.backward else ""
    call = call_of(function, arguments)
    lines = of_page(sheet, page, alias)
    return f"{call} filter (where {lines[0]})" if lines else call


def of_page(sheet: Sheet, page: Page, alias: str) -> list[str]:
    """The condition that leaves out the row beyond the page, where one is fetched."""
    return [f"{alias}.n <= {sheet.parameter(page.rows)}"] if _looks_beyond(page) else []


def page_info_value(sheet: Sheet, page: Page, reach: Reach, name: str, alias: str) -> Piece:
    """One field of `pageInfo`."""
    if name in ("hasNextPage", "hasPreviousPage"):
        return _has_more(sheet, page, reach, forward=name == "hasNextPage")
    place = "1" if name == "startCursor" else _last_place(sheet, page)
    names = (f"({over_page(sheet, page, alias, 'array_agg', n)})[{place}]" for n in names_outside(page.order, alias))
    return sql(f"coalesce('\"' || {_cursor(page, names)} || '\"', 'null')")


def row_cursor(page: Page, alias: str) -> str:
    """The cursor of a row of the page, as text of base64."""
    return _cursor(page, names_outside(page.order, alias))


def _last_place(sheet: Sheet, page: Page) -> str:
    """Where the last row of the page stands in an array of all of them."""
    return f"least(count(*), {sheet.parameter(page.rows)})::int" if _looks_beyond(page) else "count(*)::int"


def _page_info(page: Page) -> set[str]:
    return {name for item in page.fields if isinstance(item, PageInfo) for _, name in item.fields}


def _grows_towards(page: Page) -> str:
    return "hasPreviousPage" if page.backward else "hasNextPage"


def _looks_beyond(page: Page) -> bool:
    """Whether one row more than the page holds is fetched, to see if there is one."""
    return _grows_towards(page) in _page_info(page)


def _is_numbered(page: Page) -> bool:
    """Whether the rows carry their number: to leave out the row beyond, or to put them in another order."""
    is_aggregated = any(isinstance(i, Nodes | Edges) for i in page.fields) or _page_info(page) & _CURSORS
    return bool(is_aggregated) and (page.backward or _looks_beyond(page))


def _shows_cursor(item: object) -> bool:
    match item:
        case Edges(fields=fields):
            return any(isinstance(f, CursorOf) for f in fields)
        case PageInfo(fields=names):
            return any(name in _CURSORS for _, name in names)
    return False


def _cursor(page: Page, names: Iterable[str]) -> str:
    """A row's cursor: base64 of `["<order>",value,…]`. Postgres breaks base64 into lines; a cursor has none."""
    pieces = [text(f'["{page.order.signature}"')]
    for term, name in zip(page.order.terms, names, strict=True):
        pieces += [text(","), *json_value(term.expression.type, name)]
    value = concatenation([*pieces, text("]")], " || ")
    return f"replace(encode(convert_to({value}, 'UTF8'), 'base64'), E'\\n', '')"


def _has_more(sheet: Sheet, page: Page, reach: Reach, *, forward: bool) -> Piece:
    """Whether rows lie beyond the page on one side.

    On the side that the page grows towards, one row more was fetched. On the other, rows lie at or beyond the cursor
    that the page starts from, or were passed over by the offset.
    """
    found = [f"(count(*) > {sheet.parameter(page.rows)})"] if forward != page.backward else []
    if bound := page.before if forward else page.after:
        found += _exist_from(sheet, page, reach, bound, reverse=not forward)
    if page.offset and not forward:
        found.append(f"({sheet.parameter(page.offset)} > 0 and {_exists_between(sheet, page, reach)})")
    if not found:
        return text("false")
    return sql(joined(found, "or") if found[1:] else found[0])


def _exist_from(sheet: Sheet, page: Page, reach: Reach, bound: Bound, *, reverse: bool) -> Iterator[str]:
    """Whether there are rows from the bound on: asked of each range apart, so that an index can tell."""
    alias = sheet.alias()
    read = ordering(sheet, page.entity.sql_name, page.order, alias, reverse=reverse)
    lines = _lines(sheet, page, reach, alias)
    parts = ranges(sheet, read.keys, bound, inclusive=True)
    sheet.charge(lines, times=len(parts))
    for part in parts:
        yield finds_in_order(read.source, [*lines, *part.lines], part.order)


def _exists_between(sheet: Sheet, page: Page, reach: Reach) -> str:
    alias = sheet.alias()
    read = ordering(sheet, page.entity.sql_name, page.order, alias, reverse=False)
    lines = _lines(sheet, page, reach, alias)
    lines += [beyond(sheet, read.keys, page.after)] if page.after else []
    lines += within(sheet, read.keys, page.before) if page.before else []
    return finds_in_order(read.source, lines, order_list(read.keys))
