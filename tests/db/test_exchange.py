"""One round trip: what it may do, what it leaves behind, and what happens when something of it fails."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db.database import Database
from app.db.exchange import MAX_PREPARED, MAX_PREPARED_CHARACTERS
from app.db.wire import encode_parameters
from app.errors import BadUserInput, BulkheadError, Conflict, DeadlineExceeded, Forbidden, Internal, Unavailable
from tests.conftest import TestDatabase
from tests.db.gateways import AS_ACME, AS_GLOBEX, ECHO, Superuser, backends, echoed, gateway, value

SETTINGS = """select current_setting('transaction_read_only') || coalesce(current_setting('app.tenant_id', true), '')
    || coalesce(current_setting('app.user_id', true), '') || coalesce(current_setting('app.role', true), '')
    || coalesce(current_setting('hnsw.iterative_scan', true), '') || current_setting('plan_cache_mode')"""
ADD = """insert into public.users (tenant_id, id, email, name, role)
    values ($1, gen_random_uuid(), $2, 'New', 'VIEWER') returning email"""


@pytest.fixture
async def superuser(database: TestDatabase) -> AsyncIterator[Superuser]:
    connection = await database.superuser()
    yield connection
    await connection.close()


@pytest.fixture
async def alone(database: TestDatabase) -> AsyncIterator[Database]:
    """A pool of one connection: whoever comes next gets the one that was used before."""
    async with gateway(database.app_url, pool_size=1, statement_timeout_ms=300) as alone:
        yield alone


async def assert_blank(alone: Database) -> None:
    """The connection is the one that was there, and has no settings of anybody."""
    assert await alone._pool.exchange(None, [(SETTINGS, encode_parameters(()))]) == (b"offauto",)


async def test_read_may_not_write(alone: Database, superuser: Superuser) -> None:
    for text in (ADD, "with x as (" + ADD + ") select * from x"):
        with pytest.raises(Unavailable) as raised:
            await alone.fetch(AS_ACME, text, ["new@acme.example"])
        assert getattr(raised.value.__cause__, "sqlstate", None) == "25006"
    assert not await superuser.fetchval("select count(*) from public.users where name = 'New'")
    await assert_blank(alone)


async def test_read_cannot_make_itself_a_write(alone: Database) -> None:
    with pytest.raises(BulkheadError):
        await alone.fetch(AS_ACME, "select $1::uuid, set_config('transaction_read_only', 'off', true)", [])
    await assert_blank(alone)


async def test_settings_are_gone_after_an_answer_and_after_an_error(alone: Database) -> None:
    for nearest in (False, True):
        row = await alone.fetch(AS_ACME, "select $1::uuid, current_setting('plan_cache_mode')", [], nearest=nearest)
        assert row is not None
        assert row[1] == (b"force_custom_plan" if nearest else b"auto")
        await assert_blank(alone)
        with pytest.raises(BadUserInput):
            await alone.fetch(AS_ACME, "select $1::uuid, 1 / 0", [], nearest=nearest)
        await assert_blank(alone)
    await alone.change(AS_ACME, ADD, ["new@acme.example"])
    await assert_blank(alone)
    with pytest.raises(Conflict):
        await alone.change(AS_ACME, ADD, ["new@acme.example"])
    await assert_blank(alone)


@pytest.mark.parametrize("prepares", ["on", "off"])
async def test_statement_does_not_run_when_the_tenant_could_not_be_set(
    database: TestDatabase, superuser: Superuser, prepares: str
) -> None:
    await superuser.execute("grant all on public.users to public; alter table public.users disable row level security")
    async with gateway(database.app_url, pool_size=1, prepared_statements=prepares) as alone:
        for _ in range(2):
            context, write = (
                (text, encode_parameters(values))
                for text, values in (
                    ("select app.set_context($1, null, null, null, null, null, $2)", ("no uuid", 0)),
                    ("delete from public.users where tenant_id = $1", (AS_ACME.principal.tenant,)),
                )
            )
            with pytest.raises(Exception, match="no uuid"):
                await alone._pool.exchange(None, [context, write])
            assert await alone.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
    assert await superuser.fetchval("select count(*) from public.users where tenant_id = $1", AS_ACME.principal.tenant)


async def test_constraint_that_fails_at_the_very_end_is_an_error_and_nothing_stays(
    alone: Database, superuser: Superuser
) -> None:
    await superuser.execute(
        """create table public.latecomers (tenant_id uuid, n int unique deferrable initially deferred);
           grant all on public.latecomers to bulkhead_app"""
    )
    add = "insert into public.latecomers values ($1, 1), ($1, 1) returning n"
    for _ in range(2):
        with pytest.raises(Conflict):
            await alone.change(AS_ACME, add, [])
        assert await alone.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
    assert await superuser.fetchval("select count(*) from public.latecomers") == 0


async def test_row_level_security_is_forbidden_and_nothing_stays(alone: Database, superuser: Superuser) -> None:
    foreign = ADD.replace("values ($1,", "select '%s'::uuid,".replace("%s", str(AS_GLOBEX.principal.tenant)))
    foreign = foreign.replace("'VIEWER')", "'VIEWER' where $1::uuid is not null")
    with pytest.raises(Forbidden):
        await alone.change(AS_ACME, foreign, ["new@acme.example"])
    assert not await superuser.fetchval("select count(*) from public.users where name = 'New'")


async def test_statement_that_runs_for_too_long_is_cancelled_and_the_connection_serves_on(
    alone: Database, superuser: Superuser
) -> None:
    before = await backends(superuser)
    for run in (alone.fetch, alone.change):
        with pytest.raises(DeadlineExceeded):
            await run(AS_ACME, "select $1::uuid, pg_sleep(20)", [])
        assert await alone.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
    assert await backends(superuser) == before


async def test_statement_that_could_not_be_prepared_is_prepared_again(alone: Database, superuser: Superuser) -> None:
    for _ in range(3):
        with pytest.raises(Internal):
            await alone.fetch(AS_ACME, "select $1::uuid, 'there' from public.later", [])
    await superuser.execute("create table public.later as select 1; grant select on public.later to public")
    assert await value(alone, "select $1::uuid, 'there' from public.later") == b"there"
    assert await value(alone, "select $1::uuid, 'there' from public.later") == b"there"


async def test_statement_that_fails_when_it_runs_stays_prepared(alone: Database) -> None:
    divide = "select $1::uuid, 6 / $2::int"
    with pytest.raises(BadUserInput):
        await alone.fetch(AS_ACME, divide, [0])
    assert await value(alone, divide, [3]) == b"2"
    found = "select $1::uuid, count(*) from pg_prepared_statements where statement like '%6 / %int'"
    assert await value(alone, found) == b"1"


async def test_connection_keeps_a_bounded_number_of_statements(alone: Database) -> None:
    kept = "select $1::uuid, count(*) from pg_prepared_statements where not name like '\\_\\_asyncpg%'"
    for number in range(MAX_PREPARED + 50):
        assert await value(alone, f"select $1::uuid, {number}") == str(number).encode()
        if number % 10 == 0:
            with pytest.raises(Internal):
                await alone.fetch(AS_ACME, f"select $1::uuid, nothing{number}", [])
            assert int(await value(alone, kept)) <= MAX_PREPARED
    assert int(await value(alone, kept)) == MAX_PREPARED
    for number in (0, MAX_PREPARED + 49, 1):  # gone, kept, gone
        assert await value(alone, f"select $1::uuid, {number}") == str(number).encode()


async def test_name_of_a_statement_tells_its_text(database: TestDatabase) -> None:
    names = "select $1::uuid, string_agg(name, ',' order by name) from pg_prepared_statements"
    async with gateway(database.app_url, pool_size=1) as one, gateway(database.app_url, pool_size=1) as other:
        await other.fetch(AS_ACME, ECHO, ["q"])
        await one.fetch(AS_ACME, "select $1::uuid, 1", [])
        ours, theirs = [(await value(it, names)).decode().split(",") for it in (one, other)]
        assert len({*ours, *theirs}) == 4  # the reader, the names, and one that each has alone
        assert len(ours) == len(theirs) == 3


CHANGES = [
    "add column extra text",
    "drop column extra",
    "alter column name type varchar(500)",
    "alter column name type text",
    "add column extra int default 1",
    "alter column extra type bigint",
    "alter column extra type text",
]


async def test_schema_may_change_under_prepared_statements(alone: Database, superuser: Superuser) -> None:
    names = "select $1::uuid, (select json_agg(name order by name) from public.users where tenant_id = $1)"
    rename = "update public.users set name = $2 where tenant_id = $1 and email = 'viewer@acme.example' returning name"
    for number, change in enumerate(CHANGES):
        before = await value(alone, names)
        await superuser.execute(f"alter table public.users {change}")
        assert await value(alone, names) == before
        assert await alone.change(AS_ACME, rename, [f"N{number}"]) == (f"N{number}".encode(),)


async def test_statement_whose_columns_changed_their_type_is_prepared_anew(
    alone: Database, superuser: Superuser
) -> None:
    await superuser.execute("create table public.things (n int); grant select on public.things to public")
    await superuser.execute("insert into public.things values (1)")
    everything = "select $1::uuid, * from public.things"
    assert await value(alone, everything) == b"1"
    await superuser.execute("alter table public.things alter n type text using n || ' as text'")
    assert await value(alone, everything) == b"1 as text"
    await superuser.execute("alter table public.things add m int")
    row = await alone.fetch(AS_ACME, everything, [])
    assert row is not None
    assert row[1:] == (b"1 as text", None)


async def test_parameter_whose_column_changed_its_type_is_read_anew(alone: Database, superuser: Superuser) -> None:
    await superuser.execute("create table public.things (n int); grant select on public.things to public")
    await superuser.execute("insert into public.things values (1)")
    find = "select $1::uuid, count(*) from public.things where n = $2"
    assert await value(alone, find, [1]) == b"1"
    await superuser.execute("alter table public.things alter n type text")
    assert await value(alone, find, ["1"]) == b"1"


async def test_what_postgres_says_by_the_way_is_no_answer(alone: Database) -> None:
    chatty = """do $$ begin raise notice 'one'; raise warning 'two'; perform set_config('TimeZone', 'CET', false);
        perform set_config('application_name', 'other', false); end $$"""
    nothing = encode_parameters(())
    row = await alone._pool.exchange(None, [("select 1", nothing), (chatty, nothing), ("select 'three'", nothing)])
    assert row == (b"three",)
    assert await alone.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
    async with alone.connection() as connection:
        assert await connection.fetchval("show timezone") == "CET"


async def test_no_exchange_sends_anything_for_a_value_that_cannot_be_sent(alone: Database) -> None:
    with pytest.raises(TypeError, match="wire-unknown-value"):
        await alone.fetch(AS_ACME, ECHO, [object()])
    assert await alone.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)


async def test_context_reaches_the_audit_log_of_a_change(alone: Database, superuser: Superuser) -> None:
    await alone.change(AS_ACME, ADD, ["new@acme.example"])
    table = await superuser.fetchval("select to_regclass('public.audit_logs')::text")
    found = await superuser.fetch(f"select to_jsonb(entry)::text from {table} as entry")
    assert [row[0] for row in found if "of-acme" in row[0] and str(AS_ACME.principal.user) in row[0]]


@pytest.mark.parametrize("function", ["set_reader", "set_context"])
async def test_sharded_database_is_told_in_the_same_way(
    database: TestDatabase, superuser: Superuser, repository: Path, function: str
) -> None:
    """Citus hands on what SET LOCAL says; its setting is but a name here."""
    await superuser.execute(f"alter database {database.name} set citus.propagate_set_commands = 'local'")
    odd = f'o\'{{\\"x"}}\n{function}'
    context = type(AS_ACME)(AS_ACME.principal, request_id=odd, client_ip="::1", user_agent=odd)
    text = (repository / f"sql/functions/{function}.sql").read_text()
    names = dict.fromkeys(re.findall(r"'(app\.\w+)'", text))
    ask = ", ".join(
        f"current_setting('{name}', true)" for name in (*names, "statement_timeout", "transaction_read_only")
    )
    principal = AS_ACME.principal
    async with gateway(database.app_url, pool_size=1, statement_timeout_ms=4321) as alone:
        run = alone.fetch if function == "set_reader" else alone.change
        row = await run(context, f"select $1::uuid, {ask}", [])
        assert row is not None
        expected = [str(principal.tenant), str(principal.user), principal.role.value]
        if function == "set_context":
            expected += [odd, "::1", odd]
        read_only = "on" if function == "set_reader" else "off"
        assert [column and column.decode() for column in row[1:]] == [*expected, "4321ms", read_only]
        await assert_blank(alone)
        with pytest.raises(BadUserInput):
            await run(context, "select $1::uuid, 1 / 0", [])
        await assert_blank(alone)
        with pytest.raises(Unavailable):
            await alone.fetch(context, ADD, ["new@acme.example"])
        await alone.change(context, ADD, ["new@acme.example"])
        await assert_blank(alone)
        async with alone.read(context) as tx:
            assert (await tx.rows("select email from public.users where tenant_id = $1")) != []


async def test_exchanges_that_are_cancelled_answer_nobody_else(alone: Database) -> None:
    for steps in range(12):
        tasks = [asyncio.create_task(alone.fetch(AS_ACME, ECHO, [f"{steps}/{number}"])) for number in range(6)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        assert await alone.fetch(AS_GLOBEX, ECHO, ["q"]) == echoed("q", AS_GLOBEX)
        assert await asyncio.gather(*tasks[1::2]) == [echoed(f"{steps}/{number}", AS_ACME) for number in (1, 3, 5)]
        await asyncio.wait(tasks)


async def test_statement_that_is_very_long_is_not_kept(database: TestDatabase) -> None:
    """Its plan takes megabytes of a backend, and whoever asks can make it as long as he likes."""
    async with gateway(database.app_url, pool_size=1) as gate:
        for number in range(3):
            text = f"select $1 || '{number}' /* {'x' * MAX_PREPARED_CHARACTERS} */"
            row = await gate.fetch(AS_ACME, text, [])
            assert row == (f"{AS_ACME.principal.tenant}{number}".encode(),)
        kept = "select max(length(statement))::text from pg_prepared_statements where $1::uuid is not null"
        row = await gate.fetch(AS_ACME, kept, [])
        assert row is not None
        assert int(row[0] or 0) < 1_000
