"""`bulkhead revision` writes what leads from the migrated database to the declarations, and nothing else."""

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import asyncpg
import pytest

from app.catalog import Catalog, Column, Kind, build_catalog
from app.catalog.facts import IndexTerm, SearchIndex, VectorIndex
from app.db.migrations import migrate
from app.db.revision import head_revision
from app.db.revisions import declared_snapshot, write_revision
from app.domains import DOMAINS
from app.domains.integrations.tables import Provider
from app.errors import BadUserInput, StartRefused
from app.isolation import schema
from app.isolation.schema import guard_statements, table_statements
from app.isolation.search import search_vector
from app.isolation.snapshot import differences
from app.model import Access, Length, Metric, Role, Writable
from tests.conftest import TestDatabase, create_database
from tests.db import invoicing
from tests.db.snapshots import snapshot_of
from tests.world import ACME, GLOBEX

pytestmark = pytest.mark.usefixtures("versions")


class WiderProvider(StrEnum):
    """The providers, and one more."""

    GITHUB = "GITHUB"
    NOTION = "NOTION"
    JIRA = "JIRA"
    SLACK = "SLACK"
    LINEAR = "LINEAR"


def with_columns(catalog: Catalog, entity: str, columns: Iterable[Column], **changes: object) -> Catalog:
    """The catalog, in which an entity has other columns."""
    changed = replace(catalog[entity], columns=tuple(columns), **changes)  # type: ignore[arg-type]
    return Catalog({**catalog.entities, entity: changed})


def with_column(catalog: Catalog, column: Column) -> Catalog:
    """The catalog, in which users have one more column."""
    return with_columns(catalog, "User", (*catalog["User"].columns, column))


async def revise(database: TestDatabase, catalog: Catalog) -> str:
    """Writes a revision, runs it, sees that it leads to the declarations. Its SQL."""
    path = await write_revision(database.owner_url, "What changed", catalog)
    assert path is not None
    await asyncio.to_thread(migrate, database.owner_url)
    declared = await declared_snapshot(database.owner_url, catalog)
    assert differences(await snapshot_of(database), declared) == ()
    assert await write_revision(database.owner_url, "Nothing more", catalog) is None
    return path.with_suffix(".sql").read_text()


def statements(sql: str) -> list[str]:
    """The statements of a revision, without the line that says that it is frozen."""
    return [s.strip() for s in sql.partition("\n")[2].split(";\n") if s.strip()]


async def test_nothing_is_written_when_nothing_differs(database: TestDatabase, catalog: Catalog) -> None:
    before = head_revision()
    assert await write_revision(database.owner_url, "Nothing", catalog) is None
    assert head_revision() == before


async def test_new_entity_becomes_its_own_statements_and_no_others(database: TestDatabase) -> None:
    catalog = build_catalog((*DOMAINS, invoicing))
    sql = await revise(database, catalog)
    tables = [s for s in table_statements(catalog) if "public.invoice" in s]
    guards = [s for s in guard_statements(catalog) if "public.invoice" in s]
    assert statements(sql) == [
        *(s for s in tables if s.startswith("CREATE TABLE")),
        *sorted(s for s in tables if s.startswith("CREATE INDEX")),
        *(s for s in tables if s.startswith("COMMENT")),
        *guards,
    ]


async def test_new_nullable_column_is_added_and_granted(database: TestDatabase, catalog: Catalog) -> None:
    sql = await revise(database, with_column(catalog, Column("nickname", "nickname", Kind.TEXT, True, doc="A pet's.")))
    assert statements(sql) == [
        "alter table public.users add column nickname TEXT",
        "COMMENT ON COLUMN public.users.nickname IS 'A pet''s.'",
        "grant insert (nickname) on public.users to bulkhead_app",
        "grant select (nickname) on public.users to bulkhead_app",
        "grant update (nickname) on public.users to bulkhead_app",
    ]


async def test_new_required_column_with_a_default_is_added_to_rows_that_exist(
    database: TestDatabase, catalog: Catalog
) -> None:
    column = Column("points", "points", Kind.INT, default="7", hidden=True)
    sql = await revise(database, with_column(catalog, column))
    assert "alter table public.users add column points INTEGER DEFAULT 7 NOT NULL" in statements(sql)
    connection = await database.superuser()
    assert await connection.fetchval("select distinct points from public.users") == 7
    await connection.close()


async def test_new_enum_value_replaces_the_check(database: TestDatabase, catalog: Catalog) -> None:
    assert [p.value for p in WiderProvider][:4] == [p.value for p in Provider]
    columns = (replace(c, enum=WiderProvider) if c.enum is Provider else c for c in catalog["Connection"].columns)
    sql = await revise(database, with_columns(catalog, "Connection", columns))
    assert statements(sql) == [
        "alter table public.connections drop constraint connections_provider_check",
        "-- Stops at rows that break it; a superuser sees them: select tenant_id, id from public.connections"
        " where not (provider in ('GITHUB', 'NOTION', 'JIRA', 'SLACK', 'LINEAR'))\n"
        "ALTER TABLE public.connections ADD CONSTRAINT connections_provider_check "
        "CHECK (provider in ('GITHUB', 'NOTION', 'JIRA', 'SLACK', 'LINEAR'))",
    ]


async def test_new_rule_becomes_a_check_that_stops_at_rows_that_break_it(
    database: TestDatabase, catalog: Catalog
) -> None:
    columns = (replace(c, rules=(Length(1, 5),)) if c.name == "name" else c for c in catalog["User"].columns)
    path = await write_revision(database.owner_url, "Short names", with_columns(catalog, "User", columns))
    assert path
    drop, add = statements(path.with_suffix(".sql").read_text())
    assert drop == "alter table public.users drop constraint users_name_check"
    with pytest.raises(StartRefused, match="rows of users break users_name_check"):
        await asyncio.to_thread(migrate, database.owner_url)
    superuser = await database.superuser()
    query = add.partition(": ")[2].partition("\n")[0]
    found = {row["id"] for row in await superuser.fetch(query)}
    assert found == {tenant.user(name) for tenant in (ACME, GLOBEX) for name in ("member", "viewer")}
    await superuser.execute("set session_replication_role = replica")  # no audit of what no tenant did
    await superuser.execute("update public.users set name = left(name, 5)")
    await superuser.close()
    await asyncio.to_thread(migrate, database.owner_url)


async def test_changed_access_changes_policies_and_grants(database: TestDatabase, catalog: Catalog) -> None:
    access = Access(read=Role.MEMBER, create=Role.MEMBER, update=Role.ADMIN)
    integration = replace(catalog["Integration"], access=access)
    sql = await revise(database, Catalog({**catalog.entities, "Integration": integration}))
    assert [line for s in statements(sql) for line in s.splitlines()] == [
        "drop policy create_gate on public.integrations",
        "drop policy delete_gate on public.integrations",
        "drop policy read_gate on public.integrations",
        "revoke delete on table public.integrations from bulkhead_app",
        "create policy read_gate on public.integrations as restrictive for select to bulkhead_app",
        "  using (tenant_id = case when app.current_role_name() in ('MEMBER', 'MANAGER', 'ADMIN', 'OWNER')"
        " then app.current_tenant() end)",
        "create policy create_gate on public.integrations as restrictive for insert to bulkhead_app",
        "  with check (app.current_role_name() in ('MEMBER', 'MANAGER', 'ADMIN', 'OWNER'))",
        "create policy delete_gate on public.integrations as restrictive for delete to bulkhead_app",
        "  using (false)",
    ]


async def test_new_index_is_created(database: TestDatabase, catalog: Catalog) -> None:
    users = catalog["User"]
    by_seat = (IndexTerm(users.column("seat_type")), IndexTerm(users.key))
    wider = replace(users, indexes=(*users.indexes, by_seat))
    sql = await revise(database, Catalog({**catalog.entities, "User": wider}))
    assert statements(sql) == ["CREATE INDEX users_seat_type_idx ON public.users (tenant_id, seat_type, id)"]


async def test_soft_delete_leaves_the_values_of_deleted_rows_free(database: TestDatabase, catalog: Catalog) -> None:
    deleted = Column("deleted_at", "deletedAt", Kind.TIMESTAMP, True, writable=Writable.DELETION)
    columns = (*catalog["User"].columns, deleted)
    sql = await revise(database, with_columns(catalog, "User", columns, deleted=deleted, retention_days=30))
    assert {
        "alter table public.users drop constraint users_email_key",
        "alter table public.users add column deleted_at TIMESTAMP WITH TIME ZONE",
        "CREATE UNIQUE INDEX users_email_key ON public.users (tenant_id, email) WHERE deleted_at is null",
        "CREATE INDEX users_deleted_idx ON public.users (tenant_id, deleted_at, id) WHERE deleted_at is not null",
        "revoke delete on table public.users from bulkhead_app",
    } <= set(statements(sql))


async def test_deleted_rows_do_not_come_back_when_they_are_kept_no_longer(
    database: TestDatabase, catalog: Catalog
) -> None:
    deleted = Column("deleted_at", "deletedAt", Kind.TIMESTAMP, True, writable=Writable.DELETION)
    columns = (*catalog["User"].columns, deleted)
    await revise(database, with_columns(catalog, "User", columns, deleted=deleted, retention_days=30))
    superuser = await database.superuser()
    delete = "update public.users set deleted_at = {} where email = 'viewer@acme.example' and tenant_id = $1"
    await _run_in_acme(superuser, delete.format("now()"))
    await write_revision(database.owner_url, "Keeps them no longer", catalog)
    with pytest.raises(asyncpg.RaiseError, match="has deleted rows that would be shown again"):
        await asyncio.to_thread(migrate, database.owner_url)
    await _run_in_acme(superuser, delete.format("null"))
    await asyncio.to_thread(migrate, database.owner_url)
    await superuser.close()


async def _run_in_acme(superuser: "asyncpg.Connection[asyncpg.Record]", statement: str) -> None:
    async with superuser.transaction():
        await superuser.execute("select app.set_context($1, null, 'OWNER', '', '', '', 0)", ACME.id)
        await superuser.execute(statement, ACME.id)


def with_search(catalog: Catalog, *fields: str, language: str = "english") -> Catalog:
    """The catalog, in which users are searched by these fields."""
    users = catalog["User"]
    searched = replace(users, search=SearchIndex(tuple(users.column(f) for f in fields), language))
    return Catalog({**catalog.entities, "User": searched})


async def test_search_is_added_to_a_table_that_has_rows(database: TestDatabase, catalog: Catalog) -> None:
    sql = await revise(database, with_search(catalog, "name", "email"))
    expression = search_vector(with_search(catalog, "name", "email")["User"])
    assert [s.splitlines()[0] for s in statements(sql)][:9] == [
        "drop policy tenant_floor on public.users",
        f"alter table public.users add column search_vector TSVECTOR GENERATED ALWAYS AS ({expression}) STORED",
        "CREATE INDEX users_search_vector_idx ON public.users USING gin (search_vector)",
        "create policy tenant_floor on public.users as restrictive for all"
        " to bulkhead_app, bulkhead_owner, bulkhead_platform",
        "create policy search_reads on public.users as permissive for select to bulkhead_search",
        "grant select (id, search_vector, tenant_id) on public.users to bulkhead_search",
        "grant create on schema app to bulkhead_search",
        "set local role bulkhead_search",
        "create function app.search_users(query text, prefix boolean) returns table (id uuid, rank real)",
    ]


async def test_changed_search_makes_its_column_and_function_anew(database: TestDatabase, catalog: Catalog) -> None:
    await revise(database, with_search(catalog, "name"))
    sql = await revise(database, with_search(catalog, "name", "email", language="simple"))
    firsts = [s.splitlines()[0] for s in statements(sql)]
    assert firsts[0] == "alter table public.users drop column search_vector"
    assert "drop function app.search_users(text,boolean)" in firsts
    assert "CREATE INDEX users_search_vector_idx ON public.users USING gin (search_vector)" in firsts
    assert "grant select (search_vector) on public.users to bulkhead_search" in firsts


async def test_search_is_taken_away_with_all_that_it_brought(database: TestDatabase, catalog: Catalog) -> None:
    before = await snapshot_of(database)
    await revise(database, with_search(catalog, "name"))
    await revise(database, catalog)
    assert await snapshot_of(database) == before


async def test_drift_of_a_search_function_is_mended(database: TestDatabase, catalog: Catalog) -> None:
    searched = with_search(catalog, "name")
    await revise(database, searched)
    superuser = await database.superuser()
    await superuser.execute("alter function app.search_users(text, boolean) owner to postgres")
    await superuser.execute("grant execute on function app.search_users(text, boolean) to public")
    await revise(database, searched)
    await superuser.close()


async def test_login_makes_search_functions_as_a_member_of_the_search_role_only(
    database: TestDatabase, catalog: Catalog
) -> None:
    await write_revision(database.owner_url, "Search", with_search(catalog, "name"))
    superuser = await database.superuser()
    await superuser.execute("create role test_migrator login; grant bulkhead_owner to test_migrator")
    login = database.owner_url.replace("postgres@", "test_migrator@")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="bulkhead_search"):
        await asyncio.to_thread(migrate, login)
    await superuser.execute("grant bulkhead_search to test_migrator")
    await asyncio.to_thread(migrate, login)
    declared = await declared_snapshot(database.owner_url, with_search(catalog, "name"))
    assert differences(await snapshot_of(database), declared) == ()
    await superuser.execute("drop role test_migrator")
    await superuser.close()


async def test_first_column_of_vectors_brings_the_extension(database: TestDatabase, catalog: Catalog) -> None:
    embedding = Column("embedding", "embedding", Kind.VECTOR, True, dimensions=3)
    vectors = with_column(catalog, embedding)
    vectors = with_columns(
        vectors, "User", vectors["User"].columns, nearest=(VectorIndex(embedding, Metric.INNER_PRODUCT),)
    )
    sql = await revise(database, vectors)
    assert statements(sql) == [
        "set local role none",
        "create extension if not exists vector with schema public",
        "set local role bulkhead_owner",
        "alter table public.users add column embedding VECTOR(3)",
        "CREATE INDEX users_embedding_inner_product_idx ON public.users USING hnsw (embedding vector_ip_ops)",
        "grant insert (embedding) on public.users to bulkhead_app",
        "grant select (embedding) on public.users to bulkhead_app",
        "grant update (embedding) on public.users to bulkhead_app",
    ]


async def test_functions_are_replaced_created_and_dropped(
    database: TestDatabase, catalog: Catalog, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sql"
    shutil.copytree(repository / "sql", folder)
    monkeypatch.setattr(schema, "SQL_FOLDER", folder)
    refuse = folder / "functions" / "refuse_change.sql"
    refuse.write_text(refuse.read_text().replace("is append-only'", "only grows'"))
    (folder / "functions" / "extra.sql").write_text("-- More.\ncreate function app.extra(n int) returns int return n")
    sql = await revise(database, catalog)
    assert sql == (
        "-- Frozen. Later changes are later revisions.\n\n"
        "-- More.\ncreate function app.extra(n int) returns int return n;\n\n"
        "revoke all on function app.extra(integer) from public;\n\n"
        + refuse.read_text().strip().replace("create function", "create or replace function")
        + ";\n\n"
    )

    (folder / "functions" / "extra.sql").unlink()
    assert statements(await revise(database, catalog)) == ["drop function app.extra(integer)"]


async def test_changed_default_nullability_and_doc_are_altered(database: TestDatabase, catalog: Catalog) -> None:
    changes: dict[str, dict[str, object]] = {
        "name": {"nullable": False, "doc": None},
        "first_name": {"default": "'Jo'"},
        "seat_type": {"default": None},
    }
    columns = (replace(c, **changes.get(c.name, {})) for c in catalog["User"].columns)  # type: ignore[arg-type]
    sql = await revise(database, with_columns(catalog, "User", columns))
    assert statements(sql) == [
        "alter table public.users alter column seat_type drop default",
        "comment on column public.users.name is null",
        "alter table public.users alter column first_name set default 'Jo'::text",
        "alter table public.users alter column name set not null",
    ]


async def test_removed_column_and_changed_type_are_left_to_people(database: TestDatabase, catalog: Catalog) -> None:
    columns = [
        replace(c, kind=Kind.FLOAT, rules=()) if c.name == "max_users" else c
        for c in catalog["Tenant"].columns
        if c.name != "billing_email"
    ]
    path = await write_revision(database.owner_url, "Removes", with_columns(catalog, "Tenant", columns))
    assert path
    live, _, left = path.with_suffix(".sql").read_text().partition("-- Not done here")
    assert left.splitlines()[1:] == [
        "-- alter table public.tenants drop column billing_email;",
        "-- alter table public.tenants alter column max_users type double precision;",
    ]
    assert statements(live) == [
        "revoke select (billing_email) on public.tenants from bulkhead_app",
        "revoke update (billing_email) on public.tenants from bulkhead_app",
        "alter table public.tenants drop constraint tenants_billing_email_check",
        "alter table public.tenants drop constraint tenants_max_users_check",
    ]
    await asyncio.to_thread(migrate, database.owner_url)


async def test_removed_entity_is_left_to_people_and_stays_guarded(database: TestDatabase, catalog: Catalog) -> None:
    rest = Catalog({name: e for name, e in catalog.entities.items() if name != "SyncJob"})
    path = await write_revision(database.owner_url, "Removes sync jobs", rest)
    assert path
    sql = path.with_suffix(".sql").read_text()
    assert [line for line in sql.splitlines() if line and not line.startswith("--")] == ["select;"]
    assert sql.endswith("-- drop table public.sync_jobs;\n")
    before = await snapshot_of(database)
    await asyncio.to_thread(migrate, database.owner_url)
    assert await snapshot_of(database) == before


async def test_revision_is_named_by_number_and_message(
    database: TestDatabase, catalog: Catalog, versions: Path
) -> None:
    head = head_revision()
    catalog = with_column(catalog, Column("nickname", "nickname", Kind.TEXT, True))
    path = await write_revision(database.owner_url, 'Users\' "nicknames".', catalog)
    number = f"{int(head) + 1:04d}"
    assert path == versions / f"{number}_users_nicknames.py"
    text = path.read_text()
    assert text.startswith('"""Users\' \'nicknames\'."""\n')
    assert f'revision = "{number}"\ndown_revision = "{head}"\n' in text


async def test_database_behind_the_newest_revision_is_refused(database: TestDatabase, catalog: Catalog) -> None:
    empty = await create_database(database.server)
    with pytest.raises(BadUserInput, match="run `bulkhead migrate` first"):
        await write_revision(empty.owner_url, "Anything", catalog)


async def test_message_without_a_word_is_refused(database: TestDatabase, catalog: Catalog) -> None:
    with pytest.raises(BadUserInput):
        await write_revision(database.owner_url, " … ", catalog)


async def test_no_scratch_database_stays_behind(database: TestDatabase, catalog: Catalog) -> None:
    await write_revision(database.owner_url, "Nothing", catalog)
    connection = await database.superuser()
    left = await connection.fetchval("select count(*) from pg_database where datname like 'bulkhead_scratch%'")
    await connection.close()
    assert left == 0
