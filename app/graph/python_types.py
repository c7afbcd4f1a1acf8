"""Types of what domains write by hand in Python: operations, what they answer with, fields in Python.

In: annotations.  Out: GraphQL types, converted by Strawberry: any type that it knows may stand in an annotation.
What follows from the catalog is there already, and Strawberry takes it as it is: the row of a `Ref[User]`, the input of
a `New[User]`, a column's enum. A plain dataclass, as an answer, is a type of its own.
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry
from graphql import GraphQLNamedType, GraphQLNonNull, GraphQLType
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import has_object_definition
from strawberry.types.scalar import ScalarDefinition

from app.graph.building import TypeRoom
from app.model.entity import Json
from app.repositories.rows import New, Ref

_SCALARS: Mapping[object, str] = {UUID: "ID", datetime: "DateTime", Json: "JSON"}


class PythonTypes:
    """Converts annotations, beside the types of a room."""

    def __init__(self, room: TypeRoom) -> None:
        self._room = room
        self._names: dict[object, Any] = {}
        scalars = {hint: _as_it_is(room[name]) for hint, name in _SCALARS.items()}
        self._converter = GraphQLCoreConverter(StrawberryConfig(), {}, scalars, lambda definition: definition.fields)

    def of(self, hint: Any) -> GraphQLType:
        """The type of an annotation; required, unless it allows None."""
        return self._converter.from_maybe_optional(StrawberryAnnotation(self._understood(hint)).resolve())

    def nullable(self, hint: Any) -> GraphQLType:
        """The same, nullable in any case: what is asked for may fail."""
        made = self.of(hint)
        return made.of_type if isinstance(made, GraphQLNonNull) else made

    def _understood(self, hint: Any) -> Any:
        """The annotation as one that Strawberry understands."""
        parts = get_args(hint)
        match get_origin(hint):
            case origin if origin in (Union, UnionType):
                return Union.__getitem__(tuple(map(self._understood, parts)))
            case origin if origin is list:
                return list.__class_getitem__(self._understood(parts[0]))
            case origin if origin is Ref:
                return self._made(parts[0].__name__)
            case origin if origin is New:
                return self._made(f"{parts[0].__name__}Create")
        if isinstance(hint, type) and issubclass(hint, Enum) and hint.__name__ in self._room:
            return self._made(hint.__name__)
        return self._answer(hint) if dataclasses.is_dataclass(hint) and not has_object_definition(hint) else hint

    def _made(self, name: str) -> Any:
        """Stands for a type that is there already."""
        if name not in self._names:
            self._names[name] = type(name, (), {})
            self._converter.scalar_registry[self._names[name]] = _as_it_is(self._room[name])
        return self._names[name]

    def _answer(self, cls: Any) -> Any:
        """A type with the fields of a dataclass, which itself stays what it is."""
        if cls not in self._names:
            members = {"__annotations__": {name: self._understood(h) for name, h in get_type_hints(cls).items()}}
            made = type(cls.__name__, (), {**members, "__module__": cls.__module__})
            self._names[cls] = strawberry.type(made, description=cls.__doc__)
        return self._names[cls]


def _as_it_is(type_: GraphQLNamedType) -> ScalarDefinition:
    """Tells Strawberry of a type that it need not look into, as if it were a scalar."""
    return ScalarDefinition(
        name=type_.name,
        description=None,
        specified_by_url=None,
        serialize=None,
        parse_value=None,
        parse_literal=None,
        implementation=type_,  # type: ignore[arg-type]
    )
