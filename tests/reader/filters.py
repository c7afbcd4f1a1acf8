"""Whether a filter holds for a value. Null holds for `isNull`, `ne` and `notIn`, and for nothing else."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalog.facts import Kind
from tests.reader.json_values import json_holds

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
    "has": lambda value, given: given in value,
    "hasEvery": lambda value, given: all(item in value for item in given),
    "hasSome": lambda value, given: any(item in value for item in given),
    "isEmpty": lambda value, given: (not value) is given,
}
_OPPOSITES = {"ne": "eq", "notIn": "in"}


def comparable(kind: Kind, value: Any) -> Any:
    """A value as it is compared: the text of moments and ids may differ. Null stays null; lists go item by item."""
    if isinstance(value, list):
        return [comparable(kind, item) for item in value]
    match kind:
        case Kind.TIMESTAMP if value is not None:
            return datetime.fromisoformat(value)
        case Kind.UUID if value is not None:
            return UUID(value)
    return value


def filter_holds(kind: Kind, value: Any, given: dict[str, Any]) -> bool:
    """Whether all operators of a filter hold for a value, or a list of values, of a kind."""
    if kind is Kind.JSON:
        return json_holds(value, given)
    return all(_holds(kind, comparable(kind, value), operator, operand) for operator, operand in given.items())


def _holds(kind: Kind, value: Any, operator: str, given: Any) -> bool:
    if operator == "isNull":
        return (value is None) is given
    if operator in _OPPOSITES:
        return not _holds(kind, value, _OPPOSITES[operator], given)
    operand = given if operator == "isEmpty" else comparable(kind, given)
    return value is not None and _OPERATORS[operator](value, operand)
