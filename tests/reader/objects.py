"""The reader: rows as objects whose fields graphql-core's default resolver takes."""

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
from graphql import DocumentNode, ExecutionResult, build_schema, execute_sync, get_operation_ast, parse

from app.auth.principal import TenantId
from app.catalog.facts import Catalog, Edge, Entity, Reference
from tests.reader.conditions import where_holds
from tests.reader.filters import comparable
from tests.reader.measures import grouped, having_holds, measures
from tests.reader.orders import group_terms, in_order
from tests.reader.pages import Arguments, cut, page_of
from tests.reader.rows import Row, Rows


class PlainReader:
    """Answers queries over the rows of one tenant."""

    def __init__(self, rows: Rows, sdl: str, *, max_counted_rows: int) -> None:
        self._all_rows, self._live_rows = rows, rows.live
        self._rows = self._live_rows
        self._schema = build_schema(sdl)
        self._max_counted_rows = max_counted_rows

    @classmethod
    async def open(
        cls,
        superuser: "asyncpg.Connection[asyncpg.Record]",
        catalog: Catalog,
        sdl: str,
        tenant: TenantId,
        *,
        max_counted_rows: int = 10_000,
    ) -> "PlainReader":
        """A reader of the rows of a tenant, as they are now."""
        return cls(await Rows.select(superuser, catalog, tenant), sdl, max_counted_rows=max_counted_rows)

    def data(self, query: str, variables: Mapping[str, Any] | None = None, name: str | None = None) -> Any:
        """The data of a query that must not fail; `name` says which of several operations."""
        document = parse(query)
        # What is deleted is there for a query that says so, and else it is not.
        self._rows = self._all_rows if _asks_for_deleted(document, name) else self._live_rows
        result = execute_sync(
            self._schema, document, self._roots(), variable_values=dict(variables or {}), operation_name=name
        )
        assert isinstance(result, ExecutionResult)
        assert not result.errors, result.errors
        return result.data

    def _roots(self) -> dict[str, Any]:
        roots: dict[str, Any] = {
            "node": lambda _, **given: self._node(given["id"]),
            "nodes": lambda _, *, ids: [self._node(key) for key in ids],
        }
        for entity in self._rows.catalog.graph_entities():
            everything = self._rows.of(entity)
            roots[entity.singular_field] = lambda _, *, by, e=entity: self._by_key(e, by)
            roots |= self._lists(entity, everything, entity.plural_field, f"{entity.singular_field}Stats")
        return roots

    def _lists(self, entity: Entity, rows: Iterable[Row], page: str, stats: str) -> dict[str, Any]:
        """The two fields that answer with rows of a list, and with numbers over them."""
        return {
            page: lambda _, **given: self._page(entity, rows, given),
            stats: lambda _, where=None: self._stats(entity, rows, where),
        }

    def _node(self, key: str) -> Any:
        """The object that has the id, whichever entity's it is."""
        found = (self._by_key(entity, {"id": key}) for entity in self._rows.catalog.graph_entities())
        return next((node for node in found if node), None)

    def _by_key(self, entity: Entity, by: Arguments) -> Any:
        ((field, value),) = by.items()
        column = entity.field(field)
        wanted = comparable(column.kind, value)
        rows = [row for row in self._rows.of(entity) if comparable(column.kind, row[column.name]) == wanted]
        # Of several that have it, all but one are deleted: the one that is not, or was so last.
        rows.sort(key=lambda row: row.get("deleted_at") or "9999", reverse=True)
        return self._object(entity, rows[0]) if rows else None

    def _object(self, entity: Entity, row: Row) -> dict[str, Any]:
        """A dictionary in which whatever is computed is a function."""
        fields: dict[str, Any] = {"__typename": entity.name}
        for value in entity.values:
            fields[value.field or ""] = lambda _, f=value.field: self._rows.value(entity, row, f)
        for edge in entity.edges:
            fields |= self._edge(edge, row)
        for reference in entity.references:
            fields[reference.field] = lambda _, r=reference: self._referred(r, row)
        return fields

    def _edge(self, edge: Edge, row: Row) -> dict[str, Any]:
        target, there = self._rows.target(edge), self._rows.along(edge, row)
        if edge.many:
            return self._lists(target, there, edge.field, f"{edge.field}Stats")
        return {edge.field: lambda _: self._object(target, there[0]) if there else None}

    def _referred(self, reference: Reference, row: Row) -> Any:
        """The object that a row names, by the name of its entity and its id as a text, which may be no id at all."""
        name, key = row[reference.type_column.name], row[reference.id_column.name]
        if name not in reference.targets or key is None:
            return None
        target = self._rows.catalog[name]
        found = (there for there in self._rows.of(target) if there[target.key.name] == key.lower())
        return next((self._object(target, there) for there in found), None)

    def _page(self, entity: Entity, rows: Iterable[Row], given: Arguments) -> dict[str, Any]:
        page = page_of(self._rows, entity, rows, given)
        return page.answer(lambda row: self._object(entity, row), self._max_counted_rows)

    def _stats(self, entity: Entity, rows: Iterable[Row], where: Arguments | None) -> dict[str, Any]:
        matching = [row for row in rows if where_holds(self._rows, entity, where, row)]
        return measures(entity, matching) | {"groups": lambda _, **given: _groups(entity, matching, given)}


def _asks_for_deleted(document: DocumentNode, name: str | None) -> bool:
    operation = get_operation_ast(document, name)
    assert operation is not None
    return any(directive.name.value == "includeDeleted" for directive in operation.directives or ())


def _groups(entity: Entity, rows: Iterable[Row], given: Arguments) -> list[dict[str, Any]]:
    groups = [
        group
        for group in grouped(entity, rows, given["by"], given.get("timeZone") or "UTC")
        if having_holds(entity, given.get("having"), group)
    ]
    ordered = in_order(groups, group_terms(entity, given["by"], given.get("orderBy")))
    start, end = cut(0, len(ordered), given)
    return [{"keys": group.keys} | measures(entity, group.rows) for group in ordered[start:end]]
