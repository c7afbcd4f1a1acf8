"""Renders reads: the roots of an operation become the columns of one row, each the JSON text of its field.

In: nodes.Read.  Out: Statement.
To-one edges and pages are scalar sub-selects that follow the outer row; each table reference carries the tenant.
"""

from collections.abc import Sequence

from app.catalog.facts import Column, Edge
from app.plan.nodes import (
    EVERYTHING,
    Count,
    CursorOf,
    Edges,
    EdgeStats,
    GroupKeys,
    Groups,
    NodeOf,
    Nodes,
    Page,
    PageInfo,
    Read,
    ReadOne,
    ReadPage,
    ReadStats,
    Scalar,
    Selection,
    Stats,
    ToMany,
    ToOne,
    TotalCount,
    TypeName,
)
from app.render.json import Piece, concatenation, json_column, json_object, sql, text
from app.render.pages import Reach, over_page, page_info_value, page_rows, reads_rows, row_lines
from app.render.sql import TENANT, Sheet, Statement, indent, parenthesized, select_from, where_lines

ROOT = Reach()


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
            return _stats(sheet, stats, ROOT)


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
    """The columns of the row that its JSON is made of, those that edges join on included."""
    columns: list[Column] = []
    for item in selection.fields:
        match item:
            case Scalar(column=column):
                columns.append(column)
            case ToOne(edge=edge) | ToMany(edge=edge) | EdgeStats(edge=edge):
                columns += [selection.entity.column(source) for source, _ in edge.join]
    return columns


def _field(sheet: Sheet, item: object, alias: str) -> list[Piece]:
    match item:
        case Scalar(column=column):
            return json_column(column, alias)
        case TypeName(name=name):
            return [text(f'"{name}"')]
        case ToOne(edge=edge, selection=selection):
            return [sql(_to_one(sheet, edge, selection, alias))]
        case ToMany(edge=edge, page=page):
            return [sql(_page(sheet, page, Reach(edge, alias)))]
        case EdgeStats(edge=edge, stats=stats):
            return [sql(_stats(sheet, stats, Reach(edge, alias)))]
    raise AssertionError(f"render-unknown-field {item!r}")


def _to_one(sheet: Sheet, edge: Edge, selection: Selection, outer: str) -> str:
    alias = sheet.alias()
    value = row_value(sheet, selection, alias)
    lines = row_lines(sheet, selection.entity, Reach(edge, outer), EVERYTHING, alias)
    query = select_from(value, f"{selection.entity.sql_name} as {alias}", lines)
    return f"coalesce({parenthesized(query)}, 'null')"


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
        case TotalCount():
            return [sql(_total(sheet, page, reach))]
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


def _total(sheet: Sheet, page: Page, reach: Reach) -> str:
    alias = sheet.alias()
    lines = row_lines(sheet, page.entity, reach, page.where, alias)
    return parenthesized(select_from("count(*)", f"{page.entity.sql_name} as {alias}", lines))


def _stats(sheet: Sheet, stats: Stats, reach: Reach) -> str:
    alias = sheet.alias()
    members = ((item.key, _stats_field(sheet, stats, reach, item)) for item in stats.fields)
    value = concatenation(json_object(members))
    if not any(isinstance(item, Count) for item in stats.fields):
        return parenthesized(select_from(value))
    lines = row_lines(sheet, stats.entity, reach, stats.where, alias)
    return parenthesized(select_from(value, f"{stats.entity.sql_name} as {alias}", lines))


def _stats_field(sheet: Sheet, stats: Stats, reach: Reach, item: Count | Groups | TypeName) -> list[Piece]:
    match item:
        case Count():
            return [sql("count(*)")]
        case TypeName(name=name):
            return [text(f'"{name}"')]
        case Groups():
            return [text("["), sql(_groups(sheet, stats, reach, item)), text("]")]


def _groups(sheet: Sheet, stats: Stats, reach: Reach, groups: Groups) -> str:
    alias = sheet.alias()
    group = json_object((item.key, _group_field(groups, item, alias)) for item in groups.fields)
    names = ", ".join(f"{alias}.{column.name}" for column in groups.by)
    lines = row_lines(sheet, stats.entity, reach, stats.where, alias)
    query = [
        f"select {names}, count(*) as n",
        f"from {stats.entity.sql_name} as {alias}",
        where_lines(lines),
        f"group by {names}",
        f"order by {names}",
        f"limit {sheet.parameter(groups.rows)}",
    ]
    rows = parenthesized("\n".join(query))
    value = f"coalesce(string_agg(\n{indent(concatenation(group))}, ','\n), '')"
    return parenthesized(select_from(value, f"{rows} as {alias}"))


def _group_field(groups: Groups, item: Count | GroupKeys | TypeName, alias: str) -> list[Piece]:
    match item:
        case Count():
            return [sql(f"{alias}.n")]
        case GroupKeys(fields=fields):
            return json_object((f.key, _group_key(groups, f, alias)) for f in fields)
        case TypeName(name=name):
            return [text(f'"{name}"')]


def _group_key(groups: Groups, item: Scalar | TypeName, alias: str) -> list[Piece]:
    if isinstance(item, TypeName):
        return [text(f'"{item.name}"')]
    # A column that the rows were not grouped by has no one value in a group.
    return json_column(item.column, alias) if item.column in groups.by else [text("null")]
