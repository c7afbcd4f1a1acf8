"""Migrations, declarations and `sql/` add up to the same database, and a migration happens whole or not at all."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app.catalog import Catalog
from app.db import migrations
from app.db.embedded import start_embedded
from app.db.migrations import migrate
from app.db.revision import head_revision
from app.db.revisions import declared_snapshot
from app.errors import StartRefused
from app.isolation import schema
from app.isolation.doctor import examine
from app.isolation.snapshot import differences, take_snapshot
from tests.conftest import TestDatabase, create_database
from tests.db.snapshots import snapshot_of

REVISION = """
from alembic import op

from migrations.frozen import run_frozen_sql

revision = "{number}"
down_revision = "{previous}"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
"""


def add_revision(versions: Path, sql: str) -> str:
    """A further revision of that SQL; its number."""
    previous = head_revision()
    number = f"{int(previous) + 1:04d}"
    (versions / f"{number}_test.py").write_text(REVISION.format(number=number, previous=previous))
    (versions / f"{number}_test.sql").write_text(sql)
    return number


async def test_migrated_database_declarations_and_sql_agree(template: TestDatabase, catalog: Catalog) -> None:
    found, declared = await snapshot_of(template), await declared_snapshot(template.owner_url, catalog)
    assert differences(found, declared) == ()
    assert "policy tenant_floor on public.users" in found


async def test_migrating_twice_changes_nothing(database: TestDatabase) -> None:
    before = await snapshot_of(database)
    await asyncio.to_thread(migrate, database.owner_url)
    assert await snapshot_of(database) == before


async def test_migrated_database_names_its_revision_to_the_requests_role(database: TestDatabase) -> None:
    connection = await database.app()
    assert await connection.fetchval("select app.schema_revision()") == head_revision()
    await connection.close()


async def test_first_migration_that_breaks_leaves_no_trace(database: TestDatabase, versions: Path) -> None:
    empty = await create_database(database.server)
    before = await snapshot_of(empty)
    add_revision(versions, "create table public.half (id uuid); select 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await asyncio.to_thread(migrate, empty.owner_url)
    assert await snapshot_of(empty) == before
    assert not [name for name in before if "platform" in name]


async def test_later_migration_that_breaks_leaves_the_one_before(database: TestDatabase, versions: Path) -> None:
    before, revision_before = await snapshot_of(database), head_revision()
    add_revision(versions, "create table public.half (id uuid); select 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await asyncio.to_thread(migrate, database.owner_url)
    assert await snapshot_of(database) == before
    connection = await database.superuser()
    assert await connection.fetchval("select version_num from platform.alembic_version") == revision_before
    await connection.close()


async def test_login_that_may_become_the_owner_runs_later_migrations(database: TestDatabase, versions: Path) -> None:
    superuser = await database.superuser()
    await superuser.execute("create role test_migrator login; grant bulkhead_owner to test_migrator")
    number = add_revision(versions, "create table public.later (tenant_id uuid)")
    await asyncio.to_thread(migrate, database.owner_url.replace("postgres@", "test_migrator@"))
    owner = await superuser.fetchval("select relowner::regrole::text from pg_class where relname = 'later'")
    assert owner == "bulkhead_owner"
    assert await superuser.fetchval("select app.schema_revision()") == number
    await superuser.execute("revoke bulkhead_owner from test_migrator; drop role test_migrator")
    await superuser.close()


async def test_managed_server_is_migrated_without_a_superuser(catalog: Catalog) -> None:
    with tempfile.TemporaryDirectory(prefix="bulkhead-tests-", ignore_cleanup_errors=True) as folder:
        server = await asyncio.to_thread(start_embedded, Path(folder))
        superuser = await asyncpg.connect(server.owner_url("postgres"))
        await superuser.execute("create role admin login createrole createdb")
        await superuser.execute("create database managed owner admin")
        await superuser.close()
        await asyncio.to_thread(migrate, server.owner_url("managed").replace("postgres@", "admin@"))
        gateway = await asyncpg.connect(server.app_url("managed"))
        assert (await examine(gateway, catalog)).findings == ()
        await gateway.close()


async def test_rows_that_break_a_new_rule_are_told_in_a_line(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "create table public.t as select 0 as n; alter table public.t add constraint t_n_check check (n > 0)"
    monkeypatch.setattr(migrations, "_upgrade", lambda connection: migrations.run_script(connection, broken))
    with pytest.raises(StartRefused, match="rows of t break t_n_check"):
        await asyncio.to_thread(migrate, database.owner_url)


async def test_database_from_before_there_was_a_search_role_gets_it(database: TestDatabase) -> None:
    superuser = await database.superuser()
    await superuser.execute("revoke usage on schema app from bulkhead_search")
    await asyncio.to_thread(migrate, database.owner_url)
    assert await superuser.fetchval("select has_schema_privilege('bulkhead_search', 'app', 'usage')")
    await superuser.close()


async def test_database_whose_statements_were_planned_once_is_told_otherwise(database: TestDatabase) -> None:
    superuser = await database.superuser()
    await superuser.execute(
        f"alter role bulkhead_app in database {database.name} set plan_cache_mode = force_generic_plan"
    )
    await superuser.close()
    await asyncio.to_thread(migrate, database.owner_url)
    requests = await database.app()
    assert await requests.fetchval("show plan_cache_mode") == "auto"
    await requests.close()


async def test_revisions_run_without_the_sql_folder(
    database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = await create_database(database.server)
    connection = await empty.superuser()
    await connection.execute(schema.bootstrap_sql())
    await connection.close()
    monkeypatch.setattr(schema, "SQL_FOLDER", tmp_path)
    await asyncio.to_thread(migrate, empty.owner_url)
    monkeypatch.undo()
    assert await snapshot_of(empty) == await snapshot_of(database)


def test_revisions_import_nothing_that_can_change_under_them(repository: Path) -> None:
    files = list((repository / "migrations" / "versions").glob("[0-9]*.py"))
    assert files
    for file in files:
        imports = re.findall(r"^(?:from|import) (\S+)", file.read_text(), re.MULTILINE)
        assert set(imports) <= {"alembic", "migrations.frozen"}, file.name
        assert file.with_suffix(".sql").exists()


def test_revisions_are_numbered_in_one_line(repository: Path) -> None:
    files = sorted((repository / "migrations" / "versions").glob("[0-9]*.py"))
    texts = [file.read_text() for file in files]
    numbers = [f"{number:04d}" for number in range(1, len(files) + 1)]
    assert [file.name[:4] for file in files] == numbers
    assert [re.findall(r'^revision = "(.*)"', text, re.MULTILINE) for text in texts] == [[n] for n in numbers]
    assert [re.findall(r'^down_revision = "?(\w+)', text, re.MULTILINE) for text in texts] == [
        [n] for n in ["None", *numbers[:-1]]
    ]


@pytest.fixture(scope="module")
async def copy(template: TestDatabase) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection to a copy of the migrated database."""
    connection = await (await create_database(template.server, template.name)).superuser()
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("change", "drift"),
    [
        ("alter table public.users no force row level security", "row security of public.users"),
        ("alter table public.users disable row level security", "row security of public.users"),
        ("alter table public.users owner to postgres", "table public.users"),
        ("alter table public.users set (fillfactor = 50)", "table public.users"),
        ("alter table public.users add column extra text", "column public.users.extra"),
        ("alter table public.users alter column name set not null", "nullability public.users.name"),
        ("alter table public.users alter column role drop default", "default public.users.role"),
        ("alter table public.users alter column name type varchar(9)", "column public.users.name"),
        ("comment on column public.users.name is 'other'", "comment on column public.users.name"),
        ("alter table public.users drop constraint users_role_check", "constraint users_role_check on public.users"),
        ("drop index public.users_role_idx", "index users_role_idx on public.users"),
        ("create index extra on public.users (name)", "index extra on public.users"),
        ("drop policy tenant_floor on public.users", "policy tenant_floor on public.users"),
        ("alter policy tenant_access on public.users using (true)", "policy tenant_access on public.users"),
        ("alter policy read_gate on public.users to public", "policy read_gate on public.users"),
        ("drop trigger audit_update on public.users", "trigger audit_update on public.users"),
        ("alter table public.users disable trigger audit_update", "trigger audit_update on public.users"),
        ("create rule extra as on delete to public.users do instead nothing", "rule extra on public.users"),
        ("alter function app.audit_rows() security invoker", "function app.audit_rows()"),
        ("alter function app.audit_rows() reset search_path", "function app.audit_rows()"),
        ("alter function app.audit_rows() owner to postgres", "function app.audit_rows()"),
        ("create function app.extra() returns int language sql return 1", "function app.extra()"),
        (
            "grant execute on function app.audit_rows() to public",
            "grant execute on function app.audit_rows() to public",
        ),
        ("grant truncate on public.users to bulkhead_app", "grant truncate on table public.users to bulkhead_app"),
        ("grant select on public.users to public", "grant select on table public.users to public"),
        (
            "grant select (identity_id) on public.users to bulkhead_app",
            "grant select on columns of public.users to bulkhead_app",
        ),
        ("grant create on schema app to bulkhead_app", "grant create on schema app to bulkhead_app"),
        ("alter schema app owner to postgres", "schema app"),
        ("create view public.extra as select * from public.users", "view public.extra"),
        ("create table public.extra (id int)", "table public.extra"),
        (
            "alter default privileges in schema public grant select on tables to bulkhead_app",
            "automatic grants of postgres in public on new tables",
        ),
    ],
)
async def test_drift_is_named(copy: "asyncpg.Connection[asyncpg.Record]", change: str, drift: str) -> None:
    before = await take_snapshot(copy)
    transaction = copy.transaction()
    await transaction.start()
    try:
        await copy.execute(change)
        assert drift in [d.identity for d in differences(before, await take_snapshot(copy))]
    finally:
        await transaction.rollback()
