"""Coerces the variables of a request.

In: an operation's variable definitions, and the JSON that came with it.  Out: VariableValues.
Rejects: what does not fit, by graphql-core's words (RequestErrors).

What it means is graphql-core's to say. But where every variable is a scalar or an enum, and was given, and fits, as in
most requests, there is nothing to decide: the types coerce their values here, in a third of the time.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    VariableDefinitionNode,
    get_variable_values,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from app.graph.responses import RequestErrors

MAX_ERRORS = 50
MAX_SUGGESTIONS = 3
"""A misspelt name is compared with every name there may be, to say which one was meant: 7 ms at 150 entities."""

NO_VARIABLES = VariableValues({}, {})


class Variables:
    """The variables that an operation defines."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._signatures = [_signature(schema, definition) for definition in definitions]
        self._leaves = [_leaf(signature.type) for signature in self._signatures]
        self.types: Mapping[str, GraphQLInputType] = {s.name: s.type for s in self._signatures}

    def coerce(self, raw: Mapping[str, Any]) -> VariableValues:
        """The values of a request. Raises RequestErrors."""
        if not self._definitions:
            return NO_VARIABLES
        return self._coerce_leaves(raw) or self._coerce_all(raw)

    def _coerce_leaves(self, raw: Mapping[str, Any]) -> VariableValues | None:
        """None where there is more to it."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, leaf in zip(self._signatures, self._leaves, strict=True):
            value = raw.get(signature.name)
            if leaf is None or value is None:
                return None
            try:
                coerced[signature.name] = leaf.coerce_input_value(value)
            except Exception:
                return None
            sources[signature.name] = VariableValueSource(signature, value)
        return VariableValues(sources, coerced)

    def _coerce_all(self, raw: Mapping[str, Any]) -> VariableValues:
        coerce = partial(get_variable_values, self._schema, self._definitions, dict(raw))
        values = coerce(max_errors=MAX_SUGGESTIONS)
        if isinstance(values, VariableValues):
            return values
        others = coerce(max_errors=MAX_ERRORS, hide_suggestions=True)
        assert not isinstance(others, VariableValues)
        raise RequestErrors(values[:MAX_SUGGESTIONS] + others[MAX_SUGGESTIONS:])


def _signature(schema: GraphQLSchema, definition: VariableDefinitionNode) -> GraphQLVariableSignature:
    signature = get_variable_signature(schema, definition)
    assert not isinstance(signature, GraphQLError)  # the document was validated
    return signature


def _leaf(type_: GraphQLInputType) -> GraphQLScalarType | GraphQLEnumType | None:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return inner if isinstance(inner, GraphQLScalarType | GraphQLEnumType) else None
