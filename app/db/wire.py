"""PostgreSQL's frontend/backend protocol, as far as pipelined statements need it. Pure: bytes in, bytes out.

In: statements and Python values.  Out: messages to send; of what came back, a row's columns, and errors.
Every value travels as text: Postgres reads it by the type that it infers for the parameter, so that nothing has to be
described first, and the JSON of an answer arrives as the bytes that the client gets.

Source: PostgreSQL manual, "Message Formats" and "Extended Query"
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any
from uuid import UUID

import asyncpg

from app.errors import QueryTooComplex

Row = tuple[bytes | None, ...]
"""A row's columns as text; None is NULL."""

_LENGTH = Struct("!i")
_SHORT = Struct("!h")
_COUNT = Struct("!H")
_MAX_PARAMETERS = 0xFFFF
_HEAD = Struct("!ci")
_HEAD_READ = Struct("!Bi")
_MAX_OFFSET = timedelta(hours=16)
_NULL = _LENGTH.pack(-1)
_NO_TYPES = _SHORT.pack(0)
_ALL_TEXT = _SHORT.pack(0)
_BIND_FRAME = 4 + len(b"\0\0") + 2 * len(_ALL_TEXT)
_NO_LIMIT = _LENGTH.pack(0)

PARSE_COMPLETE = ord("1")
BIND_COMPLETE = ord("2")
DATA_ROW = ord("D")
ERROR = ord("E")
READY = ord("Z")
TELLS_NOTHING = frozenset(b"CNSAn3s")
"""Of messages that change nothing: a command is complete, a notice, a setting, a notification, no data, …"""

HEAD_BYTES = 5
"""A message's type and its length, which counts itself."""


def parse(name: bytes, text: str) -> bytes:
    """Prepares a statement under a name; the empty one is good until the next."""
    return _message(b"P", name + b"\0" + text.encode() + b"\0" + _NO_TYPES)


def bind_execute(name: bytes, parameters: bytes) -> bytes:
    """Runs a prepared statement with parameters that `encode_parameters` made."""
    size = len(name) + len(parameters) + _BIND_FRAME
    return _HEAD.pack(b"B", size) + b"\0" + name + b"\0" + _ALL_TEXT + parameters + _ALL_TEXT + _EXECUTE


def close(name: bytes) -> bytes:
    """Gives up a prepared statement."""
    return _message(b"C", b"S" + name + b"\0")


def _message(kind: bytes, body: bytes) -> bytes:
    return _HEAD.pack(kind, len(body) + 4) + body


_EXECUTE = _message(b"E", b"\0" + _NO_LIMIT)
SYNC = _message(b"S", b"")
"""Ends a pipeline, and commits its transaction unless a statement failed."""


def encode_parameters(values: Sequence[Any]) -> bytes:
    """The number of values, then each with its length.

    Raises  UnicodeEncodeError, a ValueError, for a text with a lone surrogate; QueryTooComplex for too many values
    """
    if len(values) > _MAX_PARAMETERS:
        raise QueryTooComplex("This is more than the database takes at once.")
    parts = [_COUNT.pack(len(values))]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            text = (value if type(value) is str else _text(value)).encode()
            parts += (_LENGTH.pack(len(text)), text)
    return b"".join(parts)


def _text(value: Any) -> str:
    """A value as Postgres's input functions read it."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() | UUID():
            return str(value)
        case datetime():
            return _moment(value)
        case list():
            return "{" + ",".join(map(_array_item, value)) + "}"
    raise TypeError(f"wire-unknown-value {type(value)}")


def _moment(value: datetime) -> str:
    """Postgres takes offsets up to 15:59 only, RFC 3339 up to 23:59."""
    offset = value.utcoffset()
    if offset and abs(offset) >= _MAX_OFFSET:
        value = value.astimezone(UTC)
    return value.isoformat()


def _array_item(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return _text(value)  # another dimension
    return '"' + _text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_row(buffer: bytes | bytearray, at: int) -> Row:
    """The columns of a DataRow message whose body begins at a place."""
    (count,) = _SHORT.unpack_from(buffer, at)
    at += 2
    columns: list[bytes | None] = []
    for _ in range(count):
        (size,) = _LENGTH.unpack_from(buffer, at)
        at += 4
        if size < 0:
            columns.append(None)
        else:
            columns.append(bytes(buffer[at : at + size]))
            at += size
    return tuple(columns)


def read_error(body: bytes) -> asyncpg.PostgresError:
    """The exception for an ErrorResponse message's body, of the class that the driver would raise."""
    fields = {field[:1].decode(): field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
    error: asyncpg.PostgresError = asyncpg.PostgresError.new(fields)
    return error


def messages(buffer: bytes | bytearray) -> Iterator[tuple[int, int, int]]:
    """The whole messages at the beginning of a buffer: the type of each, where its body begins, and where it ends.

    Raises  ValueError when there is no message: what we read is not what Postgres says
    """
    at, size = 0, len(buffer)
    while size - at >= HEAD_BYTES:
        kind, length = _HEAD_READ.unpack_from(buffer, at)
        end = at + 1 + length
        if length < _LENGTH.size:
            raise ValueError(f"wire-no-message {length}")
        if end > size:
            return
        yield kind, at + HEAD_BYTES, end
        at = end
