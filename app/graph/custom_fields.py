"""Fields in Python: puts what functions answer in the places that Postgres left for it.

In: the JSON of root fields, in which each such place holds, between two control characters, the field's name and what
it needs of the row.  Out: the same JSON with the answers, and errors for those that failed.

Postgres writes control characters inside of values as escapes, so the marks cannot be mistaken, and the JSON around
them is neither parsed nor written again. A function is called once for all rows of an operation.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import UUID

import orjson

from app.catalog.facts import Catalog, Column, CustomField, Kind
from app.errors import BulkheadError, ErrorPath
from app.graph.responses import as_bulkhead_error
from app.render.selections import MARK_END, MARK_START

_PLACE = re.compile(rb"%c([A-Za-z0-9_.]+)([^%c]*)%c" % (MARK_START, MARK_END, MARK_END))
_VALUES: Mapping[Kind, Callable[[Any], Any]] = {Kind.UUID: UUID, Kind.TIMESTAMP: datetime.fromisoformat}


@dataclass(frozen=True, slots=True)
class Failure:
    """A place whose function failed: it is null."""

    path: ErrorPath
    error: BulkheadError


class CustomFields:
    """The fields in Python of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._fields = {field.name: field for entity in catalog.graph_entities() for field in entity.custom}

    def are_in(self, values: Mapping[str, bytes]) -> bool:
        """Whether any place is left to fill in."""
        return bool(self._fields) and any(MARK_START in value for value in values.values())

    async def fill(self, values: Mapping[str, bytes]) -> tuple[Mapping[str, bytes], list[Failure]]:
        """Root fields' JSON with every place filled in. Raises nothing: a function that fails leaves nulls."""
        needed: dict[str, list[Mapping[str, Any]]] = {}
        for value in values.values():
            for name, row in _PLACE.findall(value):
                field = self._fields[name.decode()]
                needed.setdefault(field.name, []).append(_row(field, row))
        called = await asyncio.gather(*(_call(self._fields[name], rows) for name, rows in needed.items()))
        answers = {name: iter(answered) for name, answered in zip(needed, called, strict=True)}
        failures: list[Failure] = []
        return {key: _filled(key, value, answers, failures) for key, value in values.items()}, failures


def _row(field: CustomField, text: bytes) -> Mapping[str, Any]:
    """What a function gets of a row: its columns by name, ids as UUIDs, moments as datetimes."""
    row = orjson.loads(text)
    return {column.name: _python_value(column, row[column.name]) for column in field.columns}


def _python_value(column: Column, value: Any) -> Any:
    if value is None or column.array or column.kind not in _VALUES:
        return value
    return _VALUES[column.kind](value)


async def _call(field: CustomField, rows: list[Mapping[str, Any]]) -> list[Any]:
    """The function's answers; what it raises is its answer for every row."""
    try:
        answers = await field.function(rows)
        if len(answers) != len(rows):
            raise ValueError(f"{field.name} answered {len(answers)} values for {len(rows)} rows")
        return [answer if isinstance(answer, Exception) else orjson.dumps(answer) for answer in answers]
    except Exception as exc:
        return [exc] * len(rows)


def _filled(key: str, value: bytes, answers: Mapping[str, Iterator[Any]], failures: list[Failure]) -> bytes:
    """One root field's JSON. Places are met in the order in which their rows were gathered."""
    failed: list[Exception] = []
    nonce = token_hex(16)  # marks places that failed until their path is known; no row can hold it

    def answer(place: re.Match[bytes]) -> bytes:
        found = next(answers[place[1].decode()])
        if not isinstance(found, Exception):
            return bytes(found)
        failed.append(found)
        return f'"{nonce}{len(failed) - 1}"'.encode()

    filled = _PLACE.sub(answer, value)
    if not failed:
        return filled
    for index, path in _places(orjson.loads(filled), nonce, (key,)):
        failures.append(Failure(path, as_bulkhead_error(failed[index])))
    return re.sub(f'"{nonce}[0-9]+"'.encode(), b"null", filled)


def _places(value: Any, nonce: str, path: ErrorPath) -> Iterator[tuple[int, ErrorPath]]:
    """Where in a JSON value places failed."""
    match value:
        case dict():
            for name, item in value.items():
                yield from _places(item, nonce, (*path, name))
        case list():
            for index, item in enumerate(value):
                yield from _places(item, nonce, (*path, index))
        case str() if value.startswith(nonce):
            yield int(value.removeprefix(nonce)), path
