"""The domains' operations as GraphQL mutations.

In: async functions `(rows: Rows, *, …) -> Ref[Entity]` or `-> SomeType`.  Out: fields, and their arguments.
A function's keyword arguments are the field's arguments, its docstring the description. What it answers with is a row,
whose selection is compiled like any other, or a small frozen dataclass of plain values.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from app.catalog.facts import Catalog
from app.catalog.names import camel
from app.errors import BadUserInput
from app.graph.building import Argument, Field
from app.graph.python_types import PythonTypes
from app.plan.writes import IF_VERSION
from app.repositories.rows import Ref

Operation = Callable[..., Awaitable[Any]]


def operation_field(types: PythonTypes, catalog: Catalog, name: str, function: Operation) -> Field:
    """The mutation field of an operation."""
    hints = get_type_hints(function, include_extras=True)
    arguments = [Argument(camel(arg), types.of(hints[arg])) for arg in _keyword_names(function)]
    answer = answers_with(function)
    if answer and catalog[answer].version:
        arguments.append(Argument(IF_VERSION, "Int", f"Only if the {answer} is of this version; else a CONFLICT."))
    return Field(name, types.nullable(hints["return"]), inspect.getdoc(function), tuple(arguments))


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


def _entity_name(returned: Any) -> str | None:
    return get_args(returned)[0].__name__ if get_origin(returned) is Ref else None
