"""JSON text, concatenated from literals and expressions.

Measured in Postgres over 1,000 rows of 8 fields: json_build_object 3.8 ms, row_to_json 2.3 ms, this 1.6 ms. It also
keeps the order of keys, knows no limit of 50 pairs, and a response key of any length is text rather than an identifier.
Only values that can need escaping go through to_json; uuids, numbers, booleans and our enums cannot.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.catalog.facts import Kind
from app.plan.expressions import ValueType


class Piece(NamedTuple):
    """A piece of JSON: text that stands in it as it is, or SQL that computes it, with what that SQL reads from."""

    text: str
    is_sql: bool
    joins: tuple[str, ...] = ()


_BARE = (Kind.INT, Kind.BIGINT, Kind.BOOL)
_JSON = (Kind.JSON, Kind.VECTOR)  # whose text is JSON
_ESCAPED = (Kind.TIMESTAMP, Kind.FLOAT)  # to_json writes the one as ISO 8601, and the other's NaN as a string


def sql(expression: str, joins: Iterable[str] = ()) -> Piece:
    """A piece whose text Postgres computes. Must not be NULL: it would swallow the whole value."""
    return Piece(expression, True, tuple(joins))


def text(literal: str) -> Piece:
    """A piece that stands in the JSON as it is."""
    return Piece(literal, False)


def joins_of(pieces: Iterable[Piece]) -> list[str]:
    """What has to be joined to the row that the pieces are made of, a join each."""
    return [join for piece in pieces for join in piece.joins]


def json_object(members: Iterable[tuple[str, list[Piece]]]) -> list[Piece]:
    """`{"key":value,…}`. Keys are GraphQL names, which need no escaping."""
    pieces = [text("{")]
    for i, (key, value) in enumerate(members):
        pieces += [text(f'{"," if i else ""}"{key}":'), *value]
    return [*pieces, text("}")]


def json_value(type_: ValueType, name: str) -> list[Piece]:
    """A value of a type that `name`, a column or an expression, has."""
    free_text = type_.kind is Kind.TEXT and not type_.enum
    if type_.array or type_.kind in _ESCAPED or free_text:
        return _value(type_, f"to_json({name})::text")
    if type_.kind in _JSON or (type_.kind in _BARE and type_.nullable):
        return _value(type_, f"{name}::text")
    if type_.kind in _BARE:
        return [sql(name)]
    if type_.nullable:
        return _value(type_, f"'\"' || {name} || '\"'")
    return [text('"'), sql(name), text('"')]


def _value(type_: ValueType, expression: str) -> list[Piece]:
    return [sql(f"coalesce({expression}, 'null')" if type_.nullable else expression)]


def concatenation(pieces: Iterable[Piece], separator: str = "\n|| ") -> str:
    """The pieces as one SQL expression of type text, a line for each value."""
    parts: list[str] = []
    literal = ""
    for piece in pieces:
        if piece.is_sql:
            # The first operand is a literal, or `||` might mean something else than text for the first two.
            parts.append(f"'{literal}' || {piece.text}" if literal or not parts else piece.text)
            literal = ""
        else:
            literal += piece.text
    parts += [f"'{literal}'"] if literal or not parts else []
    return separator.join(parts)
