"""Every check of `bulkhead doctor` is seen to fail: a migrated database is sabotaged, and the hole is named.

Each case has a database of its own, sabotaged by a superuser and then examined as the requests' role, as the server
would at its start.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg
import pytest

from app.catalog import Catalog
from app.isolation.doctor import Check, Report, examine, load_checks
from app.isolation.grants import AUDIT_FUNCTIONS, CALLABLE_FUNCTIONS, SEARCH_QUERY
from app.model import Role
from tests.conftest import TestDatabase, create_database


@dataclass(frozen=True)
class Sabotage:
    """Holes made by hand in one database, all for one check.

    holes    what must be named → the SQL that breaks it; `{database}` stands for the name of the database
    also     other checks that rightly find something; None where that is most of them
    undo     run at the end where a hole is in the whole cluster
    login    the server's login
    """

    check: str
    holes: Mapping[str, str]
    also: frozenset[str] | None
    undo: str
    login: str

    def __str__(self) -> str:
        return f"{self.check} of {', '.join(self.holes)}"


def breaks(check: str, holes: Mapping[str, str], *also: str, undo: str = "", login: str = "bulkhead_app") -> Sabotage:
    """Holes that this check names, exactly; and no check finds anything but these."""
    return Sabotage(check, holes, frozenset(also), undo, login)


def breaks_much(check: str, hole: str, sql: str, undo: str = "", login: str = "bulkhead_app") -> Sabotage:
    """A hole that brings down more than its own check."""
    return Sabotage(check, {hole: sql}, None, undo, login)


AS_OWNER = "set role bulkhead_owner; "
TENANT_RULE = "tenant_id = app.current_tenant()"
NOTES = AS_OWNER + "create table {}.notes (tenant_id uuid, id uuid, primary key (tenant_id, id));"
GUARDED = "alter table {0} enable row level security; alter table {0} force row level security;"
REVISION = "create or replace function app.schema_revision() returns text stable return "
SERVER = "create foreign data wrapper wire; create server elsewhere foreign data wrapper wire;"

BEFORE_THE_RULES = [
    breaks("migrated", {"{database}": "drop function app.schema_revision()"}),
    breaks("revision", {"{database}": REVISION + "'0000'"}),
    breaks("revision", {"{database}": REVISION + "'9999'"}),
]

ROLES = [
    breaks(
        "role_attributes",
        {"bulkhead_app": "alter role bulkhead_app bypassrls"},
        "active_row_security",
        "no_context_no_rows",
        undo="alter role bulkhead_app nobypassrls",
    ),
    breaks(
        "role_attributes",
        {
            "bulkhead_app": "alter role bulkhead_app createrole",
            "bulkhead_platform": "alter role bulkhead_platform createdb replication",
            "bulkhead_search": "alter role bulkhead_search createdb",
            "bulkhead_owner": "alter role bulkhead_owner superuser",
        },
        "definer_functions",
        undo="alter role bulkhead_app nocreaterole; alter role bulkhead_platform nocreatedb noreplication;"
        "alter role bulkhead_search nocreatedb;"
        "alter role bulkhead_owner nosuperuser",
    ),
    breaks_much("role_attributes", "postgres", "select", login="postgres"),
    breaks_much("login", "stranger", "create role stranger login", undo="drop role stranger", login="stranger"),
    breaks(
        "login",
        {"service": "create role service login in role bulkhead_app;grant select (email) on public.users to service"},
        undo="drop owned by service; drop role service",
        login="service",
    ),
    breaks_much(
        "memberships",
        "bulkhead_app",
        "grant pg_read_all_data to bulkhead_app",
        "revoke pg_read_all_data from bulkhead_app",
    ),
    breaks(
        "memberships",
        {
            "bulkhead_app": "create role go_between noinherit; grant bulkhead_owner to go_between;"
            "grant go_between to bulkhead_app"
        },
        undo="drop role go_between",
    ),
    breaks(
        "memberships",
        {
            "service": "create role service login noinherit; grant pg_write_all_data to service;"
            "alter role service inherit; grant bulkhead_app to service",
            "bulkhead_platform": "grant bulkhead_app to bulkhead_platform",
            "bulkhead_owner": "grant bulkhead_search to bulkhead_owner",
        },
        undo="revoke bulkhead_app from bulkhead_platform; revoke bulkhead_search from bulkhead_owner;drop role service",
        login="service",
    ),
    breaks(
        "ownership",
        {
            "public.users": "alter table public.users owner to postgres",
            "app.new_id()": "alter function app.new_id() owner to postgres",
            "type public.mood": "create domain public.mood as text; alter domain public.mood owner to bulkhead_app",
            "type public.word": "create domain public.word as text; alter domain public.word owner to bulkhead_search",
        },
    ),
]

PRIVILEGES = [
    breaks(
        "privileges_beyond_rows",
        {
            "public.users": "grant truncate on public.users to bulkhead_app",
            "public.connections": "grant references (id) on public.connections to bulkhead_app",
            "public.sync_jobs": "grant trigger on public.sync_jobs to public",
            "public.integrations": "grant select (name) on public.integrations to bulkhead_app with grant option",
        },
        "public_grants",
        "search_role",
    ),
    breaks(
        "public_grants",
        {
            "public.users": "grant select (name) on public.users to public",
            "platform.tenant_directory": "grant select on platform.tenant_directory to public",
        },
        "platform_schema",
        "reachable_tables",
        "search_role",
    ),
    breaks(
        "platform_schema",
        {
            "platform": "grant usage on schema platform to bulkhead_app",
            "platform.identities": "grant select (email) on platform.identities to bulkhead_app",
        },
        "reachable_tables",
    ),
    breaks(
        "creation",
        {
            "schema public": "grant create on schema public to public",
            "schema app": "grant create on schema app to bulkhead_search",
            "database {database}": "grant temporary on database {database} to public",
        },
    ),
    breaks("creation", {"database {database}": "grant create on database {database} to bulkhead_app"}),
    breaks(
        "default_privileges",
        {
            "defaults of bulkhead_owner in schema public": "alter default privileges for role bulkhead_owner"
            " in schema public grant select on tables to bulkhead_app",
            "defaults of bulkhead_owner": "alter default privileges for role bulkhead_owner"
            " grant usage on sequences to public",
        },
    ),
    breaks(
        "default_privileges",
        {
            "defaults of bulkhead_owner": "alter default privileges for role bulkhead_owner"
            " grant execute on functions to bulkhead_search",
        },
    ),
    breaks(
        "undeclared_privileges",
        {
            "public.users.identity_id": "grant select on public.users to bulkhead_app",
            "public.users.tenant_id": "grant update (tenant_id) on public.users to bulkhead_app",
            "public.tenants": "grant delete on public.tenants to bulkhead_app",
            "public.integrations.credentials": "grant select (credentials) on public.integrations to bulkhead_app",
        },
        "command_gates",
    ),
]

ROW_SECURITY = [
    breaks("forced_row_security", {"public.users": "alter table public.users no force row level security"}),
    breaks(
        "forced_row_security",
        {
            "public.users": "alter table public.users disable row level security",
            "public.old_logs": AS_OWNER
            + "create table public.old_logs (primary key (tenant_id, id)) inherits (public.audit_logs)",
        },
        "active_row_security",
        "no_context_no_rows",
        "tenant_floor",
    ),
    breaks(
        "active_row_security",
        {"public.notes": NOTES.format("public")},
        "forced_row_security",
        "tenant_floor",
    ),
    breaks(
        "tenant_floor",
        {
            "public.users": "drop policy tenant_floor on public.users",
            "public.connections": "alter policy tenant_floor on public.connections to bulkhead_app",
            "public.sync_jobs": "alter policy tenant_floor on public.sync_jobs with check (true)",
            "public.integrations": f"alter policy tenant_floor on public.integrations using ({TENANT_RULE} or true)",
        },
    ),
    breaks(
        "permissive_policies",
        {
            "public.users all": 'create policy "all" on public.users for select to bulkhead_app using (true)',
            "public.users bots": f"create policy bots on public.users using ({TENANT_RULE} or name = 'bot')",
            "public.users pets": "create policy pets on public.users for insert"
            f" with check (({TENANT_RULE} and name = 'cat') or name = 'dog')",
        },
    ),
    breaks(
        "command_gates",
        {
            "public.users": "drop policy read_gate on public.users",
            "public.connections": "alter policy create_gate on public.connections with check (true)",
            "public.sync_jobs": "alter policy update_gate on public.sync_jobs to bulkhead_platform",
            "public.integrations": "alter policy delete_gate on public.integrations using (true)",
        },
    ),
    breaks(
        "policy_subselects",
        {
            "public.users linked": "create policy linked on public.users as restrictive"
            " using (exists (select from public.connections))"
        },
    ),
    breaks(
        "policy_functions",
        {
            "public.users admins": "create policy admins on public.users as restrictive"
            " using (current_setting('app.is_admin', true) = 'on')",
            "public.users helped": AS_OWNER + "create function app.help() returns boolean stable return true;"
            "create policy helped on public.users as restrictive using (app.help());"
            "revoke execute on function app.help() from public",
        },
        "no_context_no_rows",
    ),
    breaks(
        "reachable_tables",
        {
            "extra.notes": "create schema extra authorization bulkhead_owner;"
            + NOTES.format("extra")
            + GUARDED.format("extra.notes")
            + "grant select on extra.notes to bulkhead_app",
            "public.colours": AS_OWNER
            + "create table public.colours (name text primary key);"
            + GUARDED.format("public.colours")
            + "grant select on public.colours to bulkhead_app",
        },
        "declared_tables",
    ),
    breaks(
        "tenant_column",
        {
            "public.audit_logs": "alter table public.audit_logs"
            " drop constraint audit_logs_pkey, alter tenant_id drop not null"
        },
        "primary_keys",
    ),
]

CONTEXT = [
    breaks(
        "context_functions",
        {
            "app.current_tenant()": "create or replace function app.current_tenant() returns uuid stable"
            " return current_setting('app.tenant_id', true)::uuid",
            "app.current_user_id()": "alter function app.current_user_id() immutable set search_path = pg_catalog",
            "app.current_role_name()": "alter function app.current_role_name() leakproof security definer",
        },
        "no_context_no_rows",
        "immutable_context",
        "leakproof_functions",
        "definer_functions",
    ),
    breaks(
        "context_setter",
        {
            "app.set_context(uuid,uuid,text,text,text,text,integer)": "grant execute on function"
            " app.set_context(uuid, uuid, text, text, text, text, integer) to public"
        },
    ),
    breaks(
        "preset_settings",
        {
            "role bulkhead_app": "alter role bulkhead_app in database {database} set app.is_admin = 'on'",
            "every role": "alter database {database} set row_security = off",
            "this session": "alter database {database} set app.role = 'OWNER'",
        },
        "no_context_no_rows",
    ),
    breaks(
        "no_context_no_rows",
        {
            "app.tenant_id": "create or replace function app.set_context(tenant_id uuid, user_id uuid, role text,"
            " request_id text, client_ip text, user_agent text, timeout_ms integer) returns boolean language sql as"
            " $$ select set_config('app.tenant_id', tenant_id::text, false) is null $$",
            "public.users": f"alter policy tenant_floor on public.users using ({TENANT_RULE} or true);"
            f"alter policy tenant_access on public.users using ({TENANT_RULE} or true);"
            "alter policy read_gate on public.users using (app.current_role_name() = 'OWNER')",
        },
        "tenant_floor",
        "permissive_policies",
    ),
]

KEYS = [
    breaks(
        "primary_keys",
        {
            "public.audit_logs": "alter table public.audit_logs drop constraint audit_logs_pkey",
            "public.sync_jobs": "alter table public.sync_jobs drop constraint sync_jobs_pkey, add primary key (id)",
        },
    ),
    breaks(
        "foreign_keys",
        {
            "public.sync_jobs single": "alter table public.connections add constraint lone unique (id);"
            "alter table public.sync_jobs add constraint single"
            " foreign key (connection_id) references public.connections (id)",
            "public.sync_jobs crossed": "alter table public.sync_jobs add constraint crossed"
            " foreign key (connection_id, tenant_id) references public.connections (tenant_id, id) not valid",
        },
        "uniques",
        "foreign_key_indexes",
    ),
    breaks(
        "foreign_keys_out_of_tenant",
        {"public.users.identity_id": "grant insert (identity_id) on public.users to bulkhead_app"},
        "undeclared_privileges",
    ),
    breaks(
        "foreign_key_indexes",
        {"public.sync_jobs sync_jobs_connection_id_fkey": "drop index public.sync_jobs_connection_id_started_at_idx"},
    ),
    breaks(
        "uniques",
        {
            "public.one_id": "create unique index one_id on public.audit_logs (id)",
            "public.one_email": "alter table public.users add constraint one_email exclude using hash (email with =)",
        },
    ),
    breaks(
        "sequences",
        {
            "public.counter": AS_OWNER
            + "create sequence public.counter; grant usage on sequence public.counter to bulkhead_app",
            "public.audit_logs.number": "alter table public.audit_logs add number bigint generated always as identity",
            "public.users.number": AS_OWNER + "alter table public.users add number bigserial",
        },
    ),
]

PLANS = [
    breaks("indexes", {"public.late": "create index late on public.users (email, tenant_id)"}),
    breaks(
        "leaky_types",
        {
            "public.users.price": "alter table public.users add price numeric(12, 2)",
            "public.users.stay": "alter table public.users add stay tstzrange",
            "public.users.moods": "create type public.mood as enum ('glad');"
            "alter table public.users add moods public.mood[]",
            "public.users.fee": "create domain public.eur as numeric; alter table public.users add fee public.eur",
        },
    ),
    breaks(
        "leakproof_functions",
        {
            "app.peek(text)": "create function app.peek(seen text) returns boolean immutable leakproof"
            " return seen is not null;"
            "alter function app.peek(text) owner to bulkhead_owner;"
            "revoke execute on function app.peek(text) from public"
        },
    ),
    breaks(
        "search_role",
        {
            "bulkhead_search": "alter role bulkhead_search login",
            "platform": "grant usage on schema platform to bulkhead_search",
            "public.users.name": "grant select (name) on public.users to bulkhead_search",
            "public.sync_jobs": "grant insert (sync_id) on public.sync_jobs to bulkhead_search",
        },
        undo="alter role bulkhead_search nologin",
    ),
    breaks(
        "immutable_context",
        {
            "app.my_tenant()": AS_OWNER + "create function app.my_tenant() returns text immutable"
            " return current_setting('app.tenant_id', true);"
            "revoke execute on function app.my_tenant() from public"
        },
    ),
]

DECLARED = [
    breaks("declared_tables", {"public.audit_logs": "drop table public.audit_logs"}),
    breaks(
        "declared_tables",
        {
            "public.notes": NOTES.format("public")
            + GUARDED.format("public.notes")
            + f"create policy floor on public.notes as restrictive using ({TENANT_RULE}) with check ({TENANT_RULE});"
            + "create policy gate on public.notes as restrictive using (app.current_role_name() = 'OWNER');"
            + "grant select on public.notes to bulkhead_app"
        },
    ),
    breaks(
        "visible_edges",
        {"public.connections.user_id": "alter table public.connections alter user_id drop not null"},
    ),
]

DOORS = [
    breaks(
        "views",
        {
            "public.everybody": AS_OWNER + "create view public.everybody as select * from public.users",
            "public.somebody": AS_OWNER
            + "create view public.somebody with (security_invoker = off) as select * from public.users",
        },
    ),
    breaks(
        "copied_rows",
        {
            "public.copy": AS_OWNER + "create materialized view public.copy as select * from public.users;"
            "grant select on public.copy to bulkhead_app",
            "public.far": f"reset role; {SERVER} create foreign table public.far (id uuid) server elsewhere;"
            "alter foreign table public.far owner to bulkhead_owner; grant select on public.far to bulkhead_app",
            "server elsewhere": "grant usage on foreign server elsewhere to bulkhead_app",
        },
    ),
    breaks(
        "definer_functions",
        {
            "app.help()": AS_OWNER + "create function app.help() returns trigger language plpgsql security definer"
            " set search_path = pg_catalog, pg_temp as 'begin return null; end';"
            "revoke execute on function app.help() from public",
            "app.audit_rows()": "alter function app.audit_rows() reset search_path",
            "app.audit_statement()": "alter function app.audit_statement() owner to postgres",
            "app.list_tenant()": "grant execute on function app.list_tenant() to public",
        },
        "ownership",
        "callable_functions",
    ),
    breaks(
        "callable_functions",
        {
            "public.help()": "create function public.help() returns int return 1",
            "app.audit_entry(uuid,text,text,text,jsonb,jsonb)": "grant execute on function app.audit_entry"
            " to bulkhead_app",
        },
    ),
    breaks(
        "publications",
        {
            "everything": "create publication everything for all tables",
            "users": "create publication users for table public.users (id, tenant_id)",
        },
    ),
    breaks(
        "rewrite_rules",
        {"public.users loud": "create rule loud as on update to public.users do also notify users"},
    ),
]

SABOTAGE = [
    *BEFORE_THE_RULES,
    *ROLES,
    *PRIVILEGES,
    *ROW_SECURITY,
    *CONTEXT,
    *KEYS,
    *PLANS,
    *DECLARED,
    *DOORS,
]
# A server cannot be made older.
SEEN_TO_FAIL_BY_THEMSELVES = {"server_version"}


@asynccontextmanager
async def sabotaged(template: TestDatabase, *statements: str, undo: str = "") -> AsyncIterator[TestDatabase]:
    """A copy of the migrated database, with holes in it; those of the cluster are closed at the end."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    try:
        for sql in statements:
            await superuser.execute(sql.replace("{database}", database.name))
            await superuser.execute("reset role")
        yield database
    finally:
        await superuser.execute(f"reset role; {undo}")
        await superuser.close()


async def examined(database: TestDatabase, catalog: Catalog | None, login: str = "bulkhead_app") -> Report:
    """What the server would learn at its start."""
    connection = await asyncpg.connect(database.app_url.replace("bulkhead_app@", f"{login}@"))
    try:
        return await examine(connection, catalog)
    finally:
        await connection.close()


def holes(report: Report) -> set[tuple[str, str]]:
    """Pairs of check and object."""
    return {(finding.check, finding.object) for finding in report.findings}


def check_named(name: str) -> Check:
    """The check of that name."""
    return next(check for check in load_checks() if check.name == name)


@pytest.mark.parametrize("sabotage", SABOTAGE, ids=str)
async def test_hole_is_named(template: TestDatabase, catalog: Catalog, sabotage: Sabotage) -> None:
    async with sabotaged(template, *sabotage.holes.values(), undo=sabotage.undo) as database:
        report = await examined(database, catalog, sabotage.login)
    made = {hole.replace("{database}", database.name) for hole in sabotage.holes}
    named = {object_ for check, object_ in holes(report) if check == sabotage.check}
    if sabotage.also is None:
        assert made <= named
    else:
        assert made == named
        assert {check for check, _ in holes(report)} == {sabotage.check, *sabotage.also}


def test_every_check_is_seen_to_fail() -> None:
    covered = {sabotage.check for sabotage in SABOTAGE} | SEEN_TO_FAIL_BY_THEMSELVES
    assert covered == {check.name for check in load_checks()}


async def test_migrated_database_is_clean(template: TestDatabase, catalog: Catalog) -> None:
    report = await examined(template, catalog)
    assert not report.findings
    assert [result.check for result in report.results] == list(load_checks())


async def test_the_four_classic_mistakes_are_each_named(template: TestDatabase, catalog: Catalog) -> None:
    mistakes = """
        alter table public.integrations no force row level security;
        alter table public.connections add constraint lone unique (id);
        alter table public.sync_jobs add constraint single
          foreign key (connection_id) references public.connections (id);
        create view public.everybody as select * from public.users;
        alter role bulkhead_app bypassrls;
    """
    async with sabotaged(template, mistakes, undo="alter role bulkhead_app nobypassrls") as database:
        found = holes(await examined(database, catalog))
    assert found >= {
        ("forced_row_security", "public.integrations"),
        ("foreign_keys", "public.sync_jobs single"),
        ("views", "public.everybody"),
        ("role_attributes", "bulkhead_app"),
    }


async def test_login_that_is_only_a_member_of_the_requests_role_is_clean(
    template: TestDatabase, catalog: Catalog
) -> None:
    async with sabotaged(
        template, "create role service login in role bulkhead_app", undo="drop role service"
    ) as database:
        assert (await examined(database, catalog, "service")).clean


async def test_administration_that_a_creator_is_granted_is_no_hole(template: TestDatabase, catalog: Catalog) -> None:
    async with sabotaged(
        template,
        "grant bulkhead_platform to bulkhead_owner with admin true, inherit false, set false",
        undo="revoke bulkhead_platform from bulkhead_owner",
    ) as database:
        assert (await examined(database, catalog)).clean


async def test_what_requests_cannot_misuse_is_no_hole(template: TestDatabase, catalog: Catalog) -> None:
    harmless = """
        set role bulkhead_owner;
        create view public.everybody with (security_invoker) as select * from public.users;
        create index words on public.users using gin (to_tsvector('simple', name));
        create table public.colours (name text primary key);
    """
    async with sabotaged(template, harmless) as database:
        assert (await examined(database, catalog)).clean


async def test_database_that_was_never_migrated_is_asked_nothing_else(template: TestDatabase, catalog: Catalog) -> None:
    report = await examined(await create_database(template.server), catalog)
    assert [result.check.name for result in report.results] == ["migrated"]
    assert "bulkhead migrate" in report.findings[0].problem


@pytest.mark.parametrize(
    ("version", "clean"), [("150013", False), ("160010", True), ("170005", False), ("190000", True)]
)
async def test_server_without_the_fixes_is_named(template: TestDatabase, version: str, clean: bool) -> None:
    sql = check_named("server_version").sql.replace("current_setting('server_version_num')", f"'{version}'")
    connection = await template.app()
    try:
        assert (await connection.fetch(sql) == []) is clean
    finally:
        await connection.close()


async def test_edge_to_an_entity_that_not_everyone_reads_is_named(template: TestDatabase, catalog: Catalog) -> None:
    user = catalog["User"]
    for_admins = replace(user, access=replace(user.access, read=Role.ADMIN))
    declared = replace(catalog, entities={**catalog.entities, "User": for_admins})
    assert holes(await examined(template, declared)) == {("visible_edges", "public.connections.user_id")}


async def test_without_a_catalog_declarations_are_not_compared(template: TestDatabase) -> None:
    async with sabotaged(template, "grant select on public.users to bulkhead_app") as database:
        assert (await examined(database, None)).clean


async def test_report_as_json_has_an_entry_for_each_check(template: TestDatabase, catalog: Catalog) -> None:
    async with sabotaged(template, "alter table public.users no force row level security") as database:
        entries = (await examined(database, catalog)).as_json()
    assert len(entries) == len(load_checks())
    (entry,) = (entry for entry in entries if not entry["clean"])
    assert entry == {
        "rule": 2,
        "check": "forced_row_security",
        "title": "Row-level security is enabled and forced on every table that requests reach",
        "clean": False,
        "why": check_named("forced_row_security").why,
        "fix": "alter table … enable row level security, force row level security",
        "holes": [{"object": "public.users", "problem": "row-level security is not forced"}],
    }


def test_functions_that_the_check_lists_are_those_that_are_granted() -> None:
    listed = re.findall(r"'(app\.[^']+\))'", check_named("callable_functions").sql)
    granted = [function.replace(", ", ",") for function in (*CALLABLE_FUNCTIONS, *AUDIT_FUNCTIONS, SEARCH_QUERY)]
    assert listed == [*granted, "app.schema_revision()"]
