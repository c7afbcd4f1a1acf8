"""A second reader, for the tests: it answers the same queries in the plainest way there is.

In: a document, its variables, and a tenant's rows, which one `select` a table brings.  Out: the answer's data.
graphql-core executes the document over dictionaries; conditions, orders, cursors and pages are plain Python over lists.
Of the gateway it takes the catalog and the schema's text, and nothing of app/plan or app/render.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import asyncpg
from graphql import ExecutionResult, build_schema, execute_sync, parse

from app.auth.principal import TenantId
from app.catalog.facts import Catalog, Column, Edge, Entity, Kind

Row = Mapping[str, Any]
Arguments = Mapping[str, Any]
DEFAULT_ROWS = 100

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, given: value == given,
    "in": lambda value, given: value in given,
    "lt": lambda value, given: value < given,
    "lte": lambda value, given: value <= given,
    "gt": lambda value, given: value > given,
    "gte": lambda value, given: value >= given,
    "contains": lambda value, given: given in value,
    "startsWith": lambda value, given: value.startswith(given),
    "endsWith": lambda value, given: value.endswith(given),
    "iContains": lambda value, given: given.lower() in value.lower(),
    "iStartsWith": lambda value, given: value.lower().startswith(given.lower()),
    "iEndsWith": lambda value, given: value.lower().endswith(given.lower()),
}
_QUANTIFIERS: Mapping[str, Callable[[list[bool]], bool]] = {
    "some": any,
    "every": all,
    "none": lambda held: not any(held),
}


class PlainReader:
    """Answers queries over the rows of one tenant."""

    def __init__(self, catalog: Catalog, sdl: str, rows: Mapping[str, list[Row]]) -> None:
        self._catalog = catalog
        self._schema = build_schema(sdl)
        self._rows = rows

    @classmethod
    async def open(
        cls, superuser: "asyncpg.Connection[asyncpg.Record]", catalog: Catalog, sdl: str, tenant: TenantId
    ) -> "PlainReader":
        """Takes in the rows of a tenant, as they are now."""
        rows = {}
        for entity in catalog.tenant_entities():
            query = f"select row_to_json(t)::text from {entity.sql_name} as t where t.tenant_id = $1"
            rows[entity.name] = [json.loads(record[0]) for record in await superuser.fetch(query, tenant)]
        return cls(catalog, sdl, rows)

    def data(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of a query that must not fail."""
        result = execute_sync(self._schema, parse(query), self._roots(), variable_values=dict(variables or {}))
        assert isinstance(result, ExecutionResult)
        assert not result.errors, result.errors
        return result.data

    def _roots(self) -> dict[str, Any]:
        roots: dict[str, Any] = {}
        for entity in self._catalog.tenant_entities():
            roots[entity.singular_field] = lambda _, *, e=entity, **given: self._by_key(e, given["by"])
            roots[entity.plural_field] = lambda _, *, e=entity, **given: self._page(e, self._rows[e.name], given)
            roots[f"{entity.singular_field}Stats"] = lambda _, *, e=entity, **given: self._stats(
                e, self._rows[e.name], given
            )
        return roots

    def _by_key(self, entity: Entity, by: Arguments) -> Any:
        ((field, value),) = by.items()
        column = entity.field(field)
        found = [row for row in self._rows[entity.name] if row[column.name] == value]
        return self._object(entity, found[0]) if found else None

    def _object(self, entity: Entity, row: Row) -> dict[str, Any]:
        """A row as graphql-core's default resolver takes it: a dictionary, in which edges are functions."""
        fields: dict[str, Any] = {column.field or "": row[column.name] for column in entity.fields}
        for edge in entity.edges:
            target = self._catalog[edge.target_name]
            if edge.many:
                fields[edge.field] = lambda _, *, e=edge, t=target, **given: self._page(t, self._along(e, row), given)
                fields[f"{edge.field}Stats"] = lambda _, *, e=edge, t=target, **given: self._stats(
                    t, self._along(e, row), given
                )
            else:
                fields[edge.field] = lambda _, *, e=edge, t=target: next(
                    (self._object(t, found) for found in self._along(e, row)), None
                )
        return fields

    def _along(self, edge: Edge, row: Row) -> list[Row]:
        """The rows at the other end of an edge."""
        rows = self._rows[edge.target_name]
        return [there for there in rows if all(there[target] == row[source] for source, target in edge.join)]

    # --- conditions ---

    def _holds(self, entity: Entity, where: Arguments | None, row: Row) -> bool:
        return all(self._condition_holds(entity, name, given, row) for name, given in (where or {}).items())

    def _condition_holds(self, entity: Entity, name: str, given: Any, row: Row) -> bool:
        if name == "and":
            return all(self._holds(entity, part, row) for part in given)
        if name == "or":
            return any(self._holds(entity, part, row) for part in given)
        if name == "not":
            return not self._holds(entity, given, row)
        edge = entity.edge(name)
        if edge is None:
            column = entity.field(name)
            return all(_operator_holds(column, operator, value, row) for operator, value in given.items())
        target = self._catalog[edge.target_name]
        there = self._along(edge, row)
        if not edge.many:
            return any(self._holds(target, given, other) for other in there)
        return all(
            _QUANTIFIERS[quantifier]([self._holds(target, inner, other) for other in there])
            for quantifier, inner in given.items()
        )

    # --- pages ---

    def _page(self, entity: Entity, rows: Iterable[Row], given: Arguments) -> dict[str, Any]:
        matching = [row for row in rows if self._holds(entity, given.get("where"), row)]
        terms = order_terms(entity, given.get("orderBy"))
        ordered = in_order(matching, terms)
        start, end = 0, len(ordered)
        if given.get("after"):
            start = _place_of(given["after"], matching, terms, behind=True)
        if given.get("before"):
            end = _place_of(given["before"], matching, terms, behind=False)
        if given.get("last") is not None:
            start_of_page = max(start, end - given["last"])
            end_of_page = end
        else:
            start_of_page = min(start + (given.get("offset") or 0), max(start, end))
            first = DEFAULT_ROWS if given.get("first") is None else given["first"]
            end_of_page = min(start_of_page + first, end)
        page = ordered[start_of_page:end_of_page]
        cursors = [_cursor(row, terms) for row in page]
        return {
            "nodes": [self._object(entity, row) for row in page],
            "edges": [
                {"cursor": cursor, "node": self._object(entity, row)} for cursor, row in zip(cursors, page, strict=True)
            ],
            "totalCount": len(matching),
            "pageInfo": {
                "hasPreviousPage": start_of_page > 0,
                "hasNextPage": end_of_page < len(ordered),
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }

    # --- stats ---

    def _stats(self, entity: Entity, rows: Iterable[Row], given: Arguments) -> dict[str, Any]:
        matching = [row for row in rows if self._holds(entity, given.get("where"), row)]
        return {"count": len(matching), "groups": lambda _, **by: _groups(entity, matching, by)}


def _operator_holds(column: Column, operator: str, given: Any, row: Row) -> bool:
    value = row[column.name]
    if operator == "isNull":
        return (value is None) is given
    if operator in ("ne", "notIn"):
        return not _operator_holds(column, {"ne": "eq", "notIn": "in"}[operator], given, row)
    if value is None:
        return False
    given = [_comparable(column, item) for item in given] if operator == "in" else _comparable(column, given)
    return _OPERATORS[operator](_comparable(column, value), given)


def _comparable(column: Column, value: Any) -> Any:
    """Moments are compared as moments: their text may differ."""
    return datetime.fromisoformat(value) if column.kind is Kind.TIMESTAMP else value


Term = tuple[Column, bool, bool]
"""A column, whether it descends, and whether its nulls come first."""


def order_terms(entity: Entity, order_by: Iterable[Arguments] | None) -> list[Term]:
    """`orderBy` with the key in the end: where it stands already, what follows it is idle."""
    terms: list[Term] = []
    for item in order_by or ():
        ((field, direction),) = ((name, value) for name, value in item.items() if name != "nulls")
        descending = direction == "DESC"
        nulls = item.get("nulls")
        terms.append((entity.field(field), descending, descending if nulls is None else nulls == "FIRST"))
        if terms[-1][0] is entity.key:
            return terms
    return [*terms, (entity.key, terms[-1][1] if terms else False, False)]


def in_order(rows: Iterable[Row], terms: Iterable[Term]) -> list[Row]:
    """Rows in an order: sorted by its last term first, as sorting is stable."""
    ordered = list(rows)
    for column, descending, nulls_first in reversed(list(terms)):
        nulls = [row for row in ordered if row[column.name] is None]
        values = [row for row in ordered if row[column.name] is not None]
        values.sort(key=lambda row, c=column: _comparable(c, row[c.name]), reverse=descending)  # type: ignore[misc]
        ordered = [*nulls, *values] if nulls_first else [*values, *nulls]
    return ordered


def _cursor(row: Row, terms: Iterable[Term]) -> str:
    values = ["", *(row[column.name] for column, _, _ in terms)]
    return base64.b64encode(json.dumps(values).encode()).decode()


def _place_of(cursor: str, rows: Iterable[Row], terms: list[Term], *, behind: bool) -> int:
    """How many rows stand before a cursor; `behind` counts the cursor's own row, if it is there."""
    _, *values = json.loads(base64.b64decode(cursor))
    marker = {column.name: value for (column, _, _), value in zip(terms, values, strict=False)}
    key = terms[-1][0].name
    others = [row for row in rows if row[key] != marker[key]]
    there = len(others) < len(list(rows))
    return in_order([*others, marker], terms).index(marker) + (1 if behind and there else 0)


def _groups(entity: Entity, rows: Iterable[Row], given: Arguments) -> list[dict[str, Any]]:
    by_member = {_member(column): column for column in entity.fields}
    columns = [by_member[member] for member in given["by"]]
    counts: dict[tuple[Any, ...], int] = {}
    for row in rows:
        keys = tuple(row[column.name] for column in columns)
        counts[keys] = counts.get(keys, 0) + 1
    groups = [dict(zip((c.name for c in columns), keys, strict=True)) | {"count": n} for keys, n in counts.items()]
    ordered = in_order(groups, [(column, False, False) for column in columns])
    first = DEFAULT_ROWS if given.get("first") is None else given["first"]
    return [
        {"keys": {column.field: group[column.name] for column in columns}, "count": group["count"]}
        for group in ordered[:first]
    ]


def _member(column: Column) -> str:
    """`userId` → `USER_ID`, as the enum to group by has it."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in column.field or "").upper()


def without_signatures(data: Any) -> Any:
    """An answer in which cursors say what they hold, without the name of their order, which is the gateway's own."""
    match data:
        case dict():
            return {key: without_signatures(value) for key, value in data.items()}
        case list():
            return [without_signatures(item) for item in data]
        case str() if data.startswith(("WyIy", "WyIi")):  # `["2` and `[""` in base64
            return json.loads(base64.b64decode(data))[1:]
    return data
