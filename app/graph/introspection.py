"""Answers introspection: what is selected of the schema becomes bytes.

In: `__schema` or `__type` of a validated document.  Out: its JSON.  Rejects: nothing.

The selection is looked at once, rather than for each of 5,000 types, and what is selected of the type of a
field is rendered once, however many fields are of that type. The values are graphql-core's own.
"""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import orjson
from graphql import FieldNode, GraphQLEnumType, GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType
from graphql.execution.values import get_argument_values

from app.plan.fields import Document, collect_fields, sub_selections

Render = Callable[[Any], bytes]


def introspect(document: Document, nodes: list[FieldNode]) -> bytes:
    """The JSON of a root field."""
    schema = document.schema
    assert schema.query_type is not None
    field = schema.get_field(schema.query_type, nodes[0].name.value)
    assert field is not None
    return _field(document, field, nodes)(None)


def _field(document: Document, field: GraphQLField, nodes: list[FieldNode]) -> Render:
    """Renders a field of whatever it is asked of."""
    resolve, info = field.resolve, SimpleNamespace(schema=document.schema)
    assert resolve is not None
    arguments = get_argument_values(field, nodes[0], document.variables)
    render = _value(document, field.type, nodes)
    return lambda of: render(resolve(of, info, **arguments))  # all they want of it


def _value(document: Document, type_: Any, nodes: list[FieldNode], *, listed: bool = False) -> Render:
    """Renders values of a type. What a list has is met once; what fields lead to, many times."""
    match type_:
        case GraphQLNonNull():
            return _value(document, type_.of_type, nodes, listed=listed)
        case GraphQLList():
            item = _value(document, type_.of_type, nodes, listed=True)
            return lambda items: b"null" if items is None else b"[%b]" % b",".join(map(item, items))
        case GraphQLObjectType():
            return _object(document, type_, nodes) if listed else cache(_object(document, type_, nodes))
        case GraphQLEnumType():
            return lambda value: orjson.dumps(type_.coerce_output_value(value))
    return orjson.dumps


def _object(document: Document, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Render:
    """Renders objects of an introspection type: `__Type`, `__Field`, …"""
    selected = collect_fields(document, type_, sub_selections(nodes))
    members = [(b'"%b":' % key.encode(), _member(document, type_, same)) for key, same in selected.items()]

    def render(of: Any) -> bytes:
        return b"null" if of is None else b"{%b}" % b",".join([key + member(of) for key, member in members])

    return render


def _member(document: Document, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Render:
    name = nodes[0].name.value
    if name == "__typename":
        return lambda _: b'"%b"' % type_.name.encode()
    return _field(document, type_.fields[name], nodes)
