"""Row-level security and the rendered predicate: each isolates without the other.

Row-level security alone: raw SQL that names no tenant.  The predicate alone: GraphQL over a database in which
row-level security is switched off.  And every statement that is rendered carries the predicate, at every table.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.catalog import Catalog, Entity
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.isolation.attacks import (
    attack_by_operating,
    attack_by_pointing,
    attack_by_reading,
    attack_by_writing,
    targets,
)
from tests.isolation.operations import operation_calls
from tests.isolation.probes import Probe, listing, read_probes, reference_probes, write_probes
from tests.isolation.recording import record_rendered
from tests.isolation.rows import GRAPH_ENTITIES, Session, Values, add_row, every_graph_entity, valid_row
from tests.isolation.sessions import acting
from tests.isolation.statements import table_references, unguarded_references
from tests.world import ACME, GLOBEX


@pytest.fixture(scope="module")
async def open_database(template: TestDatabase) -> TestDatabase:
    """A database in which row-level security is off."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    for entity in GRAPH_ENTITIES:
        await superuser.execute(f"alter table {entity.sql_name} disable row level security")
    await superuser.close()
    return database


@pytest.fixture(scope="module")
async def open_superuser(open_database: TestDatabase) -> AsyncIterator[Session]:
    session = await open_database.superuser()
    yield session
    await session.close()


@pytest.fixture(scope="module")
async def gateway_alone(open_database: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """The gateway, in front of a database that guards nothing."""
    world = await open_world(open_database, catalog)
    yield world
    await world.pool.close()


@every_graph_entity
async def test_row_level_security_alone_isolates_statements_that_name_no_tenant(
    app_session: Session, superuser: Session, entity: Entity
) -> None:
    query = f"select {entity.key.name} from {entity.sql_name}"
    owned = {row[0] for row in await superuser.fetch(f"{query} where tenant_id = $1", ACME.id)}
    assert owned < {row[0] for row in await superuser.fetch(query)}
    async with acting(app_session):
        assert {row[0] for row in await app_session.fetch(query)} == owned


@every_graph_entity
async def test_database_with_its_security_off_really_guards_nothing(
    open_database: TestDatabase, entity: Entity
) -> None:
    session = await open_database.app()
    async with acting(session):
        found = {row[0] for row in await session.fetch(f"select tenant_id from {entity.sql_name}")}
    await session.close()
    assert found == {ACME.id, GLOBEX.id}


@every_graph_entity
async def test_predicate_alone_isolates_lists_and_numbers(
    gateway_alone: World, open_superuser: Session, entity: Entity
) -> None:
    query = f"select {entity.key.name}::text from {entity.sql_name} where tenant_id = $1"
    owned = {row[0] for row in await open_superuser.fetch(query, ACME.id)}
    page, stats = (await gateway_alone.data(listing(entity))).values()
    assert {node[entity.key.field] for node in page["nodes"]} == owned
    assert page["totalCount"] == stats["count"] == len(owned)


@every_graph_entity
async def test_predicate_alone_isolates_reads(gateway_alone: World, open_superuser: Session, entity: Entity) -> None:
    await attack_by_reading(gateway_alone, open_superuser, entity)


@every_graph_entity
async def test_predicate_alone_isolates_writes(gateway_alone: World, open_superuser: Session, entity: Entity) -> None:
    await attack_by_writing(gateway_alone, open_superuser, entity)


@every_graph_entity
async def test_keys_alone_isolate_references(gateway_alone: World, open_superuser: Session, entity: Entity) -> None:
    await attack_by_pointing(gateway_alone, open_superuser, entity)


async def test_predicate_alone_isolates_operations(gateway_alone: World, open_superuser: Session) -> None:
    await attack_by_operating(gateway_alone, open_superuser)


async def test_every_table_in_every_rendered_statement_carries_the_tenant(
    fresh_world: World, fresh_superuser: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = record_rendered(monkeypatch)

    async def new_row(entity: Entity, **given: Any) -> Values:
        return await add_row(fresh_superuser, entity, ACME.id, **given)

    for entity in GRAPH_ENTITIES:
        await fresh_world.answer(listing(entity))
        for probe in await _probes(fresh_superuser, entity):
            _, ours, _ = await targets(fresh_superuser, probe.aims_at)
            await fresh_world.answer(probe.document, probe.variables(ours))
    for call in operation_calls():
        answer = await fresh_world.answer(call.document, await call.variables({}, new_row))
        assert {e["extensions"]["code"] for e in answer.get("errors", ())} <= {"ILLEGAL_TRANSITION"}
    await attack_by_operating(fresh_world, fresh_superuser)
    assert {text: found for text in rendered if (found := unguarded_references(text))} == {}
    tables = {e.sql_name for e in GRAPH_ENTITIES if any(f" {e.sql_name} " in text for text in rendered)}
    assert tables == {e.sql_name for e in GRAPH_ENTITIES}
    assert sum(map(table_references, rendered)) > 50 * len(GRAPH_ENTITIES)


@pytest.mark.parametrize(
    "text",
    [
        "select from public.users as t1",
        "select from public.users as t1 where t1.tenant_id = $2",
        "select from public.users as t1 where t1.tenant_id = $1 or true",
        "select from public.users as t1 where t1.id = $1",
        "select from public.users as t1, public.connections as t2 where t1.tenant_id = $1",
        "select from public.users as t1 where t1.tenant_id = $1 and exists (select from public.users as t2)",
        "select from public.users as t1 left join public.users as t2 on t1.tenant_id = $1 where t2.tenant_id = $1",
        "select from (select from public.users as t1) as t1 where t1.tenant_id = $1",
        "select from users as t1 where t1.tenant_id = $1",
        "update public.users as t1 set name = $2 where t1.id = $3",
        "delete from public.users as t1 using public.users as t2 where t2.tenant_id = $1",
        "insert into public.users as t1 (tenant_id, id) values ($2, $1)",
        "insert into public.users as t1 (tenant_id, id) values ($1, $2) on conflict (id) do update set name = $3",
        "with written as (delete from public.users as t1 returning t1.id) select from written as t1",
    ],
)
def test_missing_predicate_is_found(text: str) -> None:
    assert unguarded_references(text)


async def _probes(superuser: Session, entity: Entity) -> list[Probe]:
    row = await valid_row(superuser, entity, ACME.id)
    existing = ACME.id
    if entity.key is not entity.tenant:
        existing = (await add_row(superuser, entity, ACME.id))[entity.key.name]
    return [*read_probes(entity), *write_probes(entity, row), *reference_probes(entity, row, existing)]
