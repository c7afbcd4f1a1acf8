"""Known ways to lose a tenant boundary, tried on the gateway: what its pool, its cache and its errors give away.

The numbers are those of the list of holes (docs: security).
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from graphql import ast_from_value, print_ast

from app.catalog import Catalog, Entity, Kind
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.exchange import DriverConnection as Connection
from app.db.sqlstate import ErrorTranslator
from app.errors import BulkheadError, DeadlineExceeded
from app.graph.execution import Engine
from app.plan.planning import Limits
from tests.conftest import World
from tests.isolation.attacks import targets
from tests.isolation.operations import MUTATIONS, operation_probes
from tests.isolation.probes import Variables, fresh_input, listing, read_probes, reference_probes, write_probes
from tests.isolation.recording import record_executed, record_rendered
from tests.isolation.rows import GRAPH_ENTITIES, Session, Values, add_row, every_graph_entity, valid_row
from tests.world import ACME, GLOBEX

SLEEP = "select $1::uuid, pg_sleep(10)"
CONTEXT = RequestContext(ACME.principal(), request_id="request-of-acme", client_ip="192.0.2.1", user_agent="spy")


@pytest.fixture
async def one_connection(world: World, catalog: Catalog) -> AsyncIterator[Database]:
    """A pool of one connection, so that whoever comes next gets the one that was used before."""
    options = DatabaseOptions(pool_size=1, statement_timeout_ms=200)
    database = Database(world.database.app_url, options, ErrorTranslator(catalog))
    await database.open()
    yield database
    await database.close()


async def test_hole_24_connection_keeps_nothing_after_use(one_connection: Database) -> None:
    async with one_connection.read(CONTEXT) as tx:
        assert await tx.row("select $1::uuid, count(*) from public.users") is not None
    await assert_blank(one_connection)
    async with one_connection.write(CONTEXT) as tx:
        await tx.row("update public.tenants set name = name where tenant_id = $1 returning true")
    await assert_blank(one_connection)


@pytest.mark.parametrize(
    "failing",
    ["select $1::uuid, 1 / 0", "select $1::uuid, * from platform.identities", "update public.users set tenant_id = $1"],
)
async def test_hole_24_connection_keeps_nothing_after_an_error(one_connection: Database, failing: str) -> None:
    for begin in (one_connection.read, one_connection.write):
        with pytest.raises(BulkheadError):
            async with begin(CONTEXT) as tx:
                await tx.row(failing)
        await assert_blank(one_connection)


async def test_hole_24_connection_keeps_nothing_after_a_timeout(one_connection: Database) -> None:
    with pytest.raises(DeadlineExceeded):
        async with one_connection.write(CONTEXT) as tx:
            await tx.row(SLEEP)
    await assert_blank(one_connection)


async def test_hole_24_connection_keeps_nothing_after_an_exception_of_ours(one_connection: Database) -> None:
    async def fail() -> None:
        async with one_connection.write(CONTEXT) as tx:
            await tx.row("select $1::uuid")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await assert_blank(one_connection)


async def test_hole_24_connection_keeps_nothing_after_a_cancel_at_any_point(one_connection: Database) -> None:
    async def use() -> None:
        async with one_connection.write(CONTEXT) as tx:
            for _ in range(3):
                await tx.row("select $1::uuid, count(*) from public.users")

    began = asyncio.get_running_loop().time()
    await use()
    took = asyncio.get_running_loop().time() - began
    for step in range(60):
        task = asyncio.create_task(use())
        await asyncio.sleep(took * step / 50)
        task.cancel()
        await asyncio.wait([task])
        await assert_blank(one_connection)


async def assert_blank(database: Database) -> None:
    """A connection that is taken now has no context, no rows, no transaction, and nothing that could hold rows."""
    async with database.connection() as connection:
        assert await _settings(connection) == {""}
        for entity in GRAPH_ENTITIES:
            assert await connection.fetch(f"select {entity.key.name} from {entity.sql_name}") == [], entity.name
        for held in (
            "select name from pg_cursors where name <> ''",  # the unnamed one is this very query's
            "select oid from pg_class where relpersistence = 't'",
            "select pg_listening_channels()",
            "select 1 from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'",
            "select 1 from pg_prepared_statements where statement ~ '[0-9a-f]{8}-[0-9a-f]{4}'",
        ):
            assert await connection.fetch(held) == [], held
        assert not connection.is_in_transaction()
        assert await connection.fetchval("select current_user::text") == "bulkhead_app"


async def _settings(connection: Connection) -> set[str]:
    names = ("tenant_id", "user_id", "role", "request_id", "client_ip", "user_agent")
    values = ", ".join(f"coalesce(current_setting('app.{name}', true), '')" for name in names)
    row = await connection.fetchrow(f"select {values}")
    assert row is not None
    return set(row)


@every_graph_entity
async def test_hole_15_errors_name_nothing_of_the_database(world: World, superuser: Session, entity: Entity) -> None:
    hidden = await _names_of_the_database(superuser)
    row = await valid_row(superuser, entity, ACME.id)
    existing = ACME.id if entity.key is entity.tenant else (await add_row(superuser, entity, ACME.id))[entity.key.name]
    for probe in (*write_probes(entity, row), *reference_probes(entity, row, existing)):
        for target in await targets(superuser, probe.aims_at):
            for _ in range(2):  # what is made the first time is a conflict the second
                answer = await world.answer(probe.document, probe.variables(target))
                for error in answer.get("errors", ()):
                    text = orjson.dumps({name: error[name] for name in ("message", "extensions")}).decode()
                    assert not [name for name in hidden if name in text], text
                    assert not [value for value in target.values() if str(value) in text], text


async def _names_of_the_database(superuser: Session) -> set[str]:
    """What only the database calls so. A plain word such as `users` may well stand in a sentence."""
    names = """
        with ours as (select oid, relname from pg_class where relnamespace = 'public'::regnamespace)
        select relname from ours
        union select conname from pg_constraint where connamespace = 'public'::regnamespace
        union select polname from pg_policy
        union select attname from pg_attribute where attrelid in (select oid from ours)
    """
    found = {row[0] for row in await superuser.fetch(names)}
    words = {"violates", "constraint", "relation", "Key (", "Key is", " table ", "column", "public.", "row-level"}
    return {name for name in found if "_" in name} | words


async def test_hole_28_no_tenant_hears_anything_of_anothers_rows(
    fresh_world: World, fresh_app_session: Session, fresh_superuser: Session
) -> None:
    heard: list[str] = []
    for channel in await _channels(fresh_superuser):
        await fresh_app_session.add_listener(channel, lambda *event: heard.append(str(event[-1])))
    marker = "heard-by-nobody"
    for entity in GRAPH_ENTITIES:
        await _create_with_literals(fresh_world, fresh_superuser, entity, marker)
    await fresh_app_session.execute("select")
    assert not [payload for payload in heard if marker in payload or "{" in payload]


async def _channels(superuser: Session) -> set[str]:
    """The channels that functions of ours notify, and the names that one would guess."""
    sources = await superuser.fetch(
        "select prosrc from pg_proc where pronamespace in ('app'::regnamespace, 'public'::regnamespace)"
    )
    notifying = [source for (source,) in sources if "notify" in source]
    named = [re.findall(r"pg_notify\(\s*'(\w+)'", source) for source in notifying]
    assert all(named), "a function notifies a channel whose name this test cannot tell"
    guesses = {name for e in GRAPH_ENTITIES for name in (e.table, e.name, e.singular_field, e.plural_field)}
    return guesses | {name for names in named for name in names} | {"bulkhead", str(ACME.id)}


@every_graph_entity
async def test_hole_29_input_is_in_no_statement_and_so_in_no_activity_view_or_log(
    fresh_world: World, fresh_superuser: Session, entity: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not entity.access.create:
        return
    rendered = record_rendered(monkeypatch)
    await fresh_superuser.execute(
        f"""create function public.dawdle() returns trigger language plpgsql as
              $$ begin perform pg_sleep(0.15); return new; end $$;
            create trigger dawdle before insert on {entity.sql_name}
              for each row execute function public.dawdle()"""
    )
    marker = "seen-by-nobody"
    task = asyncio.create_task(_create_with_literals(fresh_world, fresh_superuser, entity, marker))
    seen: set[str] = set()
    other = await fresh_world.database.app()
    activity = "select query from pg_stat_activity where pid <> pg_backend_pid()"
    while not task.done():
        seen |= {row[0] for row in await other.fetch(activity)}
        await asyncio.sleep(0.01)
    sent = await task
    await other.close()
    assert any(f"insert into {entity.sql_name}" in query for query in seen)
    for value in {marker, str(ACME.id), str(ACME.user("owner")), *sent}:
        assert not [query for query in (*seen, *rendered) if value in query], value


async def _create_with_literals(world: World, superuser: Session, entity: Entity, marker: str) -> set[str]:
    """Makes a row by a document that holds all values as literals; returns those that could be told from others."""
    if not entity.access.create:
        return set()
    row = fresh_input(entity, await valid_row(superuser, entity, ACME.id))
    texts = [c for c in entity.creatable if c.kind is Kind.TEXT and not c.enum and not c.array and c.field in row]
    row |= {c.field or "": f"{marker}-{row[c.field or '']}" for c in texts}
    name = f"create{entity.name}"
    literal = ast_from_value(row, MUTATIONS.fields[name].args["input"].type)
    assert literal is not None
    await world.data(f"mutation {{ {name}(input: {print_ast(literal)}) {{ {entity.key.field} }} }}")
    return {value for value in row.values() if isinstance(value, str) and len(value) > 12}


async def test_hole_35_kept_plans_serve_every_tenant_and_role_its_own(world: World, catalog: Catalog) -> None:
    callers = [t.principal(name) for t in (ACME, GLOBEX) for name in ("viewer", "owner")]
    root = catalog.tenant_root
    requests: list[tuple[str, Variables]] = [(listing(entity), {"where": {}}) for entity in GRAPH_ENTITIES]
    for tenant in (ACME, GLOBEX):
        requests += [(p.document, p.variables({root.key.name: tenant.id})) for p in read_probes(root)]
    expected: dict[tuple[int, int], Variables] = {}
    for i, caller in enumerate(callers):
        alone = World(world.database, Engine(catalog, world.pool, Limits()), world.pool)  # nothing kept by anybody yet
        expected |= {(i, j): await alone.answer(*request, as_=caller) for j, request in enumerate(requests)}
    order = [(i, j) for j in range(len(requests)) for i in range(len(callers))]
    for i, j in order:
        assert await world.answer(*requests[j], as_=callers[i]) == expected[i, j]
    answers = await asyncio.gather(*(world.answer(*requests[j], as_=callers[i]) for i, j in order * 2))
    assert all(answer == expected[which] for which, answer in zip(order * 2, answers, strict=True))
    assert len({orjson.dumps(answer) for answer in expected.values()}) > len(requests)


@every_graph_entity
async def test_hole_38_not_yours_and_not_there_take_the_same_steps(
    world: World, superuser: Session, entity: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = record_executed(monkeypatch)
    row = await valid_row(superuser, entity, ACME.id)
    existing = ACME.id if entity.key is entity.tenant else (await add_row(superuser, entity, ACME.id))[entity.key.name]
    for probe in (*read_probes(entity), *write_probes(entity, row), *reference_probes(entity, row, existing)):
        theirs, _, nobodys = await targets(superuser, probe.aims_at)
        steps = []
        for target in (theirs, nobodys):
            ran.clear()
            await world.answer(probe.document, probe.variables(target))
            steps.append(list(ran))
        assert steps[0] == steps[1] != [], probe.name


async def test_hole_38_operations_take_the_same_steps_for_not_yours_and_not_there(
    world: World, superuser: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def new_row(entity: Entity, **given: Any) -> Values:
        return await add_row(superuser, entity, ACME.id, **given)

    ran = record_executed(monkeypatch)
    for probe in operation_probes():
        theirs, _, nobodys = await targets(superuser, probe.aims_at)
        steps = []
        for target in (theirs, nobodys):
            ran.clear()
            await world.answer(probe.document, await probe.variables(target, new_row))
            steps.append(list(ran))
        assert steps[0] == steps[1] != [], probe.name
