"""Read operations made at random from the schema, for hypothesis.

In: the schema, the ids and cursors that there are.  Out: a strategy of documents.
Whatever the schema lets a caller ask can come out: fields, aliases, fragments, conditions, orders, pages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from hypothesis import strategies as st

from tests.graph.rich_world import WORDS

Draw = Callable[[st.SearchStrategy[Any]], Any]
MAX_DEPTH = 4
PAGING = ("orderBy", "first", "after", "last", "before", "offset")


@dataclass(frozen=True, repr=False)
class Seen:
    """What earlier answers showed of an entity: ids, keys, and the cursors of some orders."""

    keys: Sequence[str]
    cursors: Mapping[str, Sequence[str]]

    def __repr__(self) -> str:
        return "Seen"


@dataclass
class _Writer:
    """One document in the making."""

    schema: GraphQLSchema
    seen: Mapping[str, Seen]
    draw: Draw
    fragments: list[str] = field(default_factory=list)

    def chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) < percent)

    def some(self, items: Sequence[Any], most: int) -> list[Any]:
        """A few of the items, in any order."""
        chosen = st.lists(st.sampled_from(items), min_size=1, max_size=most, unique_by=id)
        return list(self.draw(chosen))

    def document(self) -> str:
        query = self.schema.query_type
        assert query is not None
        names = self.some(list(query.fields), 3)
        body = " ".join(self.field(f"r{i}", name, query.fields[name], 0) for i, name in enumerate(names))
        return "\n".join([f"{{ {body} }}", *self.fragments])

    def field(self, key: str, name: str, definition: GraphQLField, depth: int) -> str:
        type_ = get_named_type(definition.type)
        arguments = self.arguments(self.entity_of(type_.name), definition.args, depth)
        text = f"{key}: {name}{arguments}"
        return f"{text} {self.selection(type_, depth)}" if isinstance(type_, GraphQLObjectType) else text

    def selection(self, type_: GraphQLObjectType, depth: int) -> str:
        """A selection set. Each field has a key of its own; some stand in fragments."""
        entity = "Node" in {interface.name for interface in type_.interfaces}
        depth += entity
        names = [
            name
            for name, definition in type_.fields.items()
            if depth < MAX_DEPTH or not isinstance(get_named_type(definition.type), GraphQLObjectType)
        ]
        parts = ["__typename"] if self.chance(15) or not names else []
        for i, name in enumerate(self.some(names, 4) if names else []):
            text = self.field(f"{name}{i}" if self.chance(30) else name, name, type_.fields[name], depth)
            parts.append(self.in_fragment(type_, text) if self.chance(15) else text)
        return f"{{ {' '.join(parts)} }}"

    def in_fragment(self, type_: GraphQLObjectType, text: str) -> str:
        if self.chance(50):
            return f"... on {type_.name} {{ {text} }}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_.name} {{ {text} }}")
        return f"...{name}"

    # --- arguments ---

    def entity_of(self, type_name: str) -> str:
        """The entity that a type is about: `UserConnection`, `UserStats` and `User` are about `User`."""
        if type_name in self.seen:
            return type_name
        return type_name.removesuffix("Connection").removesuffix("Stats")

    def arguments(self, entity: str, arguments: Mapping[str, GraphQLArgument], depth: int) -> str:
        given = {
            name: self.value(entity, argument.type, 0)
            for name, argument in arguments.items()
            if name not in PAGING and (isinstance(argument.type, GraphQLNonNull) or self.chance(40))
        }
        if "after" in arguments:
            given |= self.paging(entity, arguments["orderBy"], depth)
        return f"({', '.join(f'{name}: {value}' for name, value in given.items())})" if given else ""

    def paging(self, entity: str, order_by: GraphQLArgument, depth: int) -> dict[str, str]:
        given: dict[str, str] = {}
        cursors = self.seen[entity].cursors
        if cursors and self.chance(40):
            given["orderBy"] = self.draw(st.sampled_from(sorted(cursors)))
            for name in self.some(("after", "before"), 2):
                given[name] = f'"{self.draw(st.sampled_from(cursors[given["orderBy"]]))}"'
        elif self.chance(60):
            given["orderBy"] = self.value(entity, order_by.type, 0)
        rows = str(self.draw(st.integers(0, 6)))
        if self.chance(30):
            return given | {"last": rows}
        if depth or self.chance(60):
            given["first"] = rows
        return given | {"offset": str(self.draw(st.integers(0, 3)))} if self.chance(30) else given

    def value(self, entity: str, type_: GraphQLInputType, depth: int) -> str:
        """A value of an input type, as text of the document."""
        match type_:
            case GraphQLNonNull():
                return self.value(entity, type_.of_type, depth)
            case GraphQLList():
                least = 1 if get_named_type(type_).name.endswith(("GroupBy", "OrderBy")) else 0
                items = range(self.draw(st.integers(least, 2)))
                return f"[{', '.join(self.value(entity, type_.of_type, depth + 1) for _ in items)}]"
            case GraphQLEnumType():
                return str(self.draw(st.sampled_from(sorted(type_.values))))
            case GraphQLInputObjectType():
                return self.object(entity, type_, depth)
        return str(self.draw(self.scalar(entity, type_.name)))

    def object(self, entity: str, type_: GraphQLInputObjectType, depth: int) -> str:
        name = type_.name
        if name.endswith("Key"):
            return str(self.draw(st.sampled_from(self.seen[entity].keys)))
        fields = dict(type_.fields)
        if name.endswith("OrderBy"):
            fields.pop("nulls")
            (chosen,) = self.some(list(fields), 1)
            nulls = f", nulls: {self.draw(st.sampled_from(('FIRST', 'LAST')))}" if self.chance(50) else ""
            return f"{{{chosen}: {self.draw(st.sampled_from(('ASC', 'DESC')))}{nulls}}}"
        if depth > 3 and not name.endswith("EdgeWhere"):  # deep enough: conditions on columns only
            fields = {n: f for n, f in fields.items() if not get_named_type(f.type).name.endswith("Where")}
        if name.endswith("Where"):
            entity = name.removesuffix("EdgeWhere").removesuffix("Where")
        chosen = [n for n in self.some(list(fields), 2) if n in fields]
        return f"{{{', '.join(f'{n}: {self.value(entity, fields[n].type, depth + 1)}' for n in chosen)}}}"

    def scalar(self, entity: str, name: str) -> st.SearchStrategy[str]:
        match name:
            case "ID":
                ids = [key.split('"')[1] for key in self.seen[entity].keys if key.startswith("{id:")]
                return st.sampled_from([f'"{id_}"' for id_ in ids])
            case "Int":
                return st.sampled_from(["0", "10", "20", "25"])
            case "Boolean":
                return st.sampled_from(["true", "false"])
            case "DateTime":
                return st.sampled_from(
                    ['"2026-01-01T00:00:00Z"', '"2026-01-01T03:02:00+02:00"', '"2026-01-02T00:00:00.120000Z"']
                )
        return st.sampled_from([f'"{text}"' for text in (*WORDS, "", "e", "I", "R1", "%", "_")])


@st.composite
def operations(draw: Draw, schema: GraphQLSchema, seen: Mapping[str, Seen]) -> str:
    """Documents of one query."""
    return _Writer(schema, seen, draw).document()
