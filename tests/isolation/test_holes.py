"""Known ways to lose a tenant boundary, tried on the database by whoever holds a connection of the requests' role.

The numbers are those of the list of holes (docs: security). What is a matter of the catalogue is checked by
`bulkhead doctor`; the matrix of tenants covers 10, 12, 13, 14 and 16.
"""

import asyncio
from io import BytesIO

import asyncpg
import pytest

from app.catalog import Entity
from app.db.embedded import EmbeddedServer
from app.db.migrations import migrate
from app.isolation.roles import APP, OWNER
from app.model import Role
from tests.conftest import World, create_database
from tests.isolation.commands import sweeping_statements
from tests.isolation.rows import ENTITIES, Session, every_entity, insert, valid_row
from tests.isolation.sessions import Outcome, acting, attempt, expected, failure, undone
from tests.world import ACME, GLOBEX

NO_ROLES = (
    "PLATFORM_ADMIN",
    "SUPERUSER",
    "owner",
    " OWNER",
    "OWNER ",
    "OWNER,ADMIN",
    "('OWNER')",
    "*",
    "%",
    APP,
    OWNER,
)
_IN_PG_CLASS = "from pg_class where oid = $1::text::regclass"
ELEVATIONS = ("app.is_admin = 'true'", "app.bypass_rls = 'on'", "app.is_superuser = 'on'", "app.roles = 'OWNER'")


async def test_hole_4_giving_up_a_role_regains_nothing(app_session: Session) -> None:
    for statement in ("reset role", "set role none", "reset session authorization", "reset all"):
        await app_session.execute(statement)
        row = await app_session.fetchrow("select current_user, session_user, current_setting('is_superuser')")
        assert row is not None
        assert tuple(row) == (APP, APP, "off"), statement
        assert await app_session.fetch("select 1 from public.users") == []


async def test_hole_3_there_is_no_other_role_to_become(app_session: Session, superuser: Session) -> None:
    for (role,) in await superuser.fetch("select rolname from pg_roles where rolname <> $1", APP):
        for statement in (f'set role "{role}"', f'set session authorization "{role}"'):
            assert await attempt(app_session, statement) is Outcome.NO_GRANT, statement


@pytest.mark.parametrize("role", NO_ROLES)
async def test_hole_9_role_that_does_not_exist_can_do_nothing(
    app_session: Session, superuser: Session, role: str
) -> None:
    for entity in ENTITIES:
        row = await valid_row(superuser, entity, ACME.id)
        async with acting(app_session, role=role, user=ACME.user("owner")):
            for _, statement, values in sweeping_statements(entity):
                assert await attempt(app_session, statement, *values) in (Outcome.NOTHING, Outcome.NO_GRANT), statement
            assert await attempt(app_session, *insert(entity, row)) in (Outcome.REFUSED, Outcome.NO_GRANT)


@every_entity
async def test_hole_9_no_setting_of_a_clients_own_elevates(app_session: Session, entity: Entity) -> None:
    role = Role.VIEWER
    for setting in ELEVATIONS:
        for command, statement, values in sweeping_statements(entity):
            async with acting(app_session, role=role):
                await app_session.execute(f"set local {setting}")
                tenants = {row[0] for row in await app_session.fetch(f"select tenant_id from {entity.sql_name}")}
                assert tenants <= {ACME.id}
                wanted = expected(entity.access, command, role, owns=False)
                assert await attempt(app_session, statement, *values) is wanted, (setting, statement)


async def test_hole_9_triggers_cannot_be_switched_off(app_session: Session) -> None:
    assert await attempt(app_session, "set session_replication_role = replica") is Outcome.NO_GRANT


@pytest.mark.parametrize("tenant", ["*", "%", "null", "00000000", "acme' or '1'='1"])
@every_entity
async def test_hole_10_tenant_that_is_no_id_gives_no_rows(app_session: Session, entity: Entity, tenant: str) -> None:
    async with undone(app_session):
        await app_session.execute("select set_config('app.tenant_id', $1, true)", tenant)
        await app_session.execute("set local app.role = 'OWNER'")
        error = await failure(app_session, f"select {entity.key.name} from {entity.sql_name}")
        assert error is not None
        assert error.state == "22P02"  # not a UUID


async def test_hole_18_statistics_of_tenant_tables_show_nothing(app_session: Session, superuser: Session) -> None:
    await superuser.execute("analyze")
    views = ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs")
    assert await superuser.fetchval("select count(*) from pg_stats where schemaname = 'public'") > len(ENTITIES)
    async with acting(app_session):
        for view in views:
            query = f"select count(*) from {view} where schemaname in ('public', 'app', 'platform')"
            assert await app_session.fetchval(query) == 0, view
        for catalog in ("pg_statistic", "pg_statistic_ext_data"):
            assert await attempt(app_session, f"select * from {catalog}") is Outcome.NO_GRANT


@every_entity
async def test_hole_21_statement_prepared_for_one_tenant_serves_each_its_own(world: World, entity: Entity) -> None:
    session = await world.database.app()
    await session.execute("set plan_cache_mode = force_generic_plan")
    statement = await session.prepare(f"select tenant_id, app.current_tenant() from {entity.sql_name}")
    for tenant in (ACME, GLOBEX, ACME):
        async with acting(session, tenant.id):
            assert {tuple(row) for row in await statement.fetch()} == {(tenant.id, tenant.id)}
    assert await statement.fetch() == []
    for role in Role:
        async with acting(session, role=role):
            assert bool(await statement.fetch()) is (expected(entity.access, "read", role) is Outcome.DONE)
    await session.close()


@every_entity
async def test_hole_21_statement_prepared_by_a_role_past_policies_is_planned_anew(world: World, entity: Entity) -> None:
    session = await world.database.superuser()
    await session.execute("set plan_cache_mode = force_generic_plan")
    statement = await session.prepare(f"select tenant_id from {entity.sql_name}")
    assert {row[0] for row in await statement.fetch()} == {ACME.id, GLOBEX.id}
    async with acting(session, GLOBEX.id):
        await session.execute(f"set local role {APP}")
        assert {row[0] for row in await statement.fetch()} == {GLOBEX.id}
    await session.close()


async def test_hole_22_context_is_never_folded_into_a_plan(app_session: Session) -> None:
    functions = ("app.current_tenant()", "app.current_user_id()", "app.current_role_name()")
    await app_session.execute("set plan_cache_mode = force_generic_plan")
    statement = await app_session.prepare(f"select {', '.join(functions)}")
    for tenant, role in ((ACME, Role.OWNER), (GLOBEX, Role.VIEWER)):
        user = tenant.user(role.lower())
        async with acting(app_session, tenant.id, role, user):
            row = await statement.fetchrow()
            assert row is not None
            assert tuple(row) == (tenant.id, user, role)
    await app_session.execute("reset plan_cache_mode")


async def test_hole_25_temporary_tables_cannot_be_made(server: EmbeddedServer) -> None:
    # In a database that was migrated rather than copied: the grants of a database itself are not copied along.
    database = await create_database(server)
    await asyncio.to_thread(migrate, database.owner_url)
    session = await database.app()
    for statement in ("create temp table kept as select 1", "create temp view kept as select 1"):
        assert await attempt(session, statement) is Outcome.NO_GRANT
    await session.close()


@pytest.mark.parametrize("shape", ["inherits", "partition"])
async def test_hole_26_and_32_new_tables_and_children_are_closed_until_granted(
    fresh_world: World, fresh_app_session: Session, fresh_superuser: Session, shape: str
) -> None:
    tails = {"inherits": "(like public.users) inherits (public.users)", "partition": "(a int) partition by list (a)"}
    async with fresh_superuser.transaction():
        await fresh_superuser.execute(f"set local role {OWNER}")
        await fresh_superuser.execute(f"create table public.newcomers {tails[shape]}")
    async with acting(fresh_app_session):
        for statement in ("select * from public.newcomers", "delete from public.newcomers"):
            assert await attempt(fresh_app_session, statement) is Outcome.NO_GRANT
        tenants = await fresh_app_session.fetch("select tenant_id from public.users")
        assert {row[0] for row in tenants} == {ACME.id}


@every_entity
async def test_hole_27_tables_cannot_be_emptied_altered_or_built_upon(app_session: Session, entity: Entity) -> None:
    table, key = entity.sql_name, entity.key.name
    statements = (
        f"truncate {table}",
        f"truncate {table} cascade",
        f"alter table {table} disable row level security",
        f"alter table {table} no force row level security",
        f"alter table {table} disable trigger all",
        f"drop policy tenant_floor on {table}",
        f"create policy mine on {table} using (true)",
        f"create trigger spy before insert on {table} for each row execute function app.audit_rows()",
        f"create table public.probe (tenant_id uuid, id uuid, foreign key (tenant_id) references {table} ({key}))",
        f"create view public.probe as select * from {table}",
        f"create index on {table} ({key})",
        f"create statistics probe on tenant_id, {key} from {table}",
    )
    async with acting(app_session):
        for statement in statements:
            error = await failure(app_session, statement)
            assert error is not None, statement
            assert error.state == "42501", (statement, error)
        # GRANT by somebody who may not is a warning, as the standard has it; it must be without effect.
        acl = f"select relacl::text, array(select attacl::text from pg_attribute where attrelid = oid) {_IN_PG_CLASS}"
        before = await app_session.fetchrow(acl, table)
        await failure(app_session, f"grant all on {table} to public")
        assert await app_session.fetchrow(acl, table) == before


@every_entity
async def test_hole_31_copy_out_is_filtered_or_refused(
    app_session: Session, superuser: Session, entity: Entity
) -> None:
    ours = await superuser.fetchval(f"select count(*) from {entity.sql_name} where tenant_id = $1", ACME.id)
    by_query, by_table = BytesIO(), BytesIO()
    async with acting(app_session):
        await app_session.copy_from_query(f"select tenant_id from {entity.sql_name}", output=by_query)
        await app_session.copy_from_table(
            entity.table, schema_name=entity.schema, columns=["tenant_id"], output=by_table
        )
        for destination in ("'/tmp/stolen'", "program 'cat'"):
            statement = f"copy {entity.sql_name} (tenant_id) to {destination}"
            assert await attempt(app_session, statement) is not Outcome.DONE
    for output in (by_query, by_table):
        assert output.getvalue().decode().split() == [str(ACME.id)] * ours


@every_entity
async def test_hole_31_copy_in_is_refused(app_session: Session, superuser: Session, entity: Entity) -> None:
    values = await valid_row(superuser, entity, ACME.id)
    line = BytesIO("\t".join(str(value) for value in values.values()).encode())
    async with acting(app_session):
        with pytest.raises((asyncpg.FeatureNotSupportedError, asyncpg.InsufficientPrivilegeError)):
            await app_session.copy_to_table(entity.table, schema_name=entity.schema, source=line, columns=list(values))


@every_entity
async def test_hole_31_row_security_off_is_an_error_rather_than_rows(app_session: Session, entity: Entity) -> None:
    for context in (acting(app_session), undone(app_session)):
        async with context:
            await app_session.execute("set local row_security = off")
            error = await failure(app_session, f"select tenant_id from {entity.sql_name}")
            assert error is not None
            assert error.state == "42501"
