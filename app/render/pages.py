"""Renders pages: which rows, in which order, between which cursors.

In: nodes.Page.  Out: the sub-select of a page's rows, and expressions over them (cursor, pageInfo).

When something asks whether there are more rows than the page holds, the sub-select numbers its rows (`n`) and fetches
one more, which no JSON is built for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.catalog.facts import Column, Edge, Entity
from app.plan.nodes import Condition, CursorOf, Edges, Nodes, Order, OrderTerm, Page, PageInfo
from app.render.conditions import join_lines, render_conditions
from app.render.json import Piece, concatenation, json_column, sql, text
from app.render.keyset import keyset
from app.render.sql import Sheet, exists_in, indent, joined, of_tenant, parenthesized, select_from, where_lines


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

    Their number `n` and cursor `c` are added when asked for, around the limit rather than under it: they are made for
    the page's rows only, and the sort keeps no more rows than that.
    """
    cursors = any(map(_shows_cursor, page.fields))
    needed = [*columns, *(term.column for term in page.order.terms if cursors)]
    names = ", ".join(dict.fromkeys(f"{alias}.{column.name}" for column in needed))
    query = [
        f"select {names}".rstrip(),
        f"from {page.entity.sql_name} as {alias}",
        where_lines(_lines_between(sheet, page, reach, alias)),
        f"order by {_order_list(page.order, alias, reverse=page.backward)}",
        f"limit {sheet.parameter(page.rows)}" + (" + 1" if _looks_beyond(page) else ""),
    ]
    query += [f"offset {sheet.parameter(page.offset)}"] if page.offset else []
    rows = parenthesized("\n".join(query)) + f" as {alias}"
    added = ["row_number() over () as n"] if _is_numbered(page) else []
    added += [f"{_cursor(page, alias)} as c"] if cursors else []
    if not added:
        return rows
    return parenthesized(select_from(",\n".join([f"{alias}.*", *added]), rows)) + f" as {alias}"


def reads_rows(page: Page) -> bool:
    """Whether anything is computed over the page's rows; a total alone, for one, is not."""
    return any(isinstance(f, Nodes | Edges) for f in page.fields) or bool(
        _page_info(page) & {_grows_towards(page), "startCursor", "endCursor"}
    )


def over_page(sheet: Sheet, page: Page, alias: str, function: str, arguments: str, *, reverse: bool = False) -> str:
    """An aggregate over the page's rows, in the page's order or the reverse of it, without the row beyond the page.

    Where rows have numbers every aggregate says its order: Postgres sorts for one that does, and one that does not
    would get its rows in that order too.
    """
    if _is_numbered(page):
        arguments += f" order by {alias}.n{' desc' if page.backward != reverse else ''}"
    call = f"{function}(\n{indent(arguments)}\n)" if "\n" in arguments else f"{function}({arguments})"
    return f"{call} filter (where {alias}.n <= {sheet.parameter(page.rows)})" if _looks_beyond(page) else call


def page_info_value(sheet: Sheet, page: Page, reach: Reach, name: str, alias: str) -> Piece:
    """One field of `pageInfo`."""
    if name in ("hasNextPage", "hasPreviousPage"):
        return _has_more(sheet, page, reach, forward=name == "hasNextPage")
    cursors = over_page(sheet, page, alias, "array_agg", f"{alias}.c", reverse=name == "endCursor")
    return sql(f"coalesce('\"' || ({cursors})[1] || '\"', 'null')")


def _page_info(page: Page) -> set[str]:
    return {name for item in page.fields if isinstance(item, PageInfo) for _, name in item.fields}


def _grows_towards(page: Page) -> str:
    return "hasPreviousPage" if page.backward else "hasNextPage"


def _looks_beyond(page: Page) -> bool:
    """Whether one row more than the page holds is fetched, to see if there is one."""
    return _grows_towards(page) in _page_info(page)


def _is_numbered(page: Page) -> bool:
    """Whether the rows carry their number: to leave out the row beyond, or to put them in another order."""
    lists = any(isinstance(item, Nodes | Edges) for item in page.fields)
    return bool(_page_info(page) & {"startCursor", "endCursor"}) or (lists and (page.backward or _looks_beyond(page)))


def _shows_cursor(item: object) -> bool:
    match item:
        case Edges(fields=fields):
            return any(isinstance(f, CursorOf) for f in fields)
        case PageInfo(fields=names):
            return any(name in ("startCursor", "endCursor") for _, name in names)
    return False


def _cursor(page: Page, alias: str) -> str:
    """A row's cursor: base64 of `["<order>",value,…]`. Postgres breaks base64 into lines; a cursor has none."""
    pieces = [text(f'["{page.order.signature}"')]
    for term in page.order.terms:
        pieces += [text(","), *json_column(term.column, alias)]
    value = concatenation([*pieces, text("]")], " || ")
    return f"translate(encode(convert_to({value}, 'UTF8'), 'base64'), E'\\n', '')"


def _has_more(sheet: Sheet, page: Page, reach: Reach, *, forward: bool) -> Piece:
    """Whether rows lie beyond the page on one side.

    On the side that the page grows towards, one row more was fetched. On the other, rows lie at or beyond the cursor
    that the page starts from, or were passed over by the offset.
    """
    found = [f"(count(*) > {sheet.parameter(page.rows)})"] if forward != page.backward else []
    if bound := page.before if forward else page.after:
        alias = sheet.alias()
        lines = row_lines(sheet, page.entity, reach, page.where, alias)
        beyond = keyset(sheet, page.order, bound, alias, after=forward, inclusive=True)
        found.append(exists_in(f"{page.entity.sql_name} as {alias}", [*lines, beyond]))
    if page.offset and not forward:
        alias = sheet.alias()
        passed_over = exists_in(f"{page.entity.sql_name} as {alias}", _lines_between(sheet, page, reach, alias))
        found.append(f"({sheet.parameter(page.offset)} > 0 and {passed_over})")
    if not found:
        return text("false")
    return sql(joined(found, "or") if found[1:] else found[0])


def _lines_between(sheet: Sheet, page: Page, reach: Reach, alias: str) -> list[str]:
    """The conditions on rows between the page's cursors."""
    lines = row_lines(sheet, page.entity, reach, page.where, alias)
    lines += [keyset(sheet, page.order, page.after, alias, after=True)] if page.after else []
    lines += [keyset(sheet, page.order, page.before, alias, after=False)] if page.before else []
    return lines


def _order_list(order: Order, alias: str, *, reverse: bool) -> str:
    return ", ".join(_order_term(term, alias, reverse) for term in order.terms)


def _order_term(term: OrderTerm, alias: str, reverse: bool) -> str:
    """A term of ORDER BY. Where nulls go is said only when it is not what Postgres does anyway."""
    descending, nulls_first = term.descending ^ reverse, term.nulls_first ^ reverse
    nulls = f" nulls {'first' if nulls_first else 'last'}" if nulls_first != descending else ""
    return f"{alias}.{term.column.name}{' desc' if descending else ''}{nulls if term.column.nullable else ''}"
