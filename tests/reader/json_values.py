"""Values inside JSON, compared as Postgres compares jsonb: 1 is 1.0, and true is not 1."""

import operator
from collections.abc import Sequence
from typing import Any

_ORDERING = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


def json_holds(value: Any, given: dict[str, Any]) -> bool:
    """Whether a JSONFilter holds for the value of a column."""
    return all(_holds(value, name, operand) for name, operand in given.items())


def _holds(value: Any, name: str, operand: Any) -> bool:
    match name:
        case "isNull":
            return (value is None) is operand
        case "contains":
            return value is not None and contains(value, operand)
    at = _at_path(value, operand["at"])
    return all(_holds_inside(at, inner, item) for inner, item in operand.items() if inner != "at")


def _holds_inside(value: Any, name: str, operand: Any) -> bool:
    match name:
        case "isNull":
            return (value is None) is operand
        case "ne":
            return not _holds_inside(value, "eq", operand)
        case "notIn":
            return not _holds_inside(value, "in", operand)
    if value is None:
        return False
    match name:
        case "eq":
            return same(value, operand)
        case "in":
            return any(same(value, item) for item in operand)
    return json_type(value) == json_type(operand) and bool(_ORDERING[name](value, operand))


def json_type(value: Any) -> str:
    """As jsonb_typeof says it."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
    return "null"


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal."""
    if json_type(one) != json_type(other):
        return False
    match one:
        case list():
            return len(one) == len(other) and all(map(same, one, other))
        case dict():
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def contains(value: Any, part: Any) -> bool:
    """`@>`. A list has a scalar in it only where the list is the whole value."""
    if isinstance(value, list) and not isinstance(part, list | dict):
        return any(same(item, part) for item in value)
    return _contains_inside(value, part)


def _contains_inside(value: Any, part: Any) -> bool:
    match value, part:
        case dict(), dict():
            return all(key in value and _contains_inside(value[key], inner) for key, inner in part.items())
        case list(), list():
            return all(any(_contains_inside(item, inner) for item in value) for inner in part)
    return same(value, part)


def _at_path(value: Any, path: Sequence[str]) -> Any:
    """`#>`: by keys of objects and places in lists, from the end where they are negative."""
    for step in path:
        match value:
            case dict():
                value = value.get(step)
            case list() if step.removeprefix("-").isdecimal():
                index = int(step)
                value = value[index] if -len(value) <= index < len(value) else None
            case _:
                return None
    return value
