"""Read operations made at random from the schema, for hypothesis.

In: the schema, the ids and cursors that there are.  Out: a strategy of requests.
Whatever the schema lets a caller ask can come out: fields, aliases, fragments, directives, variables, several
operations, and the inputs of generated_inputs.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)
from hypothesis import strategies as st

from tests.graph.generated_inputs import Dice, Draw, Inputs, Seen, Value

MAX_DEPTH = 4
PAGING = ("orderBy", "first", "after", "last", "before", "offset")
SIZES = ("first", "last")


@dataclass(frozen=True)
class Request:
    """An operation to ask for; `name` says which of several."""

    query: str
    variables: Mapping[str, Any]
    name: str | None

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """As a person can send it again; hypothesis shows what failed by this."""
        printer.text(f"{self.query}\nvariables: {json.dumps(self.variables)}\nname: {self.name}")


@dataclass
class _Writer:
    """One operation in the making.

    prefix      tells its names from those of other operations
    unique      which fields get keys that nothing else has: what they meet may have other arguments, or another type
    page_rows   of pages within others, so that what is asked for in all stays small
    """

    schema: GraphQLSchema
    dice: Dice
    inputs: Inputs
    prefix: str
    unique: Literal["", "arguments", "everything"] = ""
    page_rows: int = 6
    fragments: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    _keys: int = 0

    def operation(self, name: str | None) -> str:
        """The operation's text and that of its fragments."""
        query = self.schema.query_type
        assert query is not None
        names = self.dice.some(list(query.fields), 3)
        body = " ".join(self.field(name, query.fields[name], 0, alias=f"r{i}") for i, name in enumerate(names))
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        head = f"query {name or ''}{declared} " if name or declared else ""
        return "\n".join([f"{head}{{ {body} }}", *self.fragments])

    # --- selections ---

    def field(self, name: str, definition: GraphQLField, depth: int, alias: str | None = None) -> str:
        """A field with its arguments and selection; now and then twice, to be merged."""
        type_ = get_named_type(definition.type)
        key = f"{alias}: " if alias else self.alias(name, definition.args)
        text = f"{key}{name}{self.arguments(type_, definition.args, depth)}{self.directive()}"
        if not is_composite_type(type_):
            return text
        whole = f"{text} {self.selection(type_, depth)}"
        return f"{whole} {text} {self.again(type_, depth)}" if self.dice.chance(6) else whole

    def alias(self, name: str, arguments: object = None) -> str:
        """The key of a field with the colon, if it is another one than its name."""
        self._keys += 1
        needed = self.unique == "everything" or (self.unique and arguments)
        return f"{name}{self._keys}: " if needed or self.dice.chance(30) else ""

    def again(self, type_: GraphQLNamedType, depth: int) -> str:
        """A selection to merge with another one of the same field."""
        return self.selecting(type_, depth, self.unique or "arguments")

    def selecting(self, type_: GraphQLNamedType, depth: int, unique: Literal["arguments", "everything"]) -> str:
        before, self.unique = self.unique, unique
        text = self.selection(type_, depth)
        self.unique = before
        return text

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        """A selection set; some of its fields stand in fragments."""
        if isinstance(type_, GraphQLInterfaceType):
            return self.selection_by_type(type_, depth)
        assert isinstance(type_, GraphQLObjectType)
        depth += "Node" in {interface.name for interface in type_.interfaces}
        names = [
            name
            for name, definition in type_.fields.items()
            if depth < MAX_DEPTH or not is_composite_type(get_named_type(definition.type))
        ]
        parts = ["__typename"] if self.dice.chance(15) or not names else []
        for name in self.dice.some(names, 4) if names else []:
            text = self.field(name, type_.fields[name], depth)
            parts.append(self.in_fragment(type_, text) if self.dice.chance(15) else text)
        return f"{{ {' '.join(parts)} }}"

    def selection_by_type(self, type_: GraphQLInterfaceType, depth: int) -> str:
        """What is asked of a node, whatever it is, and of those of some types."""
        parts = ["__typename"] if self.dice.chance(40) else []
        parts += [f"{self.alias('id')}id"] if self.dice.chance(60) or not parts else []
        for item in self.dice.some(self.schema.get_possible_types(type_), 3):
            text = self.selecting(item, depth, "everything")[2:-2]
            parts.append(self.in_fragment(item, text, named=True))
        return f"{{ {' '.join(parts)} }}"

    def in_fragment(self, type_: GraphQLNamedType, text: str, *, named: bool = False) -> str:
        """The text in a fragment on the type, which an inline one can leave out unless it has to be `named`."""
        if self.dice.chance(50):
            condition = f" on {type_.name}" if named or self.dice.chance(50) else ""
            return f"...{condition}{self.directive()} {{ {text} }}"
        name = f"F{self.prefix}{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_.name} {{ {text} }}")
        return f"...{name}{self.directive()}"

    def directive(self) -> str:
        if not self.dice.chance(6):
            return ""
        boolean = GraphQLNonNull(GraphQLBoolean)
        return f" @{self.dice.one(('include', 'skip'))}(if: {self.literal(boolean, self.dice.chance(50))})"

    # --- arguments ---

    def arguments(self, type_: GraphQLNamedType, arguments: Mapping[str, GraphQLArgument], depth: int) -> str:
        given = self.given(type_, arguments, depth)
        # Without their order, cursors would be those of another one; without a size, a page is too large.
        needed = (*SIZES, "orderBy") if "after" in given or "before" in given else SIZES
        written = {
            name: self.literal(arguments[name].type, value)
            if name in needed
            else self.argument(arguments[name].type, value)
            for name, value in given.items()
        }
        return f"({', '.join(f'{name}: {text}' for name, text in written.items())})" if written else ""

    def given(self, type_: GraphQLNamedType, arguments: Mapping[str, GraphQLArgument], depth: int) -> Value:
        types = {name: argument.type for name, argument in arguments.items()}
        if "timeZone" in types:
            return self.inputs.groups(types)
        given = {
            name: self.inputs.value(argument)
            for name, argument in types.items()
            if name not in PAGING and (isinstance(argument, GraphQLNonNull) or self.dice.chance(40))
        }
        if "after" in types:
            entity = type_.name.removesuffix("Connection")
            given |= self.inputs.paging(entity, types["orderBy"], rows=self.page_rows if depth else 8)
            if not depth and self.dice.chance(15):
                given.pop("first", None)
        return given

    def argument(self, type_: GraphQLInputType, value: Any) -> str:
        """An argument's value as text; now and then null, which is the same as no argument."""
        if not isinstance(type_, GraphQLNonNull) and self.dice.chance(4):
            return self.absent(type_) if self.dice.chance(50) else "null"
        return self.literal(type_, value)

    # --- values ---

    def literal(self, type_: GraphQLInputType, value: Any) -> str:
        """A value as text of the document, or as a variable, whole or in part."""
        if self.dice.chance(8):
            return self.variable(type_, value)
        return self.written(type_, value)

    def written(self, type_: GraphQLInputType, value: Any) -> str:
        match type_:
            case GraphQLNonNull():
                return self.written(type_.of_type, value)
            case GraphQLList():
                return f"[{', '.join(self.literal(type_.of_type, item) for item in value)}]"
            case GraphQLEnumType():
                return str(value)
            case GraphQLInputObjectType():
                # In a key, of which one field is given, a variable would have to be of a type that says so.
                write = self.written if type_.name.endswith("Key") else self.literal
                members = (f"{name}: {write(type_.fields[name].type, item)}" for name, item in value.items())
                return f"{{{', '.join(members)}}}"
        return json_literal(value)

    def variable(self, type_: GraphQLInputType, value: Any) -> str:
        """A new variable of the type; some have the value by default."""
        name = self.declare(type_)
        if self.dice.chance(20):
            self.declared[-1] += f" = {constant(type_, value)}"
        else:
            self.variables[name] = value
        return f"${name}"

    def absent(self, type_: GraphQLInputType) -> str:
        """A variable that is not given, or null."""
        name = self.declare(type_)
        if self.dice.chance(50):
            self.variables[name] = None
        return f"${name}"

    def declare(self, type_: GraphQLInputType) -> str:
        name = f"v{self.prefix}{len(self.declared)}"
        self.declared.append(f"${name}: {type_}")
        return name


def constant(type_: GraphQLInputType, value: Any) -> str:
    """A value as text, without variables."""
    match type_:
        case GraphQLNonNull():
            return constant(type_.of_type, value)
        case GraphQLList():
            return f"[{', '.join(constant(type_.of_type, item) for item in value)}]"
        case GraphQLEnumType():
            return str(value)
        case GraphQLInputObjectType():
            members = (f"{name}: {constant(type_.fields[name].type, item)}" for name, item in value.items())
            return f"{{{', '.join(members)}}}"
    return json_literal(value)


def json_literal(value: Any) -> str:
    """A scalar, or JSON, as GraphQL writes it: names of members without quotes."""
    match value:
        case dict():
            return f"{{{', '.join(f'{name}: {json_literal(item)}' for name, item in value.items())}}}"
        case list():
            return f"[{', '.join(map(json_literal, value))}]"
    return str(json.dumps(value))


def requests(schema: GraphQLSchema, seen: Mapping[str, Seen]) -> st.SearchStrategy[Request]:
    """Requests for one query, of a document that may have several."""

    @st.composite
    def request(draw: Draw) -> Request:
        dice = Dice(draw)
        count = 2 if dice.chance(10) else 1
        writers = [_Writer(schema, dice, Inputs(dice, seen), prefix="AB"[i]) for i in range(count)]
        names = [f"Q{i}" if count > 1 or dice.chance(20) else None for i in range(count)]
        query = "\n".join(writer.operation(name) for writer, name in zip(writers, names, strict=True))
        chosen = dice.number(count - 1)
        return Request(query, writers[chosen].variables, names[chosen])

    return request()
