"""The schema is the contract: what it promises of every entity, and that nothing but the compiled path answers."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, parse, validate, validate_schema

import tests.library
from app.catalog import Catalog, build_catalog
from app.catalog.build import DeclarationError
from app.domains import DOMAINS
from app.graph.building import Field, TypeRoom
from app.graph.schema import build_schema, print_sdl
from tests.conftest import World
from tests.world import ACME

OPERATIONS = (
    "{ users(first: 1) { nodes { email tenant { name } connections { edges { cursor } pageInfo { hasNextPage } } } } }",
    "{ userStats { count groups(by: [ROLE]) { keys { role } count } } __typename }",
    'mutation { createUser(input: {email: "new@a.example"}) { email connections { totalCount } } }',
    'mutation { deleteUser(by: {email: "new@a.example"}) { email } }',
    f'mutation {{ disableConnection(connectionId: "{ACME.connection("member")}") {{ status user {{ email }} }} }}',
    'mutation { ingestAnalyticsEvents(events: [{eventType: "a", eventName: "b"}]) { count } }',
)


def test_every_entity_is_a_node_and_has_its_root_fields(world: World, catalog: Catalog) -> None:
    schema = world.engine.schema
    node = schema.type_map["Node"]
    query = schema.query_type
    assert isinstance(node, GraphQLInterfaceType)
    assert query is not None
    for entity in catalog.graph_entities():
        type_ = schema.type_map[entity.name]
        assert isinstance(type_, GraphQLObjectType)
        assert node in type_.interfaces
        assert str(type_.fields["id"].type) == "ID!"
        assert {entity.singular_field, entity.plural_field, f"{entity.singular_field}Stats"} <= query.fields.keys()


def test_schema_text_is_the_committed_one_every_time(catalog: Catalog, repository: Path) -> None:
    committed = (repository / "schema.graphql").read_text()
    assert print_sdl(build_schema(catalog)) == print_sdl(build_schema(catalog)) == committed


def test_nothing_hidden_is_in_the_schema(world: World, catalog: Catalog) -> None:
    sdl = print_sdl(world.engine.schema)
    hidden = {column.field for entity in catalog.entities.values() for column in entity.columns if column.hidden}
    for word in (*hidden, "tenantId", *(entity.name for entity in catalog.platform_entities())):
        assert f" {word}:" not in sdl
        assert f"type {word} " not in sdl


def test_writes_that_nobody_may_do_have_no_field(world: World) -> None:
    for name in ("createTenant", "deleteTenant", "createAuditLog", "updateAuditLog", "deleteAuditLog"):
        (error, *_) = validate(world.engine.schema, parse(f"mutation {{ {name} }}"))
        assert "Cannot query field" in error.message


async def test_no_resolver_runs(fresh_world: World) -> None:
    """Reads, writes, operations and their payloads are answered without one call of graphql-core into a field."""
    called: list[str] = []

    def resolve(_: object, info: Any, **__: object) -> None:
        called.append(info.field_name)

    for type_ in fresh_world.engine.schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for field in type_.fields.values():
                field.resolve = resolve
    for operation in OPERATIONS:
        await fresh_world.data(operation)
    assert called == []


async def test_introspection_answers_beside_data(world: World) -> None:
    data = await world.data('{ users { totalCount } __type(name: "Node") { possibleTypes { name } } __typename }')
    assert data["users"] == {"totalCount": 4}
    assert {"name": "User"} in data["__type"]["possibleTypes"]
    assert list(data) == ["users", "__type", "__typename"]


def test_schema_is_valid_at_any_size(large_catalog: Catalog) -> None:
    """Nothing validates it at start."""
    for catalog in (build_catalog(DOMAINS), build_catalog((*DOMAINS, tests.library)), large_catalog):
        assert validate_schema(build_schema(catalog)) == []


def test_building_a_schema_costs_little_for_each_type(large_catalog: Catalog) -> None:
    """Calls instead of seconds, which are another machine's; by Strawberry it took 3,200."""
    schema = build_schema(large_catalog)
    assert len(schema.type_map) > 4_000
    assert calls(lambda: build_schema(large_catalog)) / len(schema.type_map) < 200


def test_what_is_the_same_in_many_places_is_made_once(large_catalog: Catalog) -> None:
    types = build_schema(large_catalog).type_map.values()
    fields = [field for type_ in types for field in getattr(type_, "fields", {}).values()]
    assert len(fields) > 40_000
    assert len({id(field) for field in fields}) < len(fields) / 4


def test_two_types_of_one_name_are_refused() -> None:
    room = TypeRoom()
    room.add_object("UserStats", [Field("id", "ID!")])
    with pytest.raises(DeclarationError, match="UserStats"):
        room.add_input("UserStats", [])


def calls(run: Callable[[], object]) -> int:
    """How many functions in Python are called."""
    counted = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(before)
    return counted
