"""Renders reads: the roots of an operation become the columns of one row, each the JSON text of its field.

In: nodes.Read.  Out: Statement.
"""

from collections.abc import Sequence

from app.plan.nodes import Nearby, Read, ReadFound, ReadNodes, ReadOne, ReadPage, ReadStats, Selection
from app.plan.values import Encoding
from app.render.aggregates import render_stats
from app.render.pages import Reach, row_lines
from app.render.searches import render_found
from app.render.selections import render_page, row_json, row_of, select_json
from app.render.sql import TENANT, Sheet, Statement, indent, parenthesized, select_from

ROOT = Reach()


def render_reads(reads: Sequence[Read]) -> Statement:
    """One statement for all root fields: a column each, in their order, as JSON text; NULL where there is no row."""
    sheet = Sheet()
    columns = ",\n".join(f"{_root(sheet, read)} as f{i}" for i, read in enumerate(reads, 1))
    # Where only `__typename` is asked of a page, no table is read; the tenant is a parameter all the same.
    nothing_read = "" if TENANT in columns else f"\nwhere {TENANT}::uuid is not null"
    is_nearest = any(isinstance(read, ReadFound) and isinstance(read.by, Nearby) for read in reads)
    return sheet.statement(f"select\n{indent(columns)}{nothing_read}", is_nearest=is_nearest)


def _root(sheet: Sheet, read: Read) -> str:
    match read:
        case ReadOne():
            return _one(sheet, read)
        case ReadPage(page=page):
            return render_page(sheet, page, ROOT)
        case ReadStats(stats=stats):
            return render_stats(sheet, stats, ROOT)
        case ReadNodes():
            return _nodes(sheet, read)
        case ReadFound():
            return render_found(sheet, read)


def _one(sheet: Sheet, read: ReadOne) -> str:
    alias = sheet.alias()
    entity = read.selection.entity
    pieces = row_json(sheet, read.selection, alias)
    lines = row_lines(sheet, entity, ROOT, read.where, alias)
    row = select_json(pieces, f"{entity.sql_name} as {alias}", lines)
    if entity.deleted and not entity.hides_deleted:
        # What is unique of a row, deleted ones may have had as well: the row, or the one that was deleted last.
        row += f"\norder by {alias}.{entity.deleted.name} desc\nlimit 1"
    return parenthesized(row)


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
    rows = [row_of(sheet, selection, key) for selection in selections]
    return "coalesce" + parenthesized(",\n".join([*rows, nothing]))
