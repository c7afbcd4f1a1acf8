"""Input values made at random from their types: conditions, orders, groups, pages.

In: an input type of the schema, the ids and cursors that there are.  Out: values as variables have them, such as
`{"orderBy": [{"email": "ASC"}]}`; generated.py writes them into documents.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)
from hypothesis import strategies as st

from tests.graph.rich_world import DOCUMENTS, FUNCTIONS, MOMENTS, PERMISSIONS, WORDS
from tests.world import NOBODY_ID

Draw = Callable[[st.SearchStrategy[Any]], Any]
Value = dict[str, Any]

ORDERING = ("lt", "lte", "gt", "gte")
RARE = ("ListFilter", "JSONFilter", "EdgeWhere", "Having")
UPPER_CASE = ("actorRole", "targetType")
"""Texts in capital letters, which collations do not agree to order among words in lower case."""
PATHS: Sequence[list[str]] = (
    [],
    ["a"],
    ["a", "0"],
    ["a", "-1"],
    ["a", "0", "a"],
    ["b", "c"],
    ["b", "d", "2", "0"],
    ["0"],
    ["-1", "a"],
    ["z"],
)
PARTS = (*DOCUMENTS, {"a": 1}, {"b": {"c": "x"}}, {"b": {"d": [2.5]}}, [1], ["x"], [[2]], [{"a": 1}], 2.5, False, "z")
SCALARS = (0, 1, 1.0, 2.5, "", "elm", "x", "y", True, False)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
NUMBERS = (0, 1, 2, 3, 10, 15, 20)


@dataclass(frozen=True)
class Seen:
    """What earlier answers showed of an entity: keys, and the cursors of some orders."""

    keys: Sequence[Value]
    cursors: Sequence[tuple[list[Value], Sequence[str]]]


class Dice:
    """Choices, made by hypothesis."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; what hypothesis makes simpler becomes false."""
        return bool(self._draw(st.integers(0, 99)) >= 100 - percent)

    def number(self, most: int) -> int:
        """From 0 on."""
        return int(self._draw(st.integers(0, most)))

    def one(self, items: Sequence[Any]) -> Any:
        """One of the items."""
        return items[self.number(len(items) - 1)]

    def some(self, items: Sequence[Any], most: int) -> list[Any]:
        """A few of the items, in any order; one at least."""
        places = st.lists(st.sampled_from(range(len(items))), min_size=1, max_size=most, unique=True)
        return [items[place] for place in self._draw(places)]


class Inputs:
    """Makes input values."""

    def __init__(self, dice: Dice, seen: Mapping[str, Seen]) -> None:
        self._dice = dice
        self._seen = seen
        self._ids = [key["id"] for entity in seen.values() for key in entity.keys if "id" in key]

    def value(self, type_: GraphQLInputType, depth: int = 0) -> Any:
        """A value of an input type."""
        match type_:
            case GraphQLNonNull():
                return self.value(type_.of_type, depth)
            case GraphQLList():
                # An order of no terms is one; a list of keys has to have one.
                least = 1 if get_named_type(type_).name.endswith("GroupBy") else 0
                count = least + self._dice.number(2 - least)
                return [self.value(type_.of_type, depth + 1) for _ in range(count)]
            case GraphQLEnumType():
                return self._dice.one(sorted(type_.values))
            case GraphQLInputObjectType():
                return self._object(type_, depth)
        return self._scalar(type_.name)

    def groups(self, arguments: Mapping[str, GraphQLInputType]) -> Value:
        """The arguments of `groups`, whose orders go by keys that it groups by."""
        members: Any = get_named_type(arguments["by"])
        by = self._dice.some(sorted(members.values), 2)
        given: Value = {"by": by, "first": self._dice.number(5)}
        if self._dice.chance(40):
            given["having"] = self.value(arguments["having"])
        if self._dice.chance(50):
            term: Any = get_named_type(arguments["orderBy"])
            given["orderBy"] = [self._group_order(term, by) for _ in range(self._dice.number(2))]
        if self._dice.chance(50):
            given["timeZone"] = self._dice.one(ZONES)
        if self._dice.chance(20):
            given["offset"] = self._dice.number(2)
        return given

    def paging(self, entity: str, order_by: GraphQLInputType, *, rows: int) -> Value:
        """The arguments that make a page, of so many rows at most."""
        given: Value = {}
        cursors = self._seen[entity].cursors
        if cursors and self._dice.chance(40):
            given["orderBy"], places = self._dice.one(cursors)
            for name in self._dice.some(("after", "before"), 2):
                given[name] = self._dice.one(places)
        elif self._dice.chance(60):
            given["orderBy"] = self.value(order_by)
        if self._dice.chance(30):
            return given | {"last": self._dice.number(rows)}
        given["first"] = self._dice.number(rows)
        return given | {"offset": self._dice.number(3)} if self._dice.chance(30) else given

    # --- objects ---

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> Value:
        name = type_.name
        if name.endswith("Key"):
            return dict(self._dice.one(self._seen[name.removesuffix("Key")].keys))
        if name.endswith("OrderBy"):
            return self._order(type_, depth)
        if name == "JSONFilter":
            return self._json_filter()
        fields = {n: f.type for n, f in type_.fields.items() if depth <= 3 or not _goes_deeper(n, f.type)}
        # Most fields are columns of one value: without a word for the others, they would hardly come up.
        rare = [n for n, t in fields.items() if get_named_type(t).name.endswith(RARE)]
        names = rare if rare and self._dice.chance(50) else list(fields)
        return {n: self._member(name, n, fields[n], depth + 1) for n in self._dice.some(names, 2)}

    def _member(self, owner: str, name: str, type_: GraphQLInputType, depth: int) -> Any:
        """The value of a field of an input object."""
        if name in UPPER_CASE and get_named_type(type_).name == "StringFilter":
            return {self._dice.one(("eq", "ne", "contains", "iStartsWith")): self._dice.one(("OWNER", "User", "o"))}
        if owner == "StringFilter" and name in ORDERING:
            return self._dice.one(("", *WORDS))
        if owner == "StringListFilter" and name not in ("isEmpty", "isNull"):
            items = (*FUNCTIONS, *PERMISSIONS)
            return (
                self._dice.one(items) if name == "has" else [self._dice.one(items) for _ in range(self._dice.number(2))]
            )
        return self.value(type_, depth)

    def _json_filter(self) -> Value:
        match self._dice.number(3):
            case 0:
                return {"contains": self._dice.one(PARTS)}
            case 1:
                return {"isNull": self._dice.chance(50)}
        path: Value = {"at": self._dice.one(PATHS)}
        for name in self._dice.some(("eq", "ne", "in", "notIn", "isNull", *ORDERING), 2):
            path[name] = self._at_path(name)
        return {"path": path}

    def _at_path(self, operator: str) -> Any:
        match operator:
            case "isNull":
                return self._dice.chance(50)
            case "in" | "notIn":
                return [self._dice.one(PARTS) for _ in range(self._dice.number(2))]
            case "eq" | "ne":
                return self._dice.one((*PARTS, *SCALARS))
        return self._dice.one(SCALARS)  # lists and objects have an order too, but none that anybody would ask for

    # --- orders ---

    def _order(self, type_: GraphQLInputObjectType, depth: int) -> Value:
        """One term, through edges perhaps, and where its nulls go."""
        fields = {n: f.type for n, f in type_.fields.items() if n != "nulls"}
        plain = [n for n, t in fields.items() if get_named_type(t).name == "Direction"]
        beyond = [n for n in fields if n not in plain]
        names = plain or beyond
        if depth <= 3 and beyond and self._dice.chance(40):
            names = beyond
        name = self._dice.one(names)
        return {name: self.value(fields[name], depth + 1)} | self._nulls(type_)

    def _group_order(self, type_: GraphQLInputObjectType, by: Sequence[str]) -> Value:
        if self._dice.chance(30):
            return {"keys": {camel(self._dice.one(by)): self._dice.one(("ASC", "DESC"))}} | self._nulls(type_)
        names = [name for name in type_.fields if name not in ("keys", "nulls")]
        name = self._dice.one(names)
        return {name: self.value(type_.fields[name].type, 1)} | self._nulls(type_)

    def _nulls(self, type_: GraphQLInputObjectType) -> Value:
        if "nulls" in type_.fields and self._dice.chance(40):
            return {"nulls": self._dice.one(("FIRST", "LAST"))}
        return {}

    # --- scalars ---

    def _scalar(self, name: str) -> Any:
        match name:
            case "ID":
                return self._dice.one((*self._ids, str(NOBODY_ID)))
            case "Int":
                return self._dice.one(NUMBERS)
            case "Float":
                return self._dice.one((*NUMBERS, 2.5, 7.5, 12.5))
            case "Boolean":
                return self._dice.chance(50)
            case "DateTime":
                return self._dice.one((*(moment.isoformat() for moment in MOMENTS), "2026-01-01T03:02:00+02:00"))
        return self._dice.one((*WORDS, "", "e", "I", "R1", "%", "_"))


def camel(member: str) -> str:
    """`STARTED_AT_DAY` → `startedAtDay`."""
    first, *rest = member.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def _goes_deeper(name: str, type_: GraphQLInputType) -> bool:
    """Whether a field of conditions holds conditions in turn."""
    return name in ("and", "or", "not") or get_named_type(type_).name.endswith("Where")
