"""Renders reads: the roots of an operation become the columns of one row, each the JSON text of its field.

In: nodes.Read.  Out: Statement.
To-one edges and pages are scalar sub-selects that follow the outer row; each table reference carries the tenant.
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
    Read,
    ReadNodes,
    ReadOne,
    ReadPage,
    ReadStats,
    Referred,
    Scalar,
    Selection,
    ToMany,
    ToOne,
    TotalCount,
    TypeName,
)
from app.plan.values import Encoding
from app.render.aggregates import render_stats
from app.render.expressions import render_expression
from app.render.json import Piece, concatenation, json_object, json_value, sql, text
from app.render.pages import Reach, over_page, page_info_value, page_rows, reads_rows, row_lines, total
from app.render.sql import TENANT, Sheet, Statement, indent, of_tenant, parenthesized, select_from

ROOT = Reach()
MARK_START, MARK_END = 1, 2
"""Control characters, which Postgres writes as escapes wherever they stand in a value."""
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


def render_reads(reads: Sequence[Read]) -> Statement:
    """One statement for all root fields: a column each, in their order, as JSON text; NULL where there is no row."""
    sheet = Sheet()
    columns = ",\n".join(f"{_root(sheet, read)} as f{i}" for i, read in enumerate(reads, 1))
    # Where only `__typename` is asked of a page, no table is read; the tenant is a parameter all the same.
    nothing_read = "" if TENANT in columns else f"\nwhere {TENANT}::uuid is not null"
    return sheet.statement(f"select\n{indent(columns)}{nothing_read}")


def _root(sheet: Sheet, read: Read) -> str:
    match read:
        case ReadOne():
            return _one(sheet, read)
        case ReadPage(page=page):
            return _page(sheet, page, ROOT)
        case ReadStats(stats=stats):
            return render_stats(sheet, stats, ROOT)
        case ReadNodes():
            return _nodes(sheet, read)


def _one(sheet: Sheet, read: ReadOne) -> str:
    alias = sheet.alias()
    entity = read.selection.entity
    value = row_value(sheet, read.selection, alias)
    lines = row_lines(sheet, entity, ROOT, read.where, alias)
    return parenthesized(select_from(value, f"{entity.sql_name} as {alias}", lines))


def row_value(sheet: Sheet, selection: Selection, alias: str) -> str:
    """What is asked of the row, as one expression of JSON text."""
    return concatenation(row_json(sheet, selection, alias))


def row_json(sheet: Sheet, selection: Selection, alias: str) -> list[Piece]:
    """What is asked of the row that `alias` stands for."""
    return json_object((item.key, _field(sheet, item, alias)) for item in selection.fields)


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


def _field(sheet: Sheet, item: object, alias: str) -> list[Piece]:
    match item:
        case Scalar(value=value):
            return json_value(value.type, render_expression(sheet, value, alias))
        case TypeName(name=name):
            return [text(f'"{name}"')]
        case ToOne(edge=edge, selection=selection):
            return [sql(_to_one(sheet, edge, selection, alias))]
        case ToMany(edge=edge, page=page):
            return [sql(_page(sheet, page, Reach(edge, alias)))]
        case EdgeStats(edge=edge, stats=stats):
            return [sql(render_stats(sheet, stats, Reach(edge, alias)))]
        case Referred():
            return [sql(_referred(sheet, item, alias))]
        case Custom():
            return _custom(item, alias)
    raise AssertionError(f"render-unknown-field {item!r}")


def _to_one(sheet: Sheet, edge: Edge, selection: Selection, outer: str) -> str:
    alias = sheet.alias()
    value = row_value(sheet, selection, alias)
    lines = row_lines(sheet, selection.entity, Reach(edge, outer), EVERYTHING, alias)
    query = select_from(value, f"{selection.entity.sql_name} as {alias}", lines)
    return f"coalesce({parenthesized(query)}, 'null')"


def _nodes(sheet: Sheet, read: ReadNodes) -> str:
    """The row that has the id, whichever entity's it is; for a list of ids, one for each, in their order."""
    ids = sheet.parameter(read.ids)
    if read.ids.encoding is not Encoding.IDS:
        return _whichever(sheet, read.selections, f"{ids}::uuid", "null")
    alias = sheet.alias()
    node = _whichever(sheet, read.selections, f"{alias}.id", "'null'")
    value = f"'[' || coalesce(string_agg({node}, ',' order by {alias}.n), '') || ']'"
    return parenthesized(select_from(value, f"unnest({ids}::uuid[]) with ordinality as {alias}(id, n)"))


def _whichever(sheet: Sheet, selections: Sequence[Selection], key: str, nothing: str) -> str:
    rows = [_row_of(sheet, selection, key) for selection in selections]
    return "coalesce" + parenthesized(",\n".join([*rows, nothing]))


def _row_of(sheet: Sheet, selection: Selection, key: str) -> str:
    """What is asked of the row of an entity that has this key, as a sub-select."""
    alias = sheet.alias()
    entity = selection.entity
    lines = [of_tenant(entity, alias), f"{alias}.{entity.key.name} = {key}"]
    return parenthesized(select_from(row_value(sheet, selection, alias), f"{entity.sql_name} as {alias}", lines))


def _referred(sheet: Sheet, item: Referred, alias: str) -> str:
    """Which entity the row is of is a value of the row that refers to it."""
    reference = item.reference
    if not item.selections:
        return "'null'"
    key = f"{alias}.{reference.id_column.name}"
    if reference.id_column.kind is Kind.TEXT:
        # A text may be no id at all, and a cast would fail for the whole statement.
        key = f"case when {key} ~ '{_UUID}' then {key}::uuid end"
    rows = [f"when '{s.entity.name}' then {_row_of(sheet, s, key)}" for s in item.selections]
    cases = "\n".join([f"case {alias}.{reference.type_column.name}", *map(indent, rows), "end"])
    return f"coalesce({cases}, 'null')"


def _custom(item: Custom, alias: str) -> list[Piece]:
    """What a field in Python needs, between two characters that no JSON text contains (graph/custom_fields.py)."""
    needed = json_object((c.name, json_value(c, f"{alias}.{c.name}")) for c in item.field.columns)
    return [sql(f"chr({MARK_START})"), text(item.field.name), *needed, sql(f"chr({MARK_END})")]


def _page(sheet: Sheet, page: Page, reach: Reach) -> str:
    alias = sheet.alias()
    value = concatenation(json_object((item.key, _page_field(sheet, page, reach, item, alias)) for item in page.fields))
    if not reads_rows(page):
        return parenthesized(select_from(value))
    columns = [column for selection in page.selections for column in row_columns(selection)]
    return parenthesized(select_from(value, page_rows(sheet, page, reach, alias, columns)))


def _page_field(sheet: Sheet, page: Page, reach: Reach, item: object, alias: str) -> list[Piece]:
    match item:
        case Nodes(selection=selection):
            return _list(sheet, page, row_json(sheet, selection, alias), alias)
        case Edges(fields=fields):
            edge = json_object((f.key, _edge_field(sheet, f, alias)) for f in fields)
            return _list(sheet, page, edge, alias)
        case PageInfo(fields=names):
            return json_object((key, _page_info(sheet, page, reach, name, alias)) for key, name in names)
        case TotalCount(is_exact=is_exact):
            return [sql(total(sheet, page, reach, item) + ("::text" if is_exact else ""))]
        case TypeName(name=name):
            return [text(f'"{name}"')]
    raise AssertionError(f"render-unknown-page-field {item!r}")


def _page_info(sheet: Sheet, page: Page, reach: Reach, name: str, alias: str) -> list[Piece]:
    if name == "__typename":
        return [text('"PageInfo"')]
    return [page_info_value(sheet, page, reach, name, alias)]


def _list(sheet: Sheet, page: Page, item: list[Piece], alias: str) -> list[Piece]:
    items = over_page(sheet, page, alias, "string_agg", f"{concatenation(item)}, ','")
    return [text("["), sql(f"coalesce({items}, '')"), text("]")]


def _edge_field(sheet: Sheet, item: CursorOf | NodeOf | TypeName, alias: str) -> list[Piece]:
    match item:
        case CursorOf():
            return [text('"'), sql(f"{alias}.c"), text('"')]
        case NodeOf(selection=selection):
            return row_json(sheet, selection, alias)
        case TypeName(name=name):
            return [text(f'"{name}"')]
