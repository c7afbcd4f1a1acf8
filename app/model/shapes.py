"""Columns of JSON that have a shape, told by a type that pydantic knows.

    errors: Json | None = column(Shape(list[SyncError]))

In Python, pydantic asks every value: strictly, and whatever a model says, unknown members are refused. The CHECK
follows from the same type's JSON schema: objects have the members that they need and no others, and each member the
right type of JSON, down to where a list or a map begins. What more pydantic knows (ranges, formats, items of lists)
only Python asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from app.model.entity import Json
from app.model.rules import Path, Rule, Violations

_MOST_TOLD = 100  # of one value: each costs 2 µs to tell
_JSON_TYPES = {"integer": "number"}
"""What `jsonb_typeof` calls a type of JSON Schema, where it is not the same."""

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Shape(Rule):
    """JSON as a pydantic model has it, or a list of them, or whatever type pydantic knows.

    is_partial  members that go into an object that is there: those that it needs may be missing among them
    """

    type: Any
    is_partial: bool = False
    _adapter: TypeAdapter[Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_adapter", TypeAdapter(self.type))

    @property
    def words(self) -> str:
        schema, definitions = self._schema
        return f"JSON such as {_outline(schema, definitions)}"

    def holds_for(self, hint: Any) -> bool:
        return hint is Json

    def violations(self, value: Any) -> Violations:
        try:
            self._adapter.validate_json(value, strict=True, extra="forbid", by_alias=True, by_name=False)
        except ValidationError as exc:
            return tuple(dict.fromkeys(self._told(exc, value)))
        return ()

    def condition(self, column: str) -> str:
        schema, definitions = self._schema
        return _condition(column, schema, definitions, frozenset()) or "true"

    def of_part(self) -> Rule | None:
        """The rule of members that are merged into what is there; none, where that may be more than one model."""
        schema, definitions = self._schema
        is_model = "properties" in _resolved(schema, definitions)
        return replace(self, is_partial=True) if is_model else None

    @cached_property
    def _schema(self) -> tuple[Schema, Schema]:
        """The type's JSON schema, and those that it refers to, by name."""
        schema = self._adapter.json_schema(by_alias=True, mode="validation", ref_template="{model}")
        return schema, schema.get("$defs", {})

    def _told(self, exc: ValidationError, text: str) -> Iterator[tuple[Path, str]]:
        if exc.error_count() > _MOST_TOLD:
            yield (), f"This takes {self.words}; {exc.error_count():,} things are wrong with it."
            return
        value = orjson.loads(text)
        for error in exc.errors(include_url=False, include_context=False, include_input=False):
            is_missing = error["type"] == "missing"
            path = tuple(_path(error["loc"], value, is_missing=is_missing))
            if not (self.is_partial and is_missing and len(path) == 1):
                yield path, f"{error['msg']}."


def _path(location: Path, value: Any, *, is_missing: bool) -> Iterator[str | int]:
    """Where in the JSON an error is. Pydantic's location also says which member of a union it is about."""
    for place, step in enumerate(location, 1):
        if step in (value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()):
            value = value[step]
            yield step
        elif is_missing and place == len(location):
            yield step


def _condition(value: str, schema: Schema, definitions: Schema, above: frozenset[str]) -> str | None:
    """What a schema asks of a value, as SQL: true or null for what may be there, a missing member among it.

    None when it asks nothing.
    """
    match schema:
        case {"$ref": str(name)}:
            return None if name in above else _condition(value, definitions[name], definitions, above | {name})
        case {"anyOf": [*options]} | {"oneOf": [*options]}:
            conditions = [_condition(value, option, definitions, above) for option in options]
            return None if None in conditions else f"({' or '.join(filter(None, conditions))})"
        case {"type": "object", "properties": properties}:
            return _object_condition(value, schema, properties, definitions, above)
        case {"type": str(name)}:
            return f"jsonb_typeof({value}) = '{_JSON_TYPES.get(name, name)}'"
    return None


def _object_condition(
    value: str, schema: Schema, properties: Schema, definitions: Schema, above: frozenset[str]
) -> str:
    needed = schema.get("required", ())
    parts = [f"{value} ?& {_array(needed)}"] if needed else []
    parts.append(f"{value} - {_array(properties)} = '{{}}'")
    for name, member in properties.items():
        condition = _condition(f"({value} -> {_literal(name)})", member, definitions, above)
        parts += [condition] if condition else []
    # Only of an object can members be taken away: in a CASE, nothing else is asked for them.
    return f"case jsonb_typeof({value}) when 'object' then {' and '.join(parts)} else {value} is null end"


def _outline(schema: Schema, definitions: Schema, above: frozenset[str] = frozenset()) -> str:
    """A schema for people: `[{message, code?}]`; empty for a single value."""
    match schema:
        case {"$ref": str(name)}:
            return "{…}" if name in above else _outline(definitions[name], definitions, above | {name})
        case {"anyOf": [*options]} | {"oneOf": [*options]}:
            return " or ".join(filter(None, (_outline(option, definitions, above) for option in options)))
        case {"type": "object", "properties": properties}:
            needed = schema.get("required", ())
            members = ((name, name not in needed, _outline(m, definitions, above)) for name, m in properties.items())
            told = (f"{name}{'?' * is_free}{': ' * bool(inner)}{inner}" for name, is_free, inner in members)
            return f"{{{', '.join(told)}}}"
        case {"type": "array", "items": items}:
            return f"[{_outline(items, definitions, above) or items.get('type', '…')}]"
        case {"type": "object"}:
            return "{…}"
    return ""


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    return definitions[schema["$ref"]] if "$ref" in schema else schema


def _array(names: Any) -> str:
    return f"array[{', '.join(map(_literal, names))}]::text[]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
