"""What Postgres sees of a request, in its own log: the tenant is set, then one statement, in one transaction.

A line of the log begins with the transaction that it belongs to. Two statements in one transaction without a BEGIN came
in one round trip: Postgres ends such a transaction before it says that it is ready for more.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app.catalog import Catalog
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.graph.test_operations_of_int import HEADLINE
from tests.world import ACME

_LINE = re.compile(r"(\S+) LOG:  (?:statement|execute \S+): (.*)")
_RENAME = """mutation { updateUser(by: {email: "viewer@acme.example"}, set: {name: "V"}) {
    name connections { nodes { id } } } }"""


class Logged(NamedTuple):
    """A statement in Postgres's log."""

    transaction: str
    text: str


@pytest.fixture
async def logged_world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """A database that logs every statement."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute(f"alter database {database.name} set log_statement = 'all'")
    await superuser.execute("alter system set log_line_prefix = '%v '")
    await superuser.execute("select pg_reload_conf()")
    world = await open_world(database, catalog)
    yield world
    await world.pool.close()
    await superuser.execute("alter system reset log_line_prefix")
    await superuser.execute("select pg_reload_conf()")
    await superuser.close()


async def statements_of(world: World, query: str, variables: dict[str, object] | None = None) -> list[Logged]:
    """The statements that a request makes, as Postgres logs them; the second time, when nothing is prepared anew."""
    log = world.database.server.socket_dir / "log"
    await world.answer(query, variables)
    before = log.stat().st_size
    await world.answer(query, variables)
    return _statements(log, before)


def _statements(log: Path, start: int) -> list[Logged]:
    with log.open("rb") as file:
        file.seek(start)
        return [Logged(*found) for found in _LINE.findall(file.read().decode())]


async def test_read_is_one_round_trip_in_which_the_tenant_comes_first(logged_world: World) -> None:
    context, read = await statements_of(logged_world, HEADLINE, {"email": "owner@acme.example"})
    assert context.text == "select app.set_reader($1, $2, $3, $4)"
    assert read.text == "select"
    assert context.transaction == read.transaction


async def test_several_root_fields_are_still_one_round_trip(logged_world: World) -> None:
    query = "{ users { totalCount } connections { nodes { id } } syncJobStats { count } __typename }"
    context, read = await statements_of(logged_world, query)
    assert context.transaction == read.transaction


async def test_reads_beside_one_that_does_not_fit_are_still_one_round_trip(logged_world: World) -> None:
    query = '{ a: users { totalCount } b: user(by: {id: "x"}) { id } c: connectionStats { count } }'
    context, read = await statements_of(logged_world, query)
    assert context.transaction == read.transaction
    answer = await logged_world.answer(query)
    assert answer["data"] == {"a": {"totalCount": 4}, "b": None, "c": {"count": 2}}


async def test_write_is_one_round_trip(logged_world: World) -> None:
    context, write = await statements_of(logged_world, _RENAME)
    assert context.text == "select app.set_context($1, $2, $3, $4, $5, $6, $7)"
    assert write.text == "with written as ("
    assert context.transaction == write.transaction


async def test_write_whose_answer_reads_what_it_changed_is_one_transaction(logged_world: World) -> None:
    rereading = """mutation ($id: ID!) { updateConnection(by: {id: $id}, set: {status: ACTIVE}) {
        user { connections { nodes { status } } } } }"""
    seen = await statements_of(logged_world, rereading, {"id": str(ACME.connection("owner"))})
    texts = [statement.text.partition(" ")[0] for statement in seen]
    assert texts == ["begin", "select", "update", "select", "commit"]
    assert len({statement.transaction for statement in seen}) == 1


@pytest.mark.parametrize("caller", ["viewer", "owner"])
async def test_context_is_local_and_gone_after_the_transaction(logged_world: World, caller: str) -> None:
    for operation in ("{ users { totalCount } }", _RENAME):
        await logged_world.answer(operation, as_=ACME.principal(caller))
        async with logged_world.pool.connection() as connection:
            assert await connection.fetchval("select current_setting('app.tenant_id', true)") in ("", None)
            assert await connection.fetchval("select current_setting('app.role', true)") in ("", None)
            assert await connection.fetchval("select count(*) from public.users") == 0
            assert await connection.fetchval("show transaction_read_only") == "off"
