"""Makes Strawberry types out of plain facts: names, annotations, descriptions.

Types refer to each other by name, in annotations that are resolved once all of them exist: `"Optional[User]"`.
"""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass
from enum import Enum
from keyword import iskeyword
from typing import Annotated, Any, Optional, Union, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

from app.graph.scalars import BigInt, DateTime, JsonValue, PageCursor


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field: its annotation as text, such as `"Optional[UserWhere]"`."""

    name: str
    annotation: str
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object or an input type."""

    name: str
    annotation: str
    doc: str | None = None
    arguments: tuple[Argument, ...] = ()


class TypeRoom:
    """The types made so far, by name; annotations are resolved in here."""

    def __init__(self) -> None:
        self._types: dict[str, Any] = {
            "Optional": Optional,
            "ID": strawberry.ID,
            "DateTime": DateTime,
            "JSON": JsonValue,
            "Cursor": PageCursor,
            "BigInt": BigInt,
        }
        self.structural_enums: set[str] = set()
        self._annotations: dict[str, StrawberryAnnotation] = {}

    def __getitem__(self, name: str) -> Any:
        return self._types[name]

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def add(self, name: str, type_: Any) -> None:
        """A type that was made elsewhere."""
        self._types[name] = type_

    def add_object(
        self, name: str, fields: Sequence[Field], doc: str | None = None, *, bases: tuple[type, ...] = ()
    ) -> None:
        """An output type."""
        self._add(strawberry.type(self._class(name, fields, bases, MISSING), description=doc), fields)

    def add_input(self, name: str, fields: Sequence[Field], doc: str | None = None, *, one_of: bool = False) -> None:
        """An input type; `one_of` takes exactly one of its fields."""
        cls = self._class(name, fields, (), UNSET)
        self._add(strawberry.input(cls, description=doc, one_of=one_of or None), fields)

    def add_enum(self, enum: type[Enum], *, structural: bool = False) -> None:
        """An enum; a structural one holds words of the query language rather than values of a column."""
        if enum.__name__ not in self._types:
            self._types[enum.__name__] = strawberry.enum(enum, description=enum.__doc__)
            if structural:
                self.structural_enums.add(enum.__name__)

    def add_union(self, name: str, members: Sequence[str], doc: str | None = None) -> None:
        """A union of object types that are there already."""
        types: Any = Union.__getitem__(tuple(self._types[member] for member in members))
        self._types[name] = Annotated[types, strawberry.union(name, description=doc)]

    def _class(self, name: str, fields: Sequence[Field], bases: tuple[type, ...], default: object) -> type:
        members = {_python_name(field.name): self._field(field, default) for field in fields}
        return type(name, bases, {"__annotations__": dict.fromkeys(members, str), **members})

    def _add(self, cls: Any, fields: Sequence[Field]) -> None:
        """Strawberry resolves annotations as it decorates, when not all types are there yet: they are set anew."""
        annotations = {_python_name(field.name): field.annotation for field in fields}
        for made in cls.__strawberry_definition__.fields:
            if made.python_name in annotations:
                made.type_annotation = self._annotation(annotations[made.python_name])
        self._types[cls.__name__] = cls

    def _annotation(self, text: str) -> StrawberryAnnotation:
        """An annotation; the same text is resolved once, and there are thousands of a few hundred texts."""
        if text not in self._annotations:
            self._annotations[text] = StrawberryAnnotation(text, namespace=self._types)
        return self._annotations[text]

    def _field(self, field: Field, default: object) -> StrawberryField:
        optional = field.annotation.startswith("Optional[")
        made = StrawberryField(
            python_name=_python_name(field.name),
            graphql_name=field.name,
            type_annotation=_ANY,
            description=field.doc,
            default=default if optional else MISSING,
        )
        made.arguments = [self._argument(argument) for argument in field.arguments]
        return made

    def _argument(self, argument: Argument) -> StrawberryArgument:
        return StrawberryArgument(
            python_name=argument.name,
            graphql_name=argument.name,
            type_annotation=self._annotation(argument.annotation),
            description=argument.doc,
        )


_ANY = StrawberryAnnotation(str)
"""Stands where an annotation will, until all types are there."""


def words(name: str, members: dict[str, str], doc: str) -> type[Enum]:
    """An enum made of names. `Enum(name, …)` cannot take a docstring on its own."""
    enum: type[Enum] = cast(Any, Enum)(name, members)  # mypy takes literal names only
    enum.__doc__ = doc
    return enum


def _python_name(name: str) -> str:
    """`in` → `in_`: Strawberry makes dataclasses, whose fields are Python names."""
    return f"{name}_" if iskeyword(name) else name
