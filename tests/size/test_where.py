"""Conditions on indexed columns are index conditions: what they leave out is never read."""

import pytest

from app.catalog.names import snake
from tests.conftest import World
from tests.size.large import SYNC_JOBS_OF_A_CONNECTION, large_id
from tests.size.plans import assert_index_condition, assert_served_by_index, assert_touches, explained

PAGE_ROWS = 50
JUNE = '"2026-06-01T00:00:00Z"'
OF_A_CONNECTION = f'connectionId: {{eq: "{large_id("connection", 5)}"}}'
OF_TWO_CONNECTIONS = f'connectionId: {{in: ["{large_id("connection", 5)}", "{large_id("connection", 6)}"]}}'
BY_START, BY_START_DESC = "orderBy: [{startedAt: ASC}]", "orderBy: [{startedAt: DESC}]"

# In the order of the index, a page reads itself and none of the rows that match beyond it: field, arguments, columns.
IN_ORDER = {
    "eq": ("syncJobs", "where: {status: {eq: FAILED}}", "status"),
    "in": ("syncJobs", "where: {status: {in: [FAILED, PENDING]}}, orderBy: [{status: ASC}]", "status"),
    "gt": ("syncJobs", f"where: {{startedAt: {{gt: {JUNE}}}}}, {BY_START}", "started_at"),
    "gt-backwards": ("syncJobs", f"where: {{startedAt: {{gt: {JUNE}}}}}, {BY_START_DESC}", "started_at"),
    "lt": ("syncJobs", f"where: {{startedAt: {{lt: {JUNE}}}}}, {BY_START}", "started_at"),
    "lt-backwards": ("syncJobs", f"where: {{startedAt: {{lt: {JUNE}}}}}, {BY_START_DESC}", "started_at"),
    "null": ("syncJobs", "where: {completedAt: {isNull: true}}, orderBy: [{completedAt: ASC}]", "completed_at"),
    "not-null": ("syncJobs", "where: {completedAt: {isNull: false}}, orderBy: [{completedAt: DESC}]", "completed_at"),
    "eq-of-an-edge": ("syncJobs", f"where: {{{OF_A_CONNECTION}}}, {BY_START_DESC}", "connection_id"),
    "eq-and-gt": (
        "syncJobs",
        f"where: {{{OF_A_CONNECTION}, startedAt: {{gt: {JUNE}}}}}, {BY_START}",
        "connection_id started_at",
    ),
    "eq-and-lt": (
        "syncJobs",
        f"where: {{{OF_A_CONNECTION}, startedAt: {{lt: {JUNE}}}}}, {BY_START_DESC}",
        "connection_id started_at",
    ),
    "eq-of-text-and-lt": (
        "analyticsEvents",
        f'where: {{eventType: {{eq: "order"}}, timestamp: {{lt: {JUNE}}}}}, orderBy: [{{timestamp: DESC}}]',
        "event_type timestamp",
    ),
    "eq-of-two": ("connections", "where: {provider: {eq: JIRA}, status: {eq: ACTIVE}}", "provider status"),
}

# In another order all that match are read, and nothing else: field, arguments, columns, how many match.
IN_ANOTHER_ORDER = {
    "eq": ("syncJobs", f"where: {{{OF_A_CONNECTION}}}", "connection_id", SYNC_JOBS_OF_A_CONNECTION),
    "in": ("syncJobs", f"where: {{{OF_TWO_CONNECTIONS}}}, {BY_START}", "connection_id", 2 * SYNC_JOBS_OF_A_CONNECTION),
    "between": ("syncJobs", f'where: {{startedAt: {{gt: {JUNE}, lte: "2026-06-01T01:00:00Z"}}}}', "started_at", 150),
    "eq-of-text": ("analyticsEvents", 'where: {sourceId: {eq: "session-77"}}', "source_id", 10),
    "eq-of-two": (
        "auditLogs",
        f'where: {{targetType: {{eq: "Connection"}}, targetId: {{eq: "{large_id("connection", 5)}"}}}}',
        "target_type target_id",
        3,
    ),
    "eq-of-an-actor": ("auditLogs", f'where: {{actorUserId: {{eq: "{large_id("user", 7)}"}}}}', "actor_user_id", 25),
}

BY_KEY = {
    "id": ("syncJob", f'{{id: "{large_id("sync job", 654_321)}"}}', "id"),
    "unique": ("syncJob", '{syncId: "sync-654321"}', "sync_id"),
    "unique-of-another": ("user", '{email: "user0048271@tenant-1.example"}', "email"),
}

# Columns that no index holds: a plan that never looks at the table is another one.
SELECTED = {
    "syncJobs": "syncId recordsProcessed",
    "connections": "connectionId lastSyncAt",
    "analyticsEvents": "eventName",
    "auditLogs": "message",
}


def page_query(field: str, arguments: str) -> str:
    """A page of a list."""
    return f"{{ {field}({arguments}, first: {PAGE_ROWS}) {{ nodes {{ {SELECTED[field]} }} }} }}"


@pytest.mark.parametrize(("field", "arguments", "columns"), IN_ORDER.values(), ids=IN_ORDER.keys())
async def test_page_in_the_order_of_its_index_reads_itself(
    size_world: World, field: str, arguments: str, columns: str
) -> None:
    plan = await explained(size_world, page_query(field, arguments))
    # Rows that are equal in the columns of the index but the last may be read to sort them.
    assert_served_by_index(plan, at_most=PAGE_ROWS + 20)
    assert_index_condition(plan, *columns.split(), of=snake(field))


@pytest.mark.parametrize(
    ("field", "arguments", "columns", "matches"), IN_ANOTHER_ORDER.values(), ids=IN_ANOTHER_ORDER.keys()
)
async def test_page_in_another_order_reads_what_matches(
    size_world: World, field: str, arguments: str, columns: str, matches: int
) -> None:
    plan = await explained(size_world, page_query(field, arguments))
    # A bitmap reads each twice: once in the index, once in the table.
    assert_served_by_index(plan, at_most=2 * matches)
    assert_touches(plan, at_most=2 * matches + 20)
    assert_index_condition(plan, *columns.split(), of=snake(field))


async def test_beginning_of_a_text_is_an_index_condition(size_world: World) -> None:
    plan = await explained(size_world, '{ users(where: {email: {startsWith: "user0048"}}) { nodes { id name } } }')
    assert_served_by_index(plan, at_most=4)
    assert_index_condition(plan, "email", of="users")


@pytest.mark.parametrize(("field", "key", "column"), BY_KEY.values(), ids=BY_KEY.keys())
async def test_row_by_its_key_is_one_read(size_world: World, field: str, key: str, column: str) -> None:
    plan = await explained(size_world, f"{{ {field}(by: {key}) {{ id createdAt }} }}")
    assert_served_by_index(plan, at_most=1)
    assert_touches(plan, at_most=5)
    assert_index_condition(plan, column, of=f"{snake(field)}s")
