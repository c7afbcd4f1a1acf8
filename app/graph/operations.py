"""The domains' operations as GraphQL mutations.

In: async functions `(rows: Rows, *, …) -> Ref[Entity]` or `-> SomeType`.  Out: fields, and their arguments.
A function's keyword arguments are the field's arguments, its docstring the description. What it answers with is a row,
whose selection is compiled like any other, or a small frozen dataclass of plain values.
"""

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from app.catalog.facts import Catalog
from app.catalog.names import camel
from app.errors import BadUserInput
from app.graph.building import Argument, Field, TypeRoom
from app.model.entity import Json
from app.repositories.rows import New, Ref

Operation = Callable[..., Awaitable[Any]]

_PLAIN = {str: "String", int: "Int", float: "Float", bool: "Boolean", UUID: "ID", datetime: "DateTime", Json: "JSON"}


def operation_field(name: str, function: Operation) -> Field:
    """The mutation field of an operation."""
    hints = get_type_hints(function)
    returned = hints["return"]
    type_name = _entity_name(returned) or returned.__name__
    return Field(name, type_name, inspect.getdoc(function), tuple(_arguments(function, hints)))


def add_operation_types(room: TypeRoom, catalog: Catalog) -> None:
    """The result types of operations that do not answer with a row."""
    for function in catalog.operations.values():
        returned = get_type_hints(function)["return"]
        if _entity_name(returned) is None and returned.__name__ not in room:
            hints = get_type_hints(returned)
            fields = [Field(camel(f.name), hint_type(hints[f.name])) for f in dataclasses.fields(returned)]
            room.add_object(returned.__name__, fields, returned.__doc__)


def answers_with(function: Operation) -> str | None:
    """The name of the entity whose row an operation answers with; None when it answers with plain values."""
    return _entity_name(get_type_hints(function)["return"])


def keyword_arguments(function: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """GraphQL's coerced arguments as the function's own: by its names, ids as UUIDs."""
    hints = get_type_hints(function)
    named = {camel(name): name for name in _keyword_names(function)}
    return {named[field]: _python_value(hints[named[field]], field, value) for field, value in given.items()}


def _python_value(hint: Any, field: str, value: Any) -> Any:
    if value is None or UUID not in (hint, *get_args(hint)):
        return value
    try:
        return UUID(value)
    except ValueError as exc:
        raise BadUserInput("An id is a UUID.", input_path=(field,)) from exc


def _keyword_names(function: Operation) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]


def _arguments(function: Operation, hints: Mapping[str, Any]) -> list[Argument]:
    return [Argument(camel(name), hint_type(hints[name])) for name in _keyword_names(function)]


def hint_type(hint: Any) -> str:
    """A Python annotation as GraphQL writes it: `list[UUID] | None` as `[ID!]`."""
    if get_origin(hint) in (Union, UnionType):
        (inner,) = (a for a in get_args(hint) if a is not NoneType)
        return hint_type(inner).removesuffix("!")
    if get_origin(hint) is list:
        return f"[{hint_type(get_args(hint)[0])}]!"
    if get_origin(hint) is New:
        return f"{get_args(hint)[0].__name__}Create!"
    return f"{_PLAIN.get(hint) or hint.__name__}!"


def _entity_name(returned: Any) -> str | None:
    return get_args(returned)[0].__name__ if get_origin(returned) is Ref else None
