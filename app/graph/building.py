"""Makes GraphQL types out of plain facts: names, types as GraphQL writes them, descriptions.

Types refer to each other by name, such as `"[User!]!"`, so their fields are made when all types are there. What is the
same in many places (the name of a field, a type, a field but for its name, an argument) is made once: 150 entities have
5,000 types with 44,000 fields, of which 9,000 differ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLType,
    GraphQLUnionType,
    assert_name,
    specified_scalar_types,
)

from app.catalog.build import DeclarationError
from app.graph.scalars import SCALARS
from app.plan.shape import STRUCTURAL
from app.plan.values import ROWS


class Argument(NamedTuple):
    """An argument of a field."""

    name: str
    type: str | GraphQLType
    doc: str | None = None


class Field(NamedTuple):
    """A field of an object or an input type."""

    name: str
    type: str | GraphQLType
    doc: str | None = None
    arguments: tuple[Argument, ...] = ()


class TypeRoom:
    """The types made so far, by name. They have no fields until they are tied."""

    def __init__(self) -> None:
        self._types: dict[str, GraphQLNamedType] = {}
        self._untied: list[tuple[Any, Callable[[Sequence[Field]], Any], Sequence[Field]]] = []
        self._enums: set[type[Enum]] = set()
        self._name = cache(assert_name)
        self._type = cache(self._make_type)
        self._argument = cache(self._make_argument)
        self._output = cache(self._make_output)
        self._input = cache(self._make_input)
        for type_ in (*specified_scalar_types.values(), *SCALARS):
            self._add(type_)

    def __getitem__(self, name: str) -> Any:
        return self._types[name]

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def add_interface(self, name: str, fields: Sequence[Field], doc: str | None = None) -> None:
        """An interface."""
        self._add(GraphQLInterfaceType(name, {}, description=doc), self._outputs, fields)

    def add_object(
        self, name: str, fields: Sequence[Field], doc: str | None = None, *, interfaces: Iterable[str] = ()
    ) -> None:
        """An output type."""
        type_ = GraphQLObjectType(name, {}, [self[interface] for interface in interfaces], description=doc)
        self._add(type_, self._outputs, fields)

    def add_input(
        self, name: str, fields: Sequence[Field], doc: str | None = None, *, one_of: bool = False, row: bool = False
    ) -> None:
        """An input type. `one_of`: it takes exactly one of its fields. `row`: a list of it tells many rows."""
        extensions = {ROWS: True} if row else None
        type_ = GraphQLInputObjectType(name, {}, description=doc, is_one_of=one_of, extensions=extensions)
        self._add(type_, self._inputs, fields)

    def add_enum(self, enum: type[Enum]) -> None:
        """An enum of values of columns; it may be there already."""
        if enum not in self._enums:
            self._enums.add(enum)
            values = {member.name: GraphQLEnumValue(member) for member in enum}
            self._add(GraphQLEnumType(enum.__name__, values, description=enum.__doc__))

    def add_words(self, name: str, words: Mapping[str, object], doc: str) -> None:
        """An enum of words of the query language, with what each stands for."""
        values = {word: GraphQLEnumValue(meaning) for word, meaning in words.items()}
        self._add(GraphQLEnumType(name, values, description=doc, extensions={STRUCTURAL: True}))

    def add_union(self, name: str, members: Sequence[str], doc: str | None = None) -> None:
        """A union of object types that are there already."""
        self._add(GraphQLUnionType(name, [self[member] for member in members], description=doc))

    def tie(self) -> None:
        """Gives every type its fields, now that all types are there."""
        for type_, made, fields in self._untied:
            # Handed over as a thunk, they would have their names looked at letter by letter, type for type.
            type_.fields = made(fields)

    def _add(
        self,
        type_: GraphQLNamedType,
        made: Callable[[Sequence[Field]], Any] | None = None,
        fields: Sequence[Field] = (),
    ) -> None:
        if type_.name in self:
            raise DeclarationError(f"Two types of the schema would have the name {type_.name}")
        self._types[type_.name] = type_
        if made is not None:
            self._untied.append((type_, made, fields))

    def _outputs(self, fields: Sequence[Field]) -> dict[str, GraphQLField]:
        return {self._name(name): self._output(*rest) for name, *rest in fields}

    def _inputs(self, fields: Sequence[Field]) -> dict[str, GraphQLInputField]:
        return {self._name(name): self._input(type_, doc) for name, type_, doc, _ in fields}

    def _make_output(self, type_: str | GraphQLType, doc: str | None, arguments: tuple[Argument, ...]) -> GraphQLField:
        made = {name: self._argument(*rest) for name, *rest in arguments}
        return GraphQLField(self._type(type_), made, description=doc)

    def _make_argument(self, type_: str | GraphQLType, doc: str | None) -> GraphQLArgument:
        return GraphQLArgument(self._type(type_), description=doc)

    def _make_input(self, type_: str | GraphQLType, doc: str | None) -> GraphQLInputField:
        return GraphQLInputField(self._type(type_), description=doc)

    def _make_type(self, text: str | GraphQLType) -> Any:
        """`"[User!]!"` as a type; one that was made elsewhere, as it is."""
        if isinstance(text, GraphQLType):
            return text
        if text.endswith("!"):
            return GraphQLNonNull(self._type(text[:-1]))
        if text.startswith("["):
            return GraphQLList(self._type(text[1:-1]))
        return self[text]
