"""Pages: walked in either direction, under any order, they hold every row exactly once."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from tests.conftest import World

ORDERS = {
    "by id": "[]",
    "one field": "[{syncId: ASC}]",
    "ties": "[{status: DESC}]",
    "one direction": "[{status: DESC}, {recordsProcessed: DESC}]",
    "mixed directions": "[{status: ASC}, {recordsProcessed: DESC}, {startedAt: ASC}]",
    "nulls last": "[{completedAt: ASC}]",
    "nulls first": "[{completedAt: DESC}]",
    "nulls first, ascending": "[{completedAt: ASC, nulls: FIRST}, {status: DESC}]",
    "nulls last, descending": "[{completedAt: DESC, nulls: LAST}, {startedAt: ASC}]",
    "nulls in the middle": "[{status: ASC}, {completedAt: DESC, nulls: LAST}, {recordsProcessed: ASC}]",
    "key in the middle": "[{recordsProcessed: ASC}, {id: DESC}, {completedAt: ASC}]",
    "through an edge": "[{connection: {provider: DESC}}, {recordsProcessed: ASC}]",
    "nulls beyond an edge": "[{connection: {lastSyncAt: ASC, nulls: FIRST}}, {completedAt: DESC, nulls: LAST}]",
    "computed beyond an edge": "[{connection: {user: {displayName: DESC}}}, {connection: {syncCount: ASC}}]",
    "by a measure beyond an edge": "[{connection: {syncJobs: {max: {completedAt: DESC}}}, nulls: LAST}]",
    "a field twice": "[{recordsProcessed: ASC}, {recordsProcessed: DESC}]",
}
PAGE = """
query ($first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  syncJobs(orderBy: ORDER, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def page_of(world: World, order: str, **arguments: Any) -> Any:
    return (await world.data(PAGE.replace("ORDER", order), arguments))["syncJobs"]


def ids_of(page: Mapping[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


def chunks(ids: list[str], rows: int) -> Iterator[list[str]]:
    return (ids[start : start + rows] for start in range(0, len(ids), rows))


@pytest.mark.parametrize("rows", [3, 7])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
async def test_pages_forwards_hold_every_row_once(rich_world: World, order: str, rows: int) -> None:
    whole = ids_of(await page_of(rich_world, order, first=1_000))
    assert len(set(whole)) == len(whole) > 20
    after = None
    seen = 0
    for expected in chunks(whole, rows):
        page = await page_of(rich_world, order, first=rows, after=after)
        assert ids_of(page) == expected
        assert page["pageInfo"] == {
            "hasPreviousPage": seen > 0,
            "hasNextPage": seen + len(expected) < len(whole),
            "startCursor": page["edges"][0]["cursor"],
            "endCursor": page["edges"][-1]["cursor"],
        }
        seen += len(expected)
        after = page["pageInfo"]["endCursor"]
    end = await page_of(rich_world, order, first=rows, after=after)
    assert end == {
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None},
    }


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
async def test_pages_backwards_hold_every_row_once(rich_world: World, order: str) -> None:
    whole = ids_of(await page_of(rich_world, order, first=1_000))
    before = None
    seen = 0
    for expected in chunks(whole[::-1], 5):
        page = await page_of(rich_world, order, last=5, before=before)
        assert ids_of(page) == expected[::-1]
        seen += len(expected)
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        assert page["pageInfo"]["hasPreviousPage"] is (seen < len(whole))
        before = page["pageInfo"]["startCursor"]
        assert before == page["edges"][0]["cursor"]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
    assert ids_of(await page_of(rich_world, order, last=5, before=before)) == []


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
async def test_rows_between_two_cursors(rich_world: World, order: str) -> None:
    edges = (await page_of(rich_world, order, first=1_000))["edges"]
    after, before = edges[4]["cursor"], edges[15]["cursor"]
    between = [edge["node"]["id"] for edge in edges[5:15]]
    forwards = await page_of(rich_world, order, first=6, after=after, before=before)
    backwards = await page_of(rich_world, order, last=6, after=after, before=before)
    assert ids_of(forwards) == between[:6]
    assert ids_of(backwards) == between[4:]
    for page in (forwards, backwards):
        assert page["pageInfo"]["hasNextPage"] is True
        assert page["pageInfo"]["hasPreviousPage"] is True
    assert ids_of(await page_of(rich_world, order, first=6, after=before, before=after)) == []
    inner = await page_of(rich_world, order, first=1_000, after=edges[0]["cursor"], before=edges[-1]["cursor"])
    assert ids_of(inner) == [edge["node"]["id"] for edge in edges[1:-1]]
    assert inner["pageInfo"]["hasNextPage"] is True
    assert inner["pageInfo"]["hasPreviousPage"] is True


async def test_offsets_pass_over_rows(rich_world: World) -> None:
    query = """query ($first: Int, $offset: Int, $after: Cursor) {
      syncJobs(orderBy: [{syncId: ASC}], first: $first, offset: $offset, after: $after) {
        edges { cursor node { id } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }"""

    async def page(**arguments: Any) -> Any:
        return (await rich_world.data(query, arguments))["syncJobs"]

    whole = await page(first=1_000)
    edges, total = whole["edges"], whole["totalCount"]
    middle = await page(first=4, offset=5)
    assert middle["edges"] == edges[5:9]
    assert middle["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": True,
        "startCursor": edges[5]["cursor"],
        "endCursor": edges[8]["cursor"],
    }
    assert (await page(first=4, offset=5, after=edges[9]["cursor"]))["edges"] == edges[15:19]
    assert (await page(first=4, offset=0))["pageInfo"]["hasPreviousPage"] is False
    beyond = await page(first=4, offset=total)
    assert beyond["edges"] == []
    assert beyond["totalCount"] == total
    assert beyond["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize("asked", ["first", "last"])
async def test_page_of_no_rows_still_knows_whether_there_are_more(rich_world: World, asked: str) -> None:
    page = await page_of(rich_world, "[]", **{asked: 0})
    more = {"first": "hasNextPage", "last": "hasPreviousPage"}[asked]
    nothing = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert page == {"edges": [], "pageInfo": nothing | {more: True}}


async def test_empty_list_is_an_empty_page(rich_world: World) -> None:
    query = """{ users(where: {email: {eq: "nobody"}}) {
      nodes { id } edges { cursor } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    assert (await rich_world.data(query))["users"] == {
        "nodes": [],
        "edges": [],
        "totalCount": 0,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_cursor_of_a_row_that_is_gone_still_marks_its_place(fresh_world: World) -> None:
    first = await page_of(fresh_world, "[{syncId: ASC}]", first=2)
    await fresh_world.data("mutation ($id: ID!) { deleteSyncJob(by: {id: $id}) { id } }", {"id": ids_of(first)[0]})
    page = await page_of(fresh_world, "[{syncId: ASC}]", first=1, after=first["edges"][0]["cursor"])
    assert ids_of(page) == ids_of(first)[1:]
    assert page["pageInfo"]["hasPreviousPage"] is False


@pytest.mark.parametrize("field", ["syncJobs(orderBy: [{syncId: DESC}]", "users(first: 1"])
async def test_cursor_of_another_list_is_refused(rich_world: World, field: str) -> None:
    cursor = (await page_of(rich_world, "[{syncId: ASC}]", first=1))["pageInfo"]["endCursor"]
    query = f"query ($cursor: Cursor) {{ {field}, after: $cursor) {{ nodes {{ id }} }} }}"
    error = (await rich_world.answer(query, {"cursor": cursor}))["errors"][0]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "after"}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("first: -1", "first"),
        ("first: 1001", "first"),
        ("last: -1", "last"),
        ("last: 1001", "last"),
        ("first: 1, last: 1", "last"),
        ("last: 1, offset: 1", "last"),
        ("offset: -1", "offset"),
    ],
)
async def test_impossible_page_is_refused_with_its_argument(rich_world: World, arguments: str, field: str) -> None:
    for query in (
        f"{{ syncJobs({arguments}) {{ nodes {{ id }} }} }}",
        f"{{ connections {{ nodes {{ syncJobs({arguments}) {{ nodes {{ id }} }} }} }} }}",
    ):
        error = (await rich_world.answer(query))["errors"][0]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field}


async def test_cursor_that_names_a_long_order_is_none_of_ours(world: World) -> None:
    """What a cursor says of its order is part of the key that plans are kept under."""
    cursor = base64.b64encode(orjson.dumps(["x" * 65, 1])).decode()
    query = "query ($after: Cursor!) { users(after: $after) { nodes { id } } }"
    assert await world.code(query, {"after": cursor}) == "BAD_USER_INPUT"
    message = (await world.answer(query, {"after": cursor}))["errors"][0]["message"]
    assert "This is not a cursor of ours." in message
