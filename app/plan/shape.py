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

from app.plan.values import Cursor, are_rows, fields_of

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
        return fields_of(items)
    shapes = tuple(shape_of(item_type, item) for item in items)
    return "values" if all(shape == PARAMETER for shape in shapes) else shapes
