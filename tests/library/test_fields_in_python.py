"""Fields in Python: called once for an operation, wherever their rows stand, and alone in their failures."""

import pytest

from tests.conftest import World
from tests.library.fields import calls, rows_seen
from tests.library.rows import note
from tests.world import ACME


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    calls.clear()
    rows_seen.clear()


async def test_rows_at_any_depth_are_answered_by_one_call_for_each_function(library: World) -> None:
    data = await library.data(
        """{ notes(orderBy: [{title: ASC}]) { nodes { wordCount again: wordCount author { initials notes(first: 1,
                orderBy: [{title: ASC}]) { edges { node { wordCount } } } } } }
             authors(orderBy: [{name: ASC}]) { nodes { initials } } }"""
    )
    words = [node["wordCount"] for node in data["notes"]["nodes"]]
    assert words == [8, 6, 7, 8, 1]
    assert [node["again"] for node in data["notes"]["nodes"]] == words
    assert [node["author"] and node["author"]["initials"] for node in data["notes"]["nodes"]] == [
        None, "BE", "BE", "AB", "AB",
    ]  # fmt: skip
    assert data["authors"]["nodes"] == [{"initials": "AB"}, {"initials": "BE"}]
    assert calls == {"word_count": 1, "initials": 1}


async def test_function_gets_the_columns_it_declares_as_python_values(library: World) -> None:
    data = await library.data("{ notes(orderBy: [{title: ASC}]) { nodes { receipt } } }")
    assert {node["receipt"] for node in data["notes"]["nodes"]} == {"['created_at', 'extra', 'id', 'tags']"}
    assert [row["tags"] for row in rows_seen] == [["c"], ["b", None], [], ["a", "b"], None]
    assert rows_seen[3]["extra"] == {"k": [1, {"x": "y"}]}


async def test_row_that_fails_is_null_with_its_path_and_the_others_answer(library: World) -> None:
    answer = await library.answer("{ list: notes(orderBy: [{title: ASC}]) { nodes { title fragile } } }")
    assert [node["fragile"] for node in answer["data"]["list"]["nodes"]] == [
        '"Desk"', '"Mountains"', '"River banks"', '"Rivers"', None,
    ]  # fmt: skip
    (error,) = answer["errors"]
    assert error["path"] == ["list", "nodes", 4, "fragile"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "question" not in error["message"]


async def test_function_that_raises_leaves_nulls_and_the_rest_of_the_operation(library: World) -> None:
    change = """mutation ($id: ID!, $title: String!) {
      updateNote(by: {id: $id}, set: {title: $title}) { title fragile wordCount } }"""
    shouted = await library.answer(change, {"id": note(ACME, 4), "title": "Desk!"})
    assert shouted["data"]["updateNote"] == {"title": "Desk!", "fragile": None, "wordCount": 8}
    assert [error["path"] for error in shouted["errors"]] == [["updateNote", "fragile"]]
    calm = await library.data(change, {"id": note(ACME, 4), "title": "Desk"})
    assert calm["updateNote"] == {"title": "Desk", "fragile": '"Desk"', "wordCount": 8}


async def test_control_characters_in_a_row_are_no_marks(library: World) -> None:
    text = "\x01Note.wordCount{}\x02 \x01 \x02"
    change = "mutation ($id: ID!, $body: String) { updateNote(by: {id: $id}, set: {body: $body}) { body wordCount } }"
    before = (await library.data(f'{{ note(by: {{id: "{note(ACME, 3)}"}}) {{ body }} }}'))["note"]["body"]
    data = await library.data(change, {"id": note(ACME, 3), "body": text})
    assert data["updateNote"] == {"body": text, "wordCount": 4}
    await library.data(change, {"id": note(ACME, 3), "body": before})


async def test_field_in_python_is_not_filtered_or_ordered_by(library: World) -> None:
    assert await library.code("{ notes(orderBy: [{wordCount: ASC}]) { totalCount } }") == "BAD_USER_INPUT"


async def test_text_like_a_mark_is_a_text_beside_a_row_that_fails(library: World) -> None:
    create = "mutation ($title: String!) { createNote(input: {title: $title}) { id } }"
    ids = [
        (await library.data(create, {"title": title}))["createNote"]["id"]
        for title in ("\x010\x02", "\x01999\x02", "really?")
    ]
    where = "query ($ids: [ID!]!) { notes(where: {id: {in: $ids}}) { nodes { title fragile } } }"
    answer = await library.answer(where, {"ids": ids})
    assert [node["title"] for node in answer["data"]["notes"]["nodes"]] == ["\x010\x02", "\x01999\x02", "really?"]
    assert [error["path"] for error in answer["errors"]] == [["notes", "nodes", 2, "fragile"]]
    for id_ in ids:
        await library.data("mutation ($id: ID!) { deleteNote(by: {id: $id}) { id } }", {"id": id_})
