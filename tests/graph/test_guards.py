"""What a short document could ask of a server: refused while it is planned, and kept from filling the memory."""

import pytest
from graphql import get_introspection_query
from graphql.validation.rules import overlapping_fields_can_be_merged

from app.catalog import Catalog
from app.graph.compiling import Refused
from app.graph.documents import MAX_ERRORS, document_weight
from app.graph.variables import MAX_SUGGESTIONS
from app.plan.planning import Limits
from tests.conftest import World, open_world
from tests.graph.heavy_documents import of_users, times


def fragment_bomb(width: int, levels: int) -> str:
    """A document of a few kilobytes that writes itself out to width ** levels fields."""
    inner = (
        f"fragment F{i} on Tenant {{ "
        + " ".join(f"a{j}: users {{ nodes {{ tenant {{ ...F{i + 1} }} }} }}" for j in range(width))
        + " }"
        for i in range(levels - 1)
    )
    start = "{ users { nodes { tenant { ...F0 } } } }"
    return " ".join([start, *inner, f"fragment F{levels - 1} on Tenant {{ id }}"])


async def test_fragments_that_multiply_are_refused(world: World) -> None:
    assert await world.code(fragment_bomb(30, 7)) == "QUERY_TOO_COMPLEX"


async def test_introspection_that_multiplies_is_refused_and_graphiqls_is_not(world: World) -> None:
    aliases = " ".join(f"a{n}: types {{ ...T }}" for n in range(100))
    bomb = f"{{ __schema {{ {aliases} }} }} fragment T on __Type {{ name fields {{ name type {{ name }} }} }}"
    assert await world.code(bomb) == "QUERY_TOO_COMPLEX"
    whole = get_introspection_query(descriptions=True, input_value_deprecation=True, directive_is_repeatable=True)
    assert (await world.data(whole))["__schema"]["queryType"]["name"] == "Query"


async def test_condition_goes_through_five_edges_and_no_further(world: World) -> None:
    where: dict[str, object] = {"email": {"isNull": False}}
    for _ in range(2):
        where = {"connections": {"some": {"user": where}}}
    query = "query ($where: UserWhere) { users(where: $where) { totalCount } }"
    assert await world.data(query, {"where": where}) == {"users": {"totalCount": 2}}
    deeper = {"connections": {"some": {"user": where}}}
    assert await world.code(query, {"where": deeper}) == "QUERY_TOO_COMPLEX"


async def test_many_conditions_are_refused_rather_than_worked_through(world: World) -> None:
    query = "query ($where: UserWhere) { users(where: $where) { totalCount } }"
    many = {"or": [{"email": {"eq": "a"}}] * 10_000}
    assert await world.code(query, {"where": many}) == "QUERY_TOO_COMPLEX"


async def test_refusal_that_is_kept_holds_nothing_of_its_first_caller(world: World) -> None:
    query = """mutation ($json: JSON!) {
      createAnalyticsEvent(input: {eventType: "x", eventName: "y", properties: $json}) {
      tenant { users(first: 1, last: 1) { totalCount } } } }"""
    assert await world.code(query, {"json": {"secret": "of the first caller"}}) == "BAD_USER_INPUT"
    kept = [step for compiled in world.engine._kept.values() for step in compiled.steps.values()]
    errors = [step.error for step in kept if isinstance(step, Refused)]
    assert errors
    assert all(e.__traceback__ is None and e.__context__ is None and e.__cause__ is None for e in errors)


async def test_one_bad_field_spoils_no_other(world: World) -> None:
    answer = await world.answer(
        """{ a: users { totalCount } b: user(by: {id: "x"}) { id } c: users(first: -1) { totalCount nodes { id } }
             d: connectionStats { count } }"""
    )
    assert answer["data"] == {"a": {"totalCount": 4}, "b": None, "c": None, "d": {"count": 2}}
    assert [error["path"] for error in answer["errors"]] == [["b"], ["c"]]


async def test_documents_are_kept_by_weight(world: World) -> None:
    kept = world.engine._documents._kept
    await world.data("{ __typename }")
    assert document_weight(next(iter(kept.values())).document) < kept.maxsize
    before = kept.currsize
    await world.answer("{ nothing_like_this }")
    assert kept.currsize == before


async def test_document_that_is_too_heavy_to_keep_is_answered(world: World, catalog: Catalog) -> None:
    roomy = await open_world(world.database, catalog, Limits(max_document_characters=1_000_000))
    try:
        assert await roomy.data("{ users { totalCount } }" + "," * 900_000) == {"users": {"totalCount": 4}}
    finally:
        await roomy.pool.close()


async def test_errors_of_a_document_are_no_more_than_a_reader_wants(world: World) -> None:
    answer = await world.answer(of_users(times(200, lambda n: f"connectoins{n}")))
    assert len(answer["errors"]) == MAX_ERRORS + 1
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    helped = ["Did you mean 'connections'" in error["message"] for error in answer["errors"]]
    assert helped == [True] * MAX_SUGGESTIONS + [False] * (len(helped) - MAX_SUGGESTIONS)


async def test_validation_that_gives_up_is_too_complex(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlapping_fields_can_be_merged, "MAX_COMPLEXITY_BUDGET", 1)
    assert await world.code("{ users { totalCount totalCount totalCount } }") == "QUERY_TOO_COMPLEX"
