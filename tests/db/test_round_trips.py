"""What Postgres sees of a request, in its own log: the tenant is set, then one statement, in one transaction."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.catalog import Catalog
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.graph.test_operations_of_int import HEADLINE
from tests.world import ACME

_STATEMENT = re.compile(r"LOG:  (?:statement|execute \S+): (.*)")


@pytest.fixture
async def logged_world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """A database that logs every statement."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute(f"alter database {database.name} set log_statement = 'all'")
    await superuser.close()
    world = await open_world(database, catalog)
    yield world
    await world.pool.close()


async def statements_of(world: World, query: str, variables: dict[str, object] | None = None) -> list[str]:
    """The statements that a request makes, as Postgres logs them; the second time, when nothing is prepared anew."""
    log = world.database.server.socket_dir / "log"
    await world.data(query, variables)
    before = log.stat().st_size
    await world.data(query, variables)
    return _statements(log, before)


def _statements(log: Path, start: int) -> list[str]:
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode()
    return _STATEMENT.findall(text)


async def test_read_is_one_statement_after_the_tenant_is_set(logged_world: World) -> None:
    seen = await statements_of(logged_world, HEADLINE, {"email": "owner@acme.example"})
    begin, context, read, commit = seen
    assert begin == "begin read only"
    assert context.startswith("select app.set_context($1")
    assert read == "select"
    assert commit == "commit"


async def test_several_root_fields_are_still_one_statement(logged_world: World) -> None:
    query = "{ users { totalCount } connections { nodes { id } } syncJobStats { count } __typename }"
    assert len(await statements_of(logged_world, query)) == 4


async def test_write_is_one_statement_unless_its_answer_rereads_what_it_changed(logged_world: World) -> None:
    plain = """mutation { updateUser(by: {email: "viewer@acme.example"}, set: {name: "V"}) {
        name connections { nodes { id } } } }"""
    begin, _, write, commit = await statements_of(logged_world, plain)
    assert (begin, write, commit) == ("begin", "with written as (", "commit")
    rereading = """mutation ($id: ID!) { updateConnection(by: {id: $id}, set: {status: ACTIVE}) {
        user { connections { nodes { status } } } } }"""
    assert len(await statements_of(logged_world, rereading, {"id": str(ACME.connection("owner"))})) == 5


async def test_tenant_is_set_locally_and_is_gone_after_the_transaction(logged_world: World) -> None:
    await logged_world.data("{ users { totalCount } }")
    async with logged_world.pool.connection() as connection:
        assert await connection.fetchval("select current_setting('app.tenant_id', true)") in ("", None)
        assert await connection.fetchval("select count(*) from public.users") == 0


async def test_reads_beside_one_that_does_not_fit_are_still_one_statement(logged_world: World) -> None:
    log = logged_world.database.server.socket_dir / "log"
    query = '{ a: users { totalCount } b: user(by: {id: "x"}) { id } c: connectionStats { count } }'
    await logged_world.answer(query)
    before = log.stat().st_size
    answer = await logged_world.answer(query)
    assert answer["data"] == {"a": {"totalCount": 4}, "b": None, "c": {"count": 2}}
    assert len(_statements(log, before)) == 4
