"""Values: what a caller gave, where it stands in the request, and how it becomes a parameter.

A plan is kept and used again with other variables, so it holds slots rather than values. A slot says where its value
comes from (a literal of the document, or a path into the variables) and what Postgres takes it as.
What shapes the statement (which operators, which order, null or not) is read when planning; `shape.py` makes sure
that a plan is only used again for variables of the same shape.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cache
from itertools import chain
from math import isfinite
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import orjson
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Undefined
from graphql.utilities import coerce_input_literal

from app.catalog.facts import Column, Kind
from app.errors import MAX_VIOLATIONS, BadUserInput, ErrorPath, Violation
from app.model.rules import BrokenRules, Rule, held

Variables = VariableValues


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the document."""

    value: Any


@dataclass(frozen=True, slots=True)
class FromVariable:
    """A value at a path into the coerced variables, such as ("where", "email", "eq")."""

    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FromLiteral:
    """A literal with variables inside, such as `[$a, $b]`; evaluated at each use."""

    node: ValueNode
    type: GraphQLInputType


Source = Constant | FromVariable | FromLiteral


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of the request that has no structure of its own, with where it came from."""

    value: Any
    source: Source
    input_path: ErrorPath


Given = Leaf | dict[str, Any] | list[Any] | None
"""An argument as given: a leaf, an input object, a list of input objects, or an explicit null."""

ABSENT: Any = object()

ROWS = "bulkhead-rows"
"""Key in an input type's extensions: a list of it is one parameter, of many rows."""

_HEX = "[0-9A-Fa-f]"  # both cases by name: re.IGNORECASE takes twice the time
_UUID = re.compile(f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}")

_MAX_SIGNATURE = 64  # ours are shorter; whoever writes one of his own writes it into a key that plans are kept under
NOT_A_CURSOR = "This is not a cursor of ours."

MOST_AFFECTED = 10_000
"""Rows that one mutation changes or deletes, at most."""


class Encoding(Enum):
    """How a value is turned into what the driver sends."""

    PLAIN = auto()
    UUID = auto()
    FLOAT = auto()
    JSON = auto()
    JSON_OBJECT = auto()
    PAGE_ROWS = auto()  # a page size: 0 … the cap
    OFFSET = auto()
    IDS = auto()  # as many as a page has rows
    TIME_ZONE = auto()
    VECTOR = auto()
    CURSOR = auto()  # one part of a decoded cursor
    ROWS = auto()  # new rows, as JSON by the names of their columns
    TREE = auto()  # new rows with others under their edges; tree_values.py makes what is sent of it
    SECRET = auto()  # sealed before it is sent
    MOST = auto()  # how many rows a write may touch
    REFUSED = auto()  # what fits nowhere; its value says why


_ENCODINGS = {
    Kind.UUID: Encoding.UUID,
    Kind.FLOAT: Encoding.FLOAT,
    Kind.JSON: Encoding.JSON,
    Kind.VECTOR: Encoding.VECTOR,
}


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A parameter of the statement.

    many    the value is a list, and so is the parameter
    part    of a cursor: which of its values, as what type
    length  of a vector: how many numbers it has
    columns  of new rows: those that any of them gives; of a secret: its own
    count    of a tree: how many rows it has
    rules    that the value has to keep
    """

    source: Source
    encoding: Encoding
    input_path: ErrorPath = ()
    many: bool = False
    part: tuple[int, Kind] | None = None
    length: int | None = None
    columns: tuple[Column, ...] = ()
    count: Callable[[Any], int] | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def has_secrets(self) -> bool:
        """Whether its value is sealed before it is sent, all of it or in part."""
        return any(column.secret for column in self.columns)


WRITTEN_KEY = Slot(Constant(None), Encoding.UUID)
"""Stands for the id of the row that is written, or for those of many: known when the statement runs."""


def value_slot(leaf: Leaf, kind: Kind, *, many: bool = False) -> Slot:
    """A slot for a value of a kind; `many` for a list of such values."""
    return Slot(leaf.source, _ENCODINGS.get(kind, Encoding.PLAIN), leaf.input_path, many)


def column_slot(leaf: Leaf, column: Column) -> Slot:
    """A slot for a value to compare a column with."""
    slot = value_slot(leaf, column.kind, many=column.array)
    return replace(slot, length=column.dimensions) if column.dimensions else slot


def assigned_slot(leaf: Leaf, column: Column) -> Slot:
    """A slot for a value that a column is to have: it keeps the column's rules, or is sealed."""
    if column.secret:
        return Slot(leaf.source, Encoding.SECRET, leaf.input_path, columns=(column,))
    slot = column_slot(leaf, column)
    return replace(slot, rules=column.rules) if column.rules else slot


def refused_slot(message: str, input_path: ErrorPath) -> Slot:
    """A slot for what fits nowhere. Told when values are bound, together with all others that do not fit."""
    return Slot(Constant(message), Encoding.REFUSED, input_path)


def null_slot() -> Slot:
    """A slot that is always NULL."""
    return Slot(Constant(None), Encoding.PLAIN)


def read_given(
    type_: GraphQLInputType, node: ValueNode | None, variables: Variables, input_path: ErrorPath = ()
) -> Given:
    """An argument's AST as a tree of what was given; ABSENT when nothing was.

    Raises  BadUserInput for a null where none may be: a variable that has a default may stand there, and be null
    """
    is_required = isinstance(type_, GraphQLNonNull)
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if node is None:
        return ABSENT  # type: ignore[no-any-return]
    if isinstance(node, VariableNode):
        name = node.name.value
        if name not in variables.coerced:
            return ABSENT  # type: ignore[no-any-return]
        if is_required and variables.coerced[name] is None:
            raise BadUserInput(f"${name} is null, where a value is needed.", input_path=input_path)
        return _lift(type_, variables.coerced[name], (name,), input_path)
    if isinstance(node, NullValueNode):
        return None
    if isinstance(type_, GraphQLInputObjectType):
        assert isinstance(node, ObjectValueNode)
        given = {
            field.name.value: read_given(
                type_.fields[field.name.value].type, field.value, variables, (*input_path, field.name.value)
            )
            for field in node.fields
        }
        return {name: value for name, value in given.items() if value is not ABSENT}
    if isinstance(type_, GraphQLList) and _of_objects(type_):
        nodes = node.values if isinstance(node, ListValueNode) else (node,)
        items = [read_given(type_.of_type, n, variables, (*input_path, i)) for i, n in enumerate(nodes)]
        return [None if item is ABSENT else item for item in items]
    return read_leaf(type_, node, variables, input_path)


def read_leaf(type_: GraphQLInputType, node: ValueNode, variables: Variables, input_path: ErrorPath) -> Leaf:
    """A value as one, whatever structure it has. Raises BadUserInput."""
    if isinstance(node, VariableNode):
        return Leaf(variables.coerced.get(node.name.value), FromVariable((node.name.value,)), input_path)
    value = coerce_input_literal(node, type_, variables)
    if value is Undefined:
        raise BadUserInput("A variable in this value was not given.", input_path=input_path)
    source = FromLiteral(node, type_) if _has_variable(node) else Constant(value)
    return Leaf(value, source, input_path)


def _lift(type_: GraphQLInputType, value: Any, path: tuple[str | int, ...], input_path: ErrorPath) -> Given:
    """A coerced variable's value as a tree, each leaf with its path into the variables."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if value is None:
        return None
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: _lift(type_.fields[name].type, item, (*path, name), (*input_path, name))
            for name, item in value.items()
        }
    if isinstance(type_, GraphQLList) and _of_objects(type_):
        return [_lift(type_.of_type, item, (*path, i), (*input_path, i)) for i, item in enumerate(value)]
    return Leaf(value, FromVariable(path), input_path)


def _of_objects(type_: GraphQLList[Any]) -> bool:
    """Whether a list's items have a structure that shapes the statement."""
    return isinstance(innermost(type_), GraphQLInputObjectType) and not are_rows(type_)


def are_rows(type_: GraphQLInputType) -> bool:
    """Whether a list of this type is many new rows."""
    return ROWS in (innermost(type_).extensions or ())


def innermost(type_: Any) -> Any:
    """A type without its lists and non-nulls."""
    while isinstance(type_, GraphQLList | GraphQLNonNull):
        type_ = type_.of_type
    return type_


def as_list(given: Any) -> Sequence[Any]:
    """What may be given as one or as a list; nothing for null."""
    if given is None:
        return ()
    return given if isinstance(given, list) else (given,)


def fields_of(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, bool], ...]:
    """The fields that any of the rows gives, and whether all of them do."""
    times = Counter(chain.from_iterable(rows))
    return tuple(sorted((name, count == len(rows)) for name, count in times.items()))


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(_has_variable(v) for v in node.values)
    if isinstance(node, ObjectValueNode):
        return any(_has_variable(f.value) for f in node.fields)
    return isinstance(node, VariableNode)


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that may not be sent as it is: it is sealed first (app/vault). Shows itself to nobody."""

    column: Column
    text: str = field(repr=False)

    @classmethod
    def of(cls, column: Column, value: Any) -> "Secret":
        """A value of a column. Raises ValueError, which says nothing of it."""
        if not isinstance(value, str) or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("A secret is a text of Unicode.")
        return cls(column, _plain(value))


@dataclass(frozen=True, slots=True)
class RowsWithSecrets:
    """New rows by column name, some of whose values are still to be sealed."""

    rows: list[dict[str, Any]] = field(repr=False)


MASK = "***"
"""Stands for a secret where it is shown."""


def masked(value: Any) -> Any:
    """A bound value as it may be shown."""
    match value:
        case Secret():
            return MASK
        case RowsWithSecrets(rows):
            return rows_json({n: masked(v) for n, v in row.items()} for row in rows)
    return value


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an ordered list: which order it was made for, and the order's values there."""

    signature: str
    values: tuple[Any, ...]

    @classmethod
    def parse(cls, text: object) -> "Cursor":
        """Reads a cursor. Raises BadUserInput: a cursor is opaque, so there is no more to say than that it is none."""
        try:
            if not isinstance(text, str):
                raise TypeError
            signature, *values = orjson.loads(base64.b64decode(text, validate=True))
            if (
                not isinstance(signature, str)
                or len(signature) > _MAX_SIGNATURE
                or not all(isinstance(v, str | int | float | None) for v in values)
            ):
                raise TypeError
        except (ValueError, TypeError, binascii.Error) as exc:
            raise BadUserInput(NOT_A_CURSOR) from exc
        return cls(signature, tuple(values))


def bind(slot: Slot, variables: Variables, max_page_rows: int) -> Any:
    """The value to send for a slot. Raises BadUserInput, naming the places in the arguments."""
    value = source_value(slot.source, variables)
    if value is None:
        return None
    try:
        encoded = _encoded(slot, value, max_page_rows)
        return held(encoded, slot.rules) if slot.rules else encoded
    except ValueError as exc:
        raise BadUserInput.of(violations_in(exc, slot.input_path)) from exc


def bind_all(slots: Sequence[Slot], variables: Variables, max_page_rows: int) -> list[Any]:
    """The values to send for slots. Raises BadUserInput, with everything that does not fit."""
    try:
        return [bind(slot, variables, max_page_rows) for slot in slots]
    except BadUserInput as exc:
        raise BadUserInput.of(_all_violations(slots, variables, max_page_rows)) from exc


def _all_violations(slots: Iterable[Slot], variables: Variables, max_page_rows: int) -> Iterator[Violation]:
    for slot in slots:
        try:
            bind(slot, variables, max_page_rows)
        except BadUserInput as exc:
            yield from exc.violations


def violations_in(exc: ValueError | TypeError, input_path: ErrorPath) -> list[Violation]:
    """What was wrong with the value at that place."""
    if isinstance(exc, BrokenRules):
        return [Violation((*input_path, *path), message) for path, message in exc.violations]
    return [Violation(input_path, str(exc))]


def _encoded(slot: Slot, value: Any, max_page_rows: int) -> Any:
    if slot.encoding is Encoding.CURSOR:
        assert slot.part is not None
        return _cursor_part(value, *slot.part)
    if slot.encoding is Encoding.IDS:
        return _ids(value, max_page_rows)
    if slot.encoding is Encoding.ROWS:
        return _rows(value, slot, max_page_rows)
    if slot.encoding is Encoding.SECRET:
        return Secret.of(slot.columns[0], value)
    if slot.length is not None and len(value) != slot.length:
        raise ValueError(f"This vector has {slot.length} numbers.")
    if slot.many:
        return [_ENCODERS[slot.encoding](item) for item in value]
    if slot.encoding is Encoding.PAGE_ROWS:
        return _page_rows(value, max_page_rows)
    return _ENCODERS[slot.encoding](value)


def source_value(source: Source, variables: Variables) -> Any:
    match source:
        case Constant(value):
            return value
        case FromLiteral(node, type_):
            return coerce_input_literal(node, type_, variables)
        case FromVariable(path):
            found: Any = variables.coerced
            for step in path:
                found = found[step]
            return found


def asked_rows(slot: Slot, variables: Variables, max_page_rows: int) -> int:
    """How many rows a slot asks for: a page's size, or one for each of its ids. What binding will refuse is cut."""
    return rows_of(slot, source_value(slot.source, variables), max_page_rows)


def rows_of(slot: Slot, value: Any, max_page_rows: int) -> int:
    """The same of a value that the slot has."""
    if slot.count is not None:
        size = slot.count(value)
    elif isinstance(value, list):
        size = len(value)
    else:
        size = value or 0
    return min(max(size, 0), MOST_AFFECTED if slot.encoding is Encoding.MOST else max_page_rows)


def as_uuid(value: Any) -> UUID | str:
    """An id as the database takes it: text that is one already stays as it is. Raises ValueError."""
    if isinstance(value, UUID) or (isinstance(value, str) and _UUID.fullmatch(value)):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as exc:
        raise ValueError("An id is a UUID.") from exc


def _plain(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise ValueError("A text has no character 0 in it.")
    return value


def _page_rows(value: int, max_page_rows: int) -> int:
    if not 0 <= value <= max_page_rows:
        raise ValueError(f"A page has 0 to {max_page_rows} rows.")
    return value


def _ids(values: Sequence[Any], max_page_rows: int) -> list[UUID | str]:
    if len(values) > max_page_rows:
        raise ValueError(f"{max_page_rows} ids at most.")
    return [as_uuid(value) for value in values]


def _rows(rows: Sequence[Mapping[str, Any]], slot: Slot, max_rows: int) -> str | RowsWithSecrets:
    """New rows as a JSON array of objects, by column name; `g1` says that the second column is given.

    Raises  ValueError, or BadUserInput with the places of all values that do not fit
    """
    if len(rows) > max_rows:
        raise ValueError(f"{max_rows} rows at most.")
    wrong: list[Violation] = []
    made = []
    for number, row in enumerate(rows):
        made.append(_row(row, slot, number, wrong))
        if len(wrong) > MAX_VIOLATIONS:
            break
    if wrong:
        raise BadUserInput.of(wrong)
    return RowsWithSecrets(made) if slot.has_secrets else rows_json(made)


def rows_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """New rows by column name, as one parameter."""
    # A secret that nobody sealed is no JSON: it is not sent.
    return "[" + ",".join([orjson.dumps(row, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode() for row in rows]) + "]"


def _row(row: Mapping[str, Any], slot: Slot, number: int, wrong: list[Violation]) -> dict[str, Any]:
    """One of the rows. What does not fit is noted in `wrong`."""
    made: dict[str, Any] = {}
    for place, column in enumerate(slot.columns):
        assert column.field is not None
        path = (*slot.input_path, number, column.field)
        if column.field in row:
            made[column.name] = noted_value(row[column.field], column, path, wrong)
            made[given_name(place)] = True
        elif column.is_required:
            wrong.append(Violation(path, f"{column.field} is needed."))
    return made


def noted_value(value: Any, column: Column, path: ErrorPath, wrong: list[Violation]) -> Any:
    """A value of a new row, as its JSON has it. What does not fit is noted in `wrong`."""
    try:
        return row_value(value, column)
    except (ValueError, TypeError) as exc:
        wrong += violations_in(exc, path)


def given_name(place: int) -> str:
    """Of a new row, what says whether it gives the column at that place at all. No column has such a name."""
    return f"g{place}"


def row_value(value: Any, column: Column) -> Any:
    """A value of a new row, as JSON takes it. Raises ValueError or TypeError, see `violations_in`."""
    if value is None:
        if not column.nullable:
            raise ValueError(f"{column.field} cannot be null.")
        return None
    if column.secret:
        return Secret.of(column, value)
    if column.dimensions is not None and len(value) != column.dimensions:
        raise ValueError(f"This vector has {column.dimensions} numbers.")
    if column.kind is Kind.TIMESTAMP and not column.array:
        return value.astimezone(UTC)  # Postgres takes offsets up to 15:59 only, RFC 3339 up to 23:59
    encode = _ENCODERS[_ENCODINGS.get(column.kind, Encoding.PLAIN)]
    encoded = [encode(item) for item in value] if column.array else encode(value)
    if column.rules:
        held(encoded, column.rules)
    return orjson.Fragment(encoded) if column.kind is Kind.JSON else encoded


def _most(value: int) -> int:
    if not 0 <= value <= MOST_AFFECTED:
        raise ValueError(f"A write touches 0 to {MOST_AFFECTED} rows.")
    return value


def _offset(value: int) -> int:
    if value < 0:
        raise ValueError("An offset is 0 or more.")
    return value


def _json(value: Any) -> str:
    try:
        return orjson.dumps(_given_json(value)).decode()
    except TypeError as exc:
        if "ecursion" in str(exc):
            raise ValueError("This JSON is nested too deeply.") from exc
        raise ValueError("JSON keeps whole numbers of 64 bits, and texts of Unicode.") from exc
    except RecursionError as exc:
        raise ValueError("This JSON is nested too deeply.") from exc


def _json_object(value: Any) -> str:
    if not isinstance(value, dict):
        raise ValueError("This takes a JSON object.")
    return _json(value)


def _given_json(value: Any) -> Any:
    """JSON without the members whose variables were not given; in a list, such an item is null."""
    match value:
        case dict():
            return {_plain(name): _given_json(item) for name, item in value.items() if item is not Undefined}
        case list():
            return [None if item is Undefined else _given_json(item) for item in value]
        case float() if not isfinite(value):
            raise ValueError("JSON has no number of this size.")
    return _plain(value)


@cache
def _time_zones() -> frozenset[str]:
    """The names of places. Those of this machine alone are no places."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def _time_zone(value: str) -> str:
    if value not in _time_zones():
        raise ValueError("There is no such time zone; one is written like Europe/Berlin.")
    return value


def _refused(message: str) -> str:
    raise ValueError(message)


def _vector(value: Sequence[float]) -> str:
    """As pgvector reads it. The GraphQL type lets no number through that is not finite."""
    return orjson.dumps([float(number) for number in value]).decode()


_ENCODERS: Mapping[Encoding, Callable[[Any], Any]] = {
    Encoding.PLAIN: _plain,
    Encoding.UUID: as_uuid,
    Encoding.FLOAT: float,
    Encoding.JSON: _json,
    Encoding.JSON_OBJECT: _json_object,
    Encoding.OFFSET: _offset,
    Encoding.MOST: _most,
    Encoding.TIME_ZONE: _time_zone,
    Encoding.VECTOR: _vector,
    Encoding.REFUSED: _refused,
}

_CURSOR_TYPES: Mapping[Kind, type] = {Kind.TEXT: str, Kind.INT: int, Kind.BIGINT: int, Kind.BOOL: bool}


def _cursor_part(cursor: Cursor, index: int, kind: Kind) -> Any:
    """One of a cursor's values. A cursor is only base64: anybody can write one, with anything in it."""
    value = cursor.values[index]
    try:
        match kind:
            case Kind.UUID:
                return as_uuid(value)
            case Kind.TIMESTAMP:
                return datetime.fromisoformat(value)
            case Kind.FLOAT:
                return float(value)
        if type(value) is not _CURSOR_TYPES[kind]:
            raise TypeError
    except (TypeError, ValueError) as exc:
        raise ValueError(NOT_A_CURSOR) from exc
    return value
