"""Renders pages: which rows, in which order, between which cursors.

In: nodes.Page.  Out: the sub-select of a page's rows, and expressions over them (cursor, pageInfo).

The sub-select numbers its rows (`n`) only when something asks whether there are more than the page holds; then it
fetches one row more than the page, which no JSON is built for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.catalog.facts import Column, Edge, Entity
from app.plan.nodes import Bound, Condition, CursorOf, Edges, Nodes, Order, OrderTerm, Page, PageInfo
from app.render.conditions import join_lines, render_conditions
from app.render.json import concatenation, json_column, sql, text
from app.render.keyset import keyset
from app.render.sql import Sheet, of_tenant, parenthesized, where_lines


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
    """The page's rows as a derived table, in the page's order (the reverse of it for a backward page)."""
    order = _order_list(page.order, alias, reverse=page.backward)
    names = list(dict.fromkeys(f"{alias}.{column.name}" for column in columns))
    names += [f"row_number() over (order by {order}) as n"] if is_numbered(page) else []
    lines = row_lines(sheet, page.entity, reach, page.where, alias)
    lines += [keyset(sheet, page.order, page.after, alias, after=True)] if page.after else []
    lines += [keyset(sheet, page.order, page.before, alias, after=False)] if page.before else []
    query = [
        f"select {', '.join(names)}".rstrip(),
        f"from {page.entity.sql_name} as {alias}",
        where_lines(lines),
        f"order by {order}",
        f"limit {sheet.parameter(page.rows)}" + (" + 1" if is_numbered(page) else ""),
    ]
    query += [f"offset {sheet.parameter(page.offset)}"] if page.offset else []
    return parenthesized("\n".join(query)) + f" as {alias}"


def is_numbered(page: Page) -> bool:
    """Whether the rows carry their number: asked by pageInfo, and by a backward page to turn its rows round."""
    return page.backward or any(isinstance(f, PageInfo) and f.fields for f in page.fields)


def reads_rows(page: Page) -> bool:
    """Whether anything is computed over the page's rows; a total alone, for one, is not."""
    grows_towards = "hasPreviousPage" if page.backward else "hasNextPage"
    return any(
        isinstance(f, Nodes | Edges)
        or (isinstance(f, PageInfo) and any(name in (grows_towards, "startCursor", "endCursor") for _, name in f.fields))
        for f in page.fields
    )


def over_page(sheet: Sheet, page: Page, alias: str, function: str, arguments: str) -> str:
    """An aggregate over the page's rows, in the page's order, without the row beyond it."""
    if not is_numbered(page):
        return f"{function}({arguments})"
    order = f" order by {alias}.n desc" if page.backward else ""
    return f"{function}({arguments}{order}) filter (where {alias}.n <= {sheet.parameter(page.rows)})"


def cursor_columns(page: Page) -> list[Column]:
    """The columns that cursors are made of, when the page shows any."""
    return [term.column for term in page.order.terms] if any(map(_shows_cursor, page.fields)) else []


def _shows_cursor(item: object) -> bool:
    match item:
        case Edges(fields=fields):
            return any(isinstance(f, CursorOf) for f in fields)
        case PageInfo(fields=names):
            return any(name in ("startCursor", "endCursor") for _, name in names)
    return False


def cursor(page: Page, alias: str) -> str:
    """A row's cursor: base64 of `["<order>",value,…]`. Postgres breaks base64 into lines; a cursor has none."""
    pieces = [text(f'["{page.order.signature}"')]
    for term in page.order.terms:
        pieces += [text(","), *json_column(term.column, alias)]
    value = concatenation([*pieces, text("]")]).replace("\n ", "")
    return f"translate(encode(convert_to({value}, 'UTF8'), 'base64'), E'\\n', '')"


def page_info_value(sheet: Sheet, page: Page, reach: Reach, name: str, alias: str) -> str:
    """One field of `pageInfo`, as SQL that gives JSON text."""
    if name in ("hasNextPage", "hasPreviousPage"):
        return _has_more(sheet, page, reach, forward=name == "hasNextPage")
    at = "1" if name == "startCursor" else f"least(count(*), {sheet.parameter(page.rows)})"
    chosen = f"({over_page(sheet, page, alias, 'array_agg', cursor(page, alias))})[{at}]"
    return f"coalesce('\"' || {chosen} || '\"', 'null')"


def _has_more(sheet: Sheet, page: Page, reach: Reach, *, forward: bool) -> str:
    """Whether rows lie beyond the page on one side.

    On the side that the page grows towards, one row more was fetched. On the other, rows lie at or beyond the cursor
    that the page starts from, or were passed over by the offset.
    """
    found = [f"count(*) > {sheet.parameter(page.rows)}"] if forward != page.backward else []
    bound = page.before if forward else page.after
    if bound:
        found.append(_exists(sheet, page, reach, bound, after=not forward))
    elif page.offset and not forward:
        found.append(f"({sheet.parameter(page.offset)} > 0 and {_exists(sheet, page, reach, None, after=True)})")
    return f"({' or '.join(found)})::text" if found else "'false'"


def _exists(sheet: Sheet, page: Page, reach: Reach, bound: Bound | None, *, after: bool) -> str:
    """Whether the list has any row; with a bound, any that is not after (or before) it."""
    alias = sheet.alias()
    lines = row_lines(sheet, page.entity, reach, page.where, alias)
    lines += [f"not {keyset(sheet, page.order, bound, alias, after=after)}"] if bound else []
    return "exists " + parenthesized(f"select from {page.entity.sql_name} as {alias}\n{where_lines(lines)}")


def _order_list(order: Order, alias: str, *, reverse: bool) -> str:
    return ", ".join(_order_term(term, alias, reverse) for term in order.terms)


def _order_term(term: OrderTerm, alias: str, reverse: bool) -> str:
    """A term of ORDER BY. Where nulls go is said only when it is not what Postgres does anyway."""
    descending, nulls_first = term.descending ^ reverse, term.nulls_first ^ reverse
    nulls = f" nulls {'first' if nulls_first else 'last'}" if nulls_first != descending else ""
    return f"{alias}.{term.column.name}{' desc' if descending else ''}{nulls if term.column.nullable else ''}"
