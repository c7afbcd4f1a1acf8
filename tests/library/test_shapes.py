"""JSON that has a shape: what is wrong with it is told by its place, and what is merged into it is held too."""

from typing import Any

import pytest

from tests.conftest import World
from tests.library.rows import note
from tests.world import ACME

SET = f'mutation ($set: NoteSet!) {{ updateNote(by: {{id: "{note(ACME, 0)}"}}, set: $set) {{ layout }} }}'


async def test_json_of_its_shape_is_taken_as_it_is_and_merged_into(library: World) -> None:
    layout: dict[str, Any] = {"columns": 2, "cover": {"url": "x"}, "paragraphs": [{"text": "a"}]}
    assert (await library.data(SET, {"set": {"layout": layout}}))["updateNote"]["layout"] == layout
    merged = (await library.data(SET, {"set": {"merge": {"layout": {"columns": 3, "cover": None}}}}))["updateNote"]
    assert merged["layout"] == layout | {"columns": 3, "cover": None}
    assert await library.data(SET, {"set": {"layout": None}}) == {"updateNote": {"layout": None}}


@pytest.mark.parametrize(
    ("set_", "fields"),
    [
        ({"layout": {"columns": "2", "more": 1}}, ["set.layout.columns", "set.layout.more"]),
        (
            {"layout": {"cover": {"alt": "x"}, "paragraphs": [{"text": "a"}, {"text": 1}]}, "stars": 7},
            ["set.stars", "set.layout.columns", "set.layout.cover.url", "set.layout.paragraphs.1.text"],
        ),
        ({"merge": {"layout": {"cover": {}, "more": 1}}}, ["set.merge.layout.cover.url", "set.merge.layout.more"]),
        ({"merge": {"layout": {"paragraphs": []}}}, ["layout"]),  # of no layout yet: the database knows
        ({"pages": [1, 0]}, ["set.pages.1"]),
    ],
)
async def test_what_is_wrong_inside_is_told_by_its_place(library: World, set_: Any, fields: list[str]) -> None:
    await library.data(SET, {"set": {"layout": None}})
    (error,) = (await library.answer(SET, {"set": set_}))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    listed = error["extensions"].get("violations", [error["extensions"]])
    assert [violation["field"] for violation in listed] == fields


async def test_variables_inside_are_asked_with_the_rest(library: World) -> None:
    query = f"""mutation ($n: Int, $u: String) {{
      updateNote(by: {{id: "{note(ACME, 1)}"}}, set: {{layout: {{columns: $n, cover: {{url: $u}}}}}}) {{ layout }} }}"""
    assert await library.data(query, {"n": 1, "u": "x"}) == {
        "updateNote": {"layout": {"columns": 1, "cover": {"url": "x"}}}
    }
    (error,) = (await library.answer(query, {"n": 1}))["errors"]  # a member whose variable is not given is left out
    assert error["extensions"]["field"] == "set.layout.cover.url"
    assert error["message"] == "Field required."
