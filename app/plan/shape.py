"""The shape of variables: everything about them that can change a plan, and nothing else.

In: an operation's variable definitions and coerced values.  Out: a hashable shape, part of the plan's cache key.
Null and absent, booleans, structural enums (marked on the type), the keys of input objects, the length of lists of
input objects and which parts of a cursor are null shape a plan. All other values are parameters. New rows (marked on
the type too) are one parameter, whatever their number; which fields they have shapes the plan.
"""

from collections.abc import Hashable
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from app.plan.values import Cursor, are_rows, as_list, fields_of, innermost

STRUCTURAL = "bulkhead-structural"
"""Key in a GraphQL enum type's extensions: its values are words of the language, not values of a column."""

CURSOR = "Cursor"
"""Name of the scalar type whose values have parts."""

PARAMETER = "value"
"""The shape of what is a parameter whatever its value."""

Shape = Hashable


def is_always_parameter(type_: GraphQLInputType) -> bool:
    """Whether every value of a type, but null, is a parameter."""
    if isinstance(type_, GraphQLNonNull):
        return is_always_parameter(type_.of_type)
    if isinstance(type_, GraphQLEnumType):
        return STRUCTURAL not in type_.extensions
    return isinstance(type_, GraphQLScalarType) and type_ is not GraphQLBoolean and type_.name != CURSOR


def shape_of(type_: GraphQLInputType, value: Any) -> Shape:
    """The shape of one coerced value of an input type."""
    if value is None:
        return None
    if isinstance(type_, GraphQLNonNull):
        return shape_of(type_.of_type, value)
    if isinstance(type_, GraphQLInputObjectType):
        return tuple((name, shape_of(type_.fields[name].type, item)) for name, item in value.items())
    if isinstance(type_, GraphQLList):
        return _list_shape(type_.of_type, value)
    if type_ is GraphQLBoolean:
        return value  # type: ignore[no-any-return]
    if isinstance(type_, GraphQLEnumType) and STRUCTURAL in type_.extensions:
        return (value,)  # a field may have the name "value"
    if isinstance(value, Cursor):
        return (value.signature, tuple(v is None for v in value.values))
    return PARAMETER


def _list_shape(item_type: GraphQLInputType, items: list[Any]) -> Shape:
    """Lists of plain values are one parameter whatever their length; others shape the statement item by item."""
    if are_rows(item_type):
        return _rows_shape(innermost(item_type), items)
    shapes = tuple(shape_of(item_type, item) for item in items)
    return "values" if all(shape == PARAMETER for shape in shapes) else shapes


def _rows_shape(type_: Any, rows: list[Any]) -> Shape:
    """Which fields new rows have, and what stands under those that are edges: of all of them together."""
    fields = fields_of(rows)
    edges = [(name, innermost(type_.fields[name].type)) for name, _ in fields]
    under = [
        (name, edge, [row[name] for row in rows if row.get(name) is not None])
        for name, edge in edges
        if isinstance(edge, GraphQLInputObjectType)
    ]
    return fields, tuple((name, _edges_shape(edge, given)) for name, edge, given in under)


def _edges_shape(type_: GraphQLInputObjectType, given: list[Any]) -> Shape:
    """What is given under an edge: new rows by `create`, others by the keys that `connect` names."""
    parts: list[Shape] = []
    for word, field in type_.fields.items():
        items = [item for one in given if one.get(word) is not None for item in as_list(one[word])]
        parts.append((word, _rows_shape(innermost(field.type), items) if items else None))
    return tuple(parts)
