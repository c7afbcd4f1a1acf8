"""Introspection answers what graphql-core answers, byte for byte."""

from typing import Any

import orjson
import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    execute_sync,
    get_introspection_query,
    get_operation_ast,
    get_variable_values,
    parse,
    validate,
)
from graphql.execution.values import VariableValues

import tests.library
from app.catalog import build_catalog
from app.domains import DOMAINS
from app.graph.introspection import introspect
from app.graph.schema import build_schema
from app.plan.fields import Budget, Document
from tests.conftest import World

WHOLE = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)
DOCUMENTS = {
    "the whole": WHOLE,
    "one type": '{ __type(name: "User") { kind name fields { name args { name defaultValue type { ...T } } } } }'
    " fragment T on __Type { kind name ofType { name ofType { name } } }",
    "what is not there": '{ __type(name: "Nobody") { name } }',
    "each kind": """{ __schema { types { __typename k: kind isOneOf specifiedByURL enumValues { name description }
                  inputFields { name type { name } } interfaces { name } possibleTypes { name } } } }""",
    "the same key twice": "{ __schema { queryType { name } queryType { kind ... on __Type { fields { name } } } } }",
    "deprecated ones": "{ __schema { directives { isRepeatable args(includeDeprecated: true) { isDeprecated } } } }",
    "variables": """query ($name: String!, $with: Boolean!) { __type(name: $name) { name description @include(if: $with)
                    fields(includeDeprecated: $with) { name @skip(if: $with) isDeprecated } } }""",
}
VARIABLES = {"name": "UserConnection", "with": True}


@pytest.fixture(scope="module")
def library_schema() -> GraphQLSchema:
    """A schema with unions."""
    return build_schema(build_catalog((*DOMAINS, tests.library)))


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_answer_is_that_of_graphql_core(text: str, library_schema: GraphQLSchema) -> None:
    given = VARIABLES if "$name" in text else {}
    assert validate(library_schema, parse(text)) == []
    expected = execute_sync(library_schema, parse(text), variable_values=given)
    assert expected.errors is None
    assert expected.data is not None
    assert answer(library_schema, text, given) == orjson.dumps(*expected.data.values())


def answer(schema: GraphQLSchema, text: str, given: dict[str, Any]) -> bytes:
    """What introspection makes of a document's only field."""
    document = parse(text)
    operation = get_operation_ast(document)
    assert operation is not None
    variables = get_variable_values(schema, operation.variable_definitions or (), given)
    assert isinstance(variables, VariableValues)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    nodes = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    return introspect(Document(schema, fragments, variables, Budget(10_000)), nodes)


async def test_it_is_kept_unless_variables_may_change_it(world: World) -> None:
    kept = world.engine._introspections
    kept.clear()
    whole = await world.data(WHOLE)
    assert [orjson.loads(one.data) for one in kept.values()] == [whole["__schema"]]
    assert await world.data(WHOLE) == whole
    for name in ("User", "Tenant"):
        data = await world.data("query ($n: String!) { __type(name: $n) { name } }", {"n": name})
        assert data == {"__type": {"name": name}}
    assert len(kept) == 1
    before = kept.currsize
    await world.data("{ __schema { __typename } } #" + "y" * 50_000)
    assert kept.currsize - before > 50_000  # an answer of 35 bytes keeps its document
