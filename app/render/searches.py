"""Renders searches.

In: nodes.ReadFound.  Out: a sub-select of a JSON list, best or nearest first.

Words are looked up by a function that answers ids and ranks: their operator is not leakproof, so that under row-level
security no query of the requests' role could use its index. Vectors are ordered by, which row-level security does not
stand in the way of.
"""

from app.catalog.facts import Entity, Kind
from app.plan.expressions import TextQuery, Type
from app.plan.nodes import Nearby, NodeOf, ReadFound, Score, Snippet, TypeName
from app.render.conditions import render_conditions
from app.render.json import Piece, concatenation, joins_of, json_object, json_value, sql, text
from app.render.selections import row_columns, row_json, select_json
from app.render.sql import Sheet, call_of, of_tenant, parenthesized, search_call, where_lines

_SNIPPED_CHARACTERS = 100_000  # further than that, no field is searched
_FLOAT = Type(Kind.FLOAT)
_MARKS = (
    'StartSel=<mark>, StopSel=</mark>, MaxFragments=2, MinWords=5, MaxWords=20, ShortWord=0, FragmentDelimiter=" … "'
)


def render_found(sheet: Sheet, read: ReadFound) -> str:
    """The list; each row's score is its column `o1`."""
    alias = sheet.alias()
    entity = read.entity
    columns = [column for selection in read.selections for column in row_columns(selection)]
    if any(isinstance(field, Snippet) for field in read.fields):
        assert entity.search is not None
        columns += entity.search.columns
    names = ", ".join(dict.fromkeys(f"{alias}.{column.name}" for column in columns))
    rows = _by_words(sheet, read, alias) if isinstance(read.by, TextQuery) else _by_vector(sheet, read, read.by, alias)
    source, score, order = rows
    query = [
        f"select {', '.join(filter(None, [names, f'{score} as o1']))}",
        source,
        f"order by {order}, {alias}.{entity.key.name}",
        f"limit {sheet.parameter(read.rows)}",
        *([f"offset {sheet.parameter(read.offset)}"] if read.offset else []),
    ]
    item = json_object((field.key, _field(sheet, read, field, alias)) for field in read.fields)
    listed = call_of("string_agg", f"{concatenation(item)}, ','")
    items = [text("["), sql(f"coalesce({listed}, '')", joins_of(item)), text("]")]
    # A vector of zeros has no angle, and some are too long to measure: such rows are the last, and have no distance.
    measured = [] if isinstance(read.by, TextQuery) else [f"abs({alias}.o1) < 'infinity'"]
    return parenthesized(select_json(items, parenthesized("\n".join(query)) + f" as {alias}", measured))


def _by_words(sheet: Sheet, read: ReadFound, alias: str) -> tuple[str, str, str]:
    assert isinstance(read.by, TextQuery)
    found = sheet.alias()
    entity = read.entity
    join = f"{of_tenant(entity, alias)} and {alias}.{entity.key.name} = {found}.id"
    lines = render_conditions(sheet, read.where, alias)
    source = [
        f"from {search_call(sheet, entity, read.by)} as {found}",
        f"join {entity.sql_name} as {alias} on {join}",
        *([where_lines(lines)] if lines else []),
    ]
    return "\n".join(source), f"{found}.rank", f"{found}.rank desc"


def _by_vector(sheet: Sheet, read: ReadFound, near: Nearby, alias: str) -> tuple[str, str, str]:
    entity, column = read.entity, f"{alias}.{near.column.name}"
    distance = f"{column} {near.metric.operator} {sheet.parameter(near.to)}::text::vector"
    lines = [of_tenant(entity, alias), *render_conditions(sheet, read.where, alias)]
    lines += [f"{column} is not null"] if near.column.nullable else []
    return f"from {entity.sql_name} as {alias}\n{where_lines(lines)}", distance, distance


def _field(sheet: Sheet, read: ReadFound, item: NodeOf | Score | Snippet | TypeName, alias: str) -> list[Piece]:
    match item:
        case NodeOf(selection=selection):
            return row_json(sheet, selection, alias)
        case Score():
            return json_value(_FLOAT, f"{alias}.o1")
        case Snippet():
            assert isinstance(read.by, TextQuery)
            return [sql(f"to_json({_snippet(sheet, read.entity, read.by, alias)})::text")]
        case TypeName(name=name):
            return [text(f'"{name}"')]


def _snippet(sheet: Sheet, entity: Entity, query: TextQuery, alias: str) -> str:
    """HTML: the text is escaped, and what was found stands in <mark>."""
    assert entity.search is not None
    words = ", ".join(f"{alias}.{column.name}" for column in entity.search.columns)
    escaped = f"left(concat_ws(' … ', {words}), {_SNIPPED_CHARACTERS})"
    for character, entity_name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        escaped = f"replace({escaped}, '{character}', '{entity_name}')"
    language = f"'{entity.search.language}'"
    asked = f"app.search_query({language}, {sheet.parameter(query.words)}, {sheet.parameter(query.prefix)})"
    return f"ts_headline({language}, {escaped}, {asked}, '{_MARKS}')"
