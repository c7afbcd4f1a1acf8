"""Searches as a user sends them: by words, and by vectors."""

import pytest

from tests.conftest import World
from tests.world import ACME, GLOBEX

TITLES = "{ node { title } }"


async def titles(library: World, field: str, **who: object) -> list[str]:
    data = await library.data(f"{{ found: {field} {TITLES} }}", **who)  # type: ignore[arg-type]
    return [hit["node"]["title"] for hit in data["found"]]


async def test_words_are_found_best_first_in_any_form(library: World) -> None:
    assert await titles(library, 'searchNotes(query: "rivers")') == ["Rivers", "River banks", "Mountains"]
    assert sorted(await titles(library, 'searchNotes(query: "river -money")')) == ["Mountains", "Rivers"]
    assert await titles(library, 'searchNotes(query: "\\"running water\\"")') == ["Desk"]
    assert sorted(await titles(library, 'searchNotes(query: "wood or money")')) == ["Desk", "River banks"]


async def test_last_word_may_be_the_beginning_of_one(library: World) -> None:
    assert await titles(library, 'searchNotes(query: "mount")') == []
    assert await titles(library, 'searchNotes(query: "mount", prefix: true)') == ["Mountains"]


@pytest.mark.parametrize("query", ["", "the", "&|!", "'", '\\"', ":*", "\\u0000"])
async def test_what_is_no_word_finds_nothing_and_breaks_nothing(library: World, query: str) -> None:
    answer = await library.answer(f'{{ searchNotes(query: "{query}", prefix: true) {TITLES} }}')
    found = answer["data"]["searchNotes"]
    assert found == [] or answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_hits_carry_rank_and_a_snippet_that_is_safe_html(library: World) -> None:
    data = await library.data(
        '{ searchNotes(query: "water", first: 1) { rank snippet node { title tags } __typename } }'
    )
    (hit,) = data["searchNotes"]
    assert hit["rank"] > 0
    assert hit["snippet"] == "Rivers … <mark>Water</mark> runs &lt;fast&gt; &amp; deep of acme"
    assert hit["node"] == {"title": "Rivers", "tags": ["a", "b"]}
    assert hit["__typename"] == "NoteHit"


async def test_search_takes_conditions_pages_and_any_selection(library: World) -> None:
    assert await titles(library, 'searchNotes(query: "river", where: {stars: {gt: 2.5}})') == ["Rivers", "Mountains"]
    assert await titles(library, 'searchNotes(query: "river", first: 1, offset: 1)') == ["River banks"]
    data = await library.data(
        """query ($q: String!, $n: Int) { a: searchNotes(query: $q, first: $n) { node { author { notes(where: {matches:
           {query: $q}}) { totalCount } } } } b: searchNotes(query: $q, first: 0) { rank } }""",
        {"q": "river", "n": 2},
    )
    assert [hit["node"]["author"]["notes"]["totalCount"] for hit in data["a"]] == [1, 2]
    assert data["b"] == []


async def test_matches_is_a_condition_like_any_other(library: World) -> None:
    query = """{ notes(where: {or: [{matches: {query: "river"}}, {title: {eq: "Desk"}}], not: {matches: {query:
               "mount", prefix: true}}}, orderBy: [{title: ASC}]) { nodes { title } totalCount }
               noteStats(where: {matches: {query: "water"}}) { count } authors(where: {notes: {some: {matches: {query:
               "money"}}}}) { nodes { name } } }"""
    assert await library.data(query) == {
        "notes": {"nodes": [{"title": "Desk"}, {"title": "River banks"}, {"title": "Rivers"}], "totalCount": 3},
        "noteStats": {"count": 2},
        "authors": {"nodes": [{"name": "Bo Ek"}]},
    }


async def test_only_own_rows_are_found(library: World) -> None:
    for tenant, other in ((ACME, GLOBEX), (GLOBEX, ACME)):
        assert len(await titles(library, f'searchNotes(query: "{tenant.slug}")', as_=tenant.principal())) == 4
        assert await titles(library, f'searchNotes(query: "{other.slug}")', as_=tenant.principal()) == []


async def test_nearest_come_first_by_the_metric_of_the_index(library: World) -> None:
    assert await titles(library, "nearestNotes(to: [1, 0.2, 0])") == ["River banks", "Rivers", "Mountains", "Desk"]
    assert await titles(library, "nearestNotes(to: [2, 3], by: COLOUR, first: 2)") == ["River banks", "Mountains"]
    data = await library.data("{ nearestNotes(to: [0, 4], by: COLOUR) { distance node { title colour } } }")
    assert [hit["distance"] for hit in data["nearestNotes"]] == [3.0, pytest.approx(3.1623, abs=1e-4), 4.0]
    assert data["nearestNotes"][0]["node"] == {"title": "River banks", "colour": [3, 4]}


async def test_nearest_takes_another_metric_and_conditions(library: World) -> None:
    data = await library.data("{ nearestNotes(to: [1, 2], by: COLOUR, metric: INNER_PRODUCT, first: 1) { distance } }")
    assert data == {"nearestNotes": [{"distance": -11.0}]}
    assert await titles(library, "nearestNotes(to: [1, 0, 0], where: {stars: {gte: 3}}, first: 2, offset: 1)") == [
        "Mountains",
        "Desk",
    ]


async def test_vector_of_another_length_is_refused_with_its_argument(library: World) -> None:
    answer = await library.answer("{ nearestNotes(to: [1, 0]) { distance } notes { totalCount } }")
    assert answer["data"] == {"nearestNotes": None, "notes": {"totalCount": 5}}
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "to"}


async def test_vectors_are_written_and_read_as_lists(library: World) -> None:
    create = 'mutation ($v: [Float!]) { createNote(input: {title: "Vector", embedding: $v}) { id embedding } }'
    made = (await library.data(create, {"v": [0.5, -1, 1e-3]}))["createNote"]
    assert made["embedding"] == [0.5, -1, 0.001]
    assert await library.code(create, {"v": [1, 2]}) == "BAD_USER_INPUT"
    await library.data(f'mutation {{ deleteNote(by: {{id: "{made["id"]}"}}) {{ id }} }}')


async def test_what_has_no_distance_is_not_near(library: World) -> None:
    assert await library.data("{ nearestNotes(to: [0, 0, 0]) { distance } }") == {"nearestNotes": []}
    assert await library.data("{ nearestNotes(to: [1e30, 1e30], by: COLOUR) { distance } }") == {"nearestNotes": []}
