"""Unions and interfaces, lists of every kind, values computed in SQL."""

import pytest

from tests.conftest import World
from tests.library.rows import author, note
from tests.world import ACME, GLOBEX

SUBJECTS = """
{ notes(orderBy: [{title: ASC}]) { nodes { title subject {
  __typename ... on Author { name } ... on Note { heading subject { ... on Author { id } } } ... on Node { id } ...Mail
} } } }
fragment Mail on User { email }"""


async def test_reference_leads_to_whichever_entity_the_row_names(library: World) -> None:
    nodes = (await library.data(SUBJECTS))["notes"]["nodes"]
    assert {node["title"]: node["subject"] for node in nodes} == {
        "Desk": None,  # a Tenant, which the union has not
        "Mountains": None,
        "River banks": {"__typename": "User", "id": str(ACME.user("member")), "email": "member@acme.example"},
        "Rivers": {"__typename": "Author", "name": "Ada Berg", "id": author(ACME, 0)},
        "Why?": {
            "__typename": "Note",
            "heading": "RIVERS",
            "subject": {"id": author(ACME, 0)},
            "id": note(ACME, 0),
        },
    }


async def test_reference_to_another_tenants_row_leads_to_nothing(library: World) -> None:
    query = (
        "mutation ($id: ID!, $to: ID) { updateNote(by: {id: $id}, set: {subjectId: $to}) { subject { __typename } } }"
    )
    theirs = await library.data(query, {"id": note(ACME, 2), "to": note(GLOBEX, 0)})
    assert theirs == {"updateNote": {"subject": None}}
    ours = await library.data(query, {"id": note(ACME, 2), "to": note(ACME, 0)})
    assert ours == {"updateNote": {"subject": {"__typename": "Note"}}}


@pytest.mark.parametrize(
    ("where", "titles"),
    [
        ('{tags: {has: "b"}}', ["Mountains", "Rivers"]),
        ("{tags: {isEmpty: true}}", ["River banks"]),
        ("{tags: {isEmpty: false}}", ["Desk", "Mountains", "Rivers"]),
        ("{tags: {isNull: true}}", ["Why?"]),
        ('{not: {tags: {hasSome: ["a", "c"]}}}', ["Mountains", "River banks", "Why?"]),
        ('{tags: {hasEvery: ["a", "b"]}}', ["Rivers"]),
        ("{moods: {has: LOUD, hasSome: [CALM]}}", ["River banks"]),
        ("{pages: {hasSome: [2, 3]}}", ["Rivers", "Why?"]),
        ('{extra: {contains: {k: [{x: "y"}]}}}', ["Rivers"]),
        ('{extra: {path: {at: ["k", "1", "x"], eq: "y"}}}', ["Rivers"]),
        ('{extra: {path: {at: ["k"], isNull: true}}}', ["Desk", "River banks", "Why?"]),
        ('{extra: {path: {at: ["k"], gt: 1}}}', ["Mountains"]),
        ('{extra: {path: {at: [], eq: "text"}}}', ["Desk"]),
        ("{embedding: {isNull: true}}", ["Why?"]),
        ('{heading: {startsWith: "RIVER"}}', ["River banks", "Rivers"]),
        ("{starsPerPage: {lt: 2.5}}", ["Desk", "Rivers"]),
        ("{author: {noteCount: {gte: 3}}}", []),
        ("{author: {noteCount: {eq: 2}}, secrets: {none: {}}}", ["Mountains", "River banks", "Why?"]),
    ],
)
async def test_conditions_on_lists_json_and_computed_values(library: World, where: str, titles: list[str]) -> None:
    data = await library.data(f"{{ notes(where: {where}, orderBy: [{{title: ASC}}]) {{ nodes {{ title }} }} }}")
    assert [node["title"] for node in data["notes"]["nodes"]] == titles


async def test_member_of_json_whose_variable_is_not_given_is_left_out(library: World) -> None:
    query = "query ($x: JSON) { notes(where: {extra: {contains: {k: $x}}}) { totalCount } }"
    assert await library.data(query) == {"notes": {"totalCount": 3}}
    assert await library.data(query, {"x": 2}) == {"notes": {"totalCount": 1}}
    assert await library.data(query, {"x": None}) == {"notes": {"totalCount": 1}}


async def test_number_that_json_cannot_keep_is_refused(library: World) -> None:
    for literal in ("1e400", "{a: [1, -1e400]}", "123456789012345678901234567890"):
        query = f'mutation {{ updateNote(by: {{id: "{note(ACME, 0)}"}}, set: {{extra: {literal}}}) {{ id }} }}'
        assert await library.code(query) == "BAD_USER_INPUT"


async def test_floats_are_measured_and_grouped(library: World) -> None:
    data = await library.data(
        """{ noteStats { sum { stars } avg { stars } min { stars title } max { stars } countDistinct { authorId }
             groups(by: [AUTHOR_ID], having: {sum: {stars: {gte: 5}}, not: {count: {eq: 9}}},
             orderBy: [{avg: {stars: DESC}}]) { count avg { stars } } } }"""
    )
    assert data["noteStats"] == {
        "sum": {"stars": 14.5},
        "avg": {"stars": 3.625},
        "min": {"stars": 2.0, "title": "Desk"},
        "max": {"stars": 5.0},
        "countDistinct": {"authorId": 2},
        "groups": [{"count": 1, "avg": {"stars": 5.0}}, {"count": 2, "avg": {"stars": 2.5}}],
    }


async def test_measures_without_a_column_are_one_object(library: World) -> None:
    query = "{ noteStats { min { __typename } } authors { nodes { notesStats { max { __typename } } } } }"
    data = await library.data(query)
    assert data["noteStats"] == {"min": {"__typename": "NoteExtremes"}}
    assert data["authors"]["nodes"] == [{"notesStats": {"max": {"__typename": "NoteExtremes"}}}] * 2


async def test_pages_by_a_computed_value_or_over_an_edge_take_every_row_once(library: World) -> None:
    for order in ("{heading: DESC}", "{starsPerPage: ASC, nulls: FIRST}", "{author: {noteCount: DESC}}, {stars: ASC}"):
        page = "nodes { title } pageInfo { endCursor hasNextPage }"
        query = f"query ($after: Cursor) {{ notes(orderBy: [{order}], first: 2, after: $after) {{ {page} }} }}"
        whole = await library.data(f"{{ notes(orderBy: [{order}]) {{ nodes {{ title }} }} }}")
        seen: list[object] = []
        after = None
        while True:
            found = (await library.data(query, {"after": after}))["notes"]
            seen += found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                break
            after = found["pageInfo"]["endCursor"]
        assert seen == whole["notes"]["nodes"]
        assert len(seen) == 5
