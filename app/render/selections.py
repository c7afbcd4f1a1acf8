"""Renders selections: what is asked of a row becomes JSON text, edges and pages included.

In: nodes.Selection and the alias of the row.  Out: an expression of JSON text, and the columns that it takes.
A page is a scalar sub-select that follows the outer row. A to-one edge is a lateral join to it: a page of 100 rows with
one took four fifths of the time that it takes with a sub-select. Its `limit 1` keeps it a look-up for each row:
Postgres does not choose to read the other table as a whole. Each table reference carries the tenant.
"""

from collections.abc import Sequence

from app.catalog.facts import Column, Computed, Edge, Entity, Kind
from app.plan.expressions import EVERYTHING, Expression, OverEdge, Own
from app.plan.nodes import (
    CursorOf,
    Custom,
    Edges,
    EdgeStats,
    NodeOf,
    Nodes,
    Page,
    PageInfo,
    Referred,
    Scalar,
    Selection,
    ToMany,
    ToOne,
    TotalCount,
    TypeName,
)
from app.render.aggregates import render_stats
from app.render.expressions import render_expression
from app.render.json import Piece, concatenation, joins_of, json_object, json_value, sql, text
from app.render.pages import (
    Reach,
    of_page,
    over_page,
    page_info_value,
    page_rows,
    reads_rows,
    row_cursor,
    row_lines,
    total,
)
from app.render.sql import Sheet, indent, of_tenant, parenthesized, select_from

MARK_START, MARK_END = 1, 2
"""Control characters, which Postgres writes as escapes wherever they stand in a value."""
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


def select_row(sheet: Sheet, selection: Selection, table: str, alias: str, lines: list[str] | None = None) -> str:
    """What is asked of the rows of a table, as a select of JSON text."""
    return select_json(row_json(sheet, selection, alias), f"{table} as {alias}", lines)


def select_json(pieces: list[Piece], source: str, lines: list[str] | None = None, name: str = "") -> str:
    """A select of JSON text, from what it is made of and all that is joined to that."""
    value = concatenation(pieces) + (f" as {name}" if name else "")
    return select_from(value, "\n".join([source, *joins_of(pieces)]), lines)


def row_json(sheet: Sheet, selection: Selection, alias: str, wanted: Sequence[str] = ()) -> list[Piece]:
    """What is asked of the row that `alias` stands for.

    wanted   conditions on it: what is joined to a row that they leave out is not looked up
    """
    return json_object((item.key, _field(sheet, item, alias, wanted)) for item in selection.fields)


def row_columns(selection: Selection) -> list[Column]:
    """The columns of a row that its JSON is made of: those asked for, and those its edges join on."""
    entity = selection.entity
    columns: list[Column] = []
    for item in selection.fields:
        match item:
            case Scalar(value=value):
                columns += _columns_of(entity, value)
            case ToOne(edge=edge) | ToMany(edge=edge) | EdgeStats(edge=edge):
                columns += [entity.column(source) for source, _ in edge.join]
            case Referred(reference=reference):
                columns += [reference.type_column, reference.id_column]
            case Custom(field=field):
                columns += field.columns
    return columns


def _columns_of(entity: Entity, expression: Expression) -> Sequence[Column]:
    match expression:
        case Own(Column() as column):
            return [column]
        case Own(Computed(columns=columns)):
            return columns
        case OverEdge(edge=edge):
            return [entity.column(source) for source, _ in edge.join]
    raise AssertionError(f"render-unknown-selected-value {expression!r}")


def _field(sheet: Sheet, item: object, alias: str, wanted: Sequence[str]) -> list[Piece]:
    match item:
        case Scalar(value=value):
            return json_value(value.type, render_expression(sheet, value, alias))
        case TypeName(name=name):
            return [text(f'"{name}"')]
        case ToOne(edge=edge, selection=selection):
            return [_to_one(sheet, edge, selection, alias, wanted)]
        case ToMany(edge=edge, page=page):
            return [sql(render_page(sheet, page, Reach(edge, alias)))]
        case EdgeStats(edge=edge, stats=stats):
            return [sql(render_stats(sheet, stats, Reach(edge, alias)))]
        case Referred():
            return [sql(_referred(sheet, item, alias))]
        case Custom():
            return _custom(item, alias)
    raise AssertionError(f"render-unknown-field {item!r}")


def _to_one(sheet: Sheet, edge: Edge, selection: Selection, outer: str, wanted: Sequence[str]) -> Piece:
    alias = sheet.alias()
    pieces = row_json(sheet, selection, alias)
    lines = [*row_lines(sheet, selection.entity, Reach(edge, outer), EVERYTHING, alias), *wanted]
    row = select_json(pieces, f"{selection.entity.sql_name} as {alias}", lines, name="j") + "\nlimit 1"
    return sql(f"coalesce({alias}.j, 'null')", [f"left join lateral {parenthesized(row)} as {alias} on true"])


def row_of(sheet: Sheet, selection: Selection, key: str) -> str:
    """What is asked of the row of an entity that has this key, as a sub-select."""
    alias = sheet.alias()
    entity = selection.entity
    lines = [of_tenant(entity, alias), f"{alias}.{entity.key.name} = {key}"]
    return parenthesized(select_row(sheet, selection, entity.sql_name, alias, lines))


def _referred(sheet: Sheet, item: Referred, alias: str) -> str:
    """Which entity the row is of is a value of the row that refers to it."""
    reference = item.reference
    if not item.selections:
        return "'null'"
    key = f"{alias}.{reference.id_column.name}"
    if reference.id_column.kind is Kind.TEXT:
        # A text may be no id at all, and a cast would fail for the whole statement.
        key = f"case when {key} ~ '{_UUID}' then {key}::uuid end"
    rows = [f"when '{s.entity.name}' then {row_of(sheet, s, key)}" for s in item.selections]
    cases = "\n".join([f"case {alias}.{reference.type_column.name}", *map(indent, rows), "end"])
    return f"coalesce({cases}, 'null')"


def _custom(item: Custom, alias: str) -> list[Piece]:
    """What a field in Python needs, between two characters that no JSON text contains (graph/custom_fields.py)."""
    needed = json_object((c.name, json_value(c, f"{alias}.{c.name}")) for c in item.field.columns)
    return [sql(f"chr({MARK_START})"), text(item.field.name), *needed, sql(f"chr({MARK_END})")]


def render_page(sheet: Sheet, page: Page, reach: Reach) -> str:
    alias = sheet.alias()
    pieces = json_object((item.key, _page_field(sheet, page, reach, item, alias)) for item in page.fields)
    if not reads_rows(page):
        return parenthesized(select_from(concatenation(pieces)))
    columns = [column for selection in page.selections for column in row_columns(selection)]
    return parenthesized(select_json(pieces, page_rows(sheet, page, reach, alias, columns)))


def _page_field(sheet: Sheet, page: Page, reach: Reach, item: object, alias: str) -> list[Piece]:
    match item:
        case Nodes(selection=selection):
            return _list(sheet, page, row_json(sheet, selection, alias, of_page(sheet, page, alias)), alias)
        case Edges(fields=fields):
            edge = json_object((f.key, _edge_field(sheet, page, f, alias)) for f in fields)
            return _list(sheet, page, edge, alias)
        case PageInfo(fields=names):
            return json_object((key, _page_info(sheet, page, reach, name, alias)) for key, name in names)
        case TotalCount():
            return [sql(total(sheet, page, reach, item))]
        case TypeName(name=name):
            return [text(f'"{name}"')]
    raise AssertionError(f"render-unknown-page-field {item!r}")


def _page_info(sheet: Sheet, page: Page, reach: Reach, name: str, alias: str) -> list[Piece]:
    if name == "__typename":
        return [text('"PageInfo"')]
    return [page_info_value(sheet, page, reach, name, alias)]


def _list(sheet: Sheet, page: Page, item: list[Piece], alias: str) -> list[Piece]:
    items = over_page(sheet, page, alias, "string_agg", f"{concatenation(item)}, ','")
    return [text("["), sql(f"coalesce({items}, '')", joins_of(item)), text("]")]


def _edge_field(sheet: Sheet, page: Page, item: CursorOf | NodeOf | TypeName, alias: str) -> list[Piece]:
    match item:
        case CursorOf():
            return [text('"'), sql(row_cursor(page, alias)), text('"')]
        case NodeOf(selection=selection):
            return row_json(sheet, selection, alias, of_page(sheet, page, alias))
        case TypeName(name=name):
            return [text(f'"{name}"')]
