"""Status flows: the database holds to what is declared, and GraphQL knows it."""

from typing import Any

import asyncpg
import pytest

from app.catalog import Catalog
from app.domains.integrations.tables import ConnectionStatus, SyncStatus
from tests.conftest import World
from tests.world import ACME

JOB = str(ACME.sync_job("member", 0))
CHANGE = """mutation ($id: ID!, $status: SyncStatus!) {
  updateSyncJob(by: {id: $id}, set: {status: $status}) { status allowedTransitions } }"""
FLOWS = [
    pytest.param(entity, before, after, id=f"{entity} {before} to {after}")
    for entity, enum in (("SyncJob", SyncStatus), ("Connection", ConnectionStatus))
    for before in enum
    for after in enum
]


@pytest.mark.parametrize(("entity", "before", "after"), FLOWS)
async def test_every_step_is_taken_or_refused_as_declared(
    world: World, catalog: Catalog, entity: str, before: str, after: str
) -> None:
    table, column = catalog[entity], catalog[entity].field("status")
    assert column.transitions is not None
    superuser = await world.database.superuser()
    try:
        await superuser.execute("set session_replication_role = replica")  # no triggers: whatever the status was
        await superuser.execute(f"update {table.sql_name} set status = '{before}'")
    finally:
        await superuser.close()
    name = "syncJobs" if entity == "SyncJob" else "connections"
    change = f"mutation {{ update{name[0].upper()}{name[1:]}(where: {{}}, set: {{status: {after}}}) {{ count }} }}"
    answer = await world.answer(change)
    allowed = column.transitions[before]
    if after in (before, *allowed):
        assert "errors" not in answer
        return
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "ILLEGAL_TRANSITION", "field": "status"}
    then = f"it may become {' or '.join(allowed)}" if allowed else "it is final"
    assert error["message"] == f"status cannot become {after}: it is {before}, and {then}."
    statuses = await world.data(f"{{ {name} {{ nodes {{ status allowedTransitions }} }} }}")
    assert {node["status"] for node in statuses[name]["nodes"]} == {before}
    assert {tuple(node["allowedTransitions"]) for node in statuses[name]["nodes"]} == {allowed}


async def test_upsert_is_held_to_it_as_well(fresh_world: World) -> None:
    query = """mutation ($status: SyncStatus!, $connection: ID!) {
      upsertSyncJob(create: {syncId: "sync-member-0", connectionId: $connection, status: $status}) { status } }"""
    given: dict[str, Any] = {"connection": str(ACME.connection("member"))}
    assert await fresh_world.code(query, given | {"status": "PENDING"}) == "ILLEGAL_TRANSITION"
    assert await fresh_world.data(query, given | {"status": "FAILED"}) == {"upsertSyncJob": {"status": "FAILED"}}


async def test_what_is_allowed_can_be_asked_for(fresh_world: World) -> None:
    query = "{ syncJobs(where: {allowedTransitions: {has: COMPLETED}, status: {ne: FAILED}}) { nodes { status } } }"
    found = (await fresh_world.data(query))["syncJobs"]["nodes"]
    assert {node["status"] for node in found} == {"IN_PROGRESS"}


async def test_no_role_of_the_database_gets_past_it(fresh_world: World) -> None:
    superuser = await fresh_world.database.superuser()
    try:
        with pytest.raises(asyncpg.PostgresError) as refused:
            await superuser.execute("update public.sync_jobs set status = 'PENDING'")
        assert refused.value.sqlstate == "ST001"
    finally:
        await superuser.close()


async def test_new_status_is_seen_with_what_may_follow(fresh_world: World) -> None:
    changed = await fresh_world.data(CHANGE, {"id": JOB, "status": "FAILED"})
    assert changed["updateSyncJob"] == {"status": "FAILED", "allowedTransitions": ["COMPLETED"]}
