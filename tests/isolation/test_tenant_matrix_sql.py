"""Every tenant table by whose row by select, insert, update, delete, in raw SQL as the requests' role.

Twice: with the grants as they are declared, and with every privilege granted, where nothing but the policies stands in
the way. "Theirs" is a row of globex, "nobody's" one that does not exist; the caller is acme's owner.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from app.catalog import Entity
from app.catalog.facts import ForeignKey
from app.isolation.roles import APP
from app.model import Role
from app.model.access import Command
from app.plan.writes import keys_of
from tests.conftest import TestDatabase, World, create_database
from tests.isolation.commands import aimed_statements, sweeping_statements
from tests.isolation.rows import (
    CATALOG,
    ENTITIES,
    Session,
    add_row,
    enter,
    every_entity,
    insert,
    sample,
    snapshot,
    some_id,
    valid_row,
)
from tests.isolation.sessions import Outcome, acting, attempt, expected, failure, undone
from tests.world import ACME, GLOBEX, NOBODY_ID

EVERY_PRIVILEGE = f"grant all on all tables in schema public to {APP}"

every_reference = pytest.mark.parametrize(
    ("entity", "key"),
    [(e, key) for e in ENTITIES for key in e.foreign_keys if CATALOG[key.target_name].tenant is not None],
    ids=lambda item: item.column.name if isinstance(item, ForeignKey) else item.name,
)


@dataclass(frozen=True)
class Ground:
    """A database to attack, and to look at from above."""

    app: Session
    superuser: Session
    privileged: bool

    def granted(self, entity: Entity, command: Command) -> bool:
        """Whether the role may run the command at all."""
        return self.privileged or entity.access.lowest_role(command) is not None


@pytest.fixture(scope="module", params=[False, True], ids=["grants-as-declared", "every-privilege"])
async def ground(request: pytest.FixtureRequest, template: TestDatabase) -> AsyncIterator[Ground]:
    """Both tenants, and a row in every table."""
    database = await create_database(template.server, template.name)
    ground = Ground(await database.app(), await database.superuser(), request.param)
    if ground.privileged:
        await ground.superuser.execute(EVERY_PRIVILEGE)
    yield ground
    await ground.app.close()
    await ground.superuser.close()


@every_entity
async def test_callers_see_all_rows_of_their_tenant_and_no_other(ground: Ground, entity: Entity) -> None:
    count = f"select count(*) from {entity.sql_name} where tenant_id = $1"
    for tenant in (ACME, GLOBEX):
        async with acting(ground.app, tenant.id):
            seen = [row[0] for row in await ground.app.fetch(f"select tenant_id from {entity.sql_name}")]
        assert set(seen) == {tenant.id}
        assert len(seen) == await ground.superuser.fetchval(count, tenant.id)


@every_entity
async def test_other_tenants_row_can_be_neither_read_nor_changed_nor_deleted(ground: Ground, entity: Entity) -> None:
    theirs = await some_id(ground.superuser, entity, GLOBEX.id)
    before = await snapshot(ground.superuser, GLOBEX.id)
    for command, statement, values in aimed_statements(entity, GLOBEX.id, theirs):
        async with acting(ground.app):
            outcome = await attempt(ground.app, statement, *values)
            assert outcome is (Outcome.NOTHING if ground.granted(entity, command) else Outcome.NO_GRANT), statement
    assert await snapshot(ground.superuser, GLOBEX.id) == before


@pytest.mark.parametrize("settings", [[], ["app.tenant_id = ''"]], ids=["unset", "empty"])
@every_entity
async def test_without_a_tenant_there_are_no_rows_and_no_writes(
    ground: Ground, entity: Entity, settings: list[str]
) -> None:
    a_row = await some_id(ground.superuser, entity, ACME.id)
    new_row = await valid_row(ground.superuser, entity, ACME.id)
    async with undone(ground.app):
        for setting in (*settings, "app.role = 'OWNER'", f"app.user_id = '{ACME.user('owner')}'"):
            await ground.app.execute(f"set local {setting}")
        for command, statement, values in (*aimed_statements(entity, ACME.id, a_row), *sweeping_statements(entity)):
            outcome = await attempt(ground.app, statement, *values)
            assert outcome is (Outcome.NOTHING if ground.granted(entity, command) else Outcome.NO_GRANT), statement
        refused = Outcome.REFUSED if ground.granted(entity, "create") else Outcome.NO_GRANT
        assert await attempt(ground.app, *insert(entity, new_row)) is refused


@every_entity
async def test_row_stamped_with_another_tenant_cannot_be_inserted(ground: Ground, entity: Entity) -> None:
    refused = Outcome.REFUSED if ground.granted(entity, "create") else Outcome.NO_GRANT
    for tenant in (GLOBEX.id, NOBODY_ID):
        values = await valid_row(ground.superuser, entity, GLOBEX.id) | {"tenant_id": tenant}
        for tail in ("", "returning tenant_id", "on conflict do nothing"):
            async with acting(ground.app):
                assert await attempt(ground.app, *insert(entity, values, tail)) is refused, (tenant, tail)


@every_entity
async def test_own_row_cannot_be_given_to_another_tenant(ground: Ground, entity: Entity) -> None:
    ours = await some_id(ground.superuser, entity, ACME.id)
    key = entity.key.name
    for tail, values in (("", ()), (f"where {key} = $2", (ours,)), (f"where {key} = $2 returning {key}", (ours,))):
        async with acting(ground.app):
            statement = f"update {entity.sql_name} set tenant_id = $1 {tail}"
            outcome = await attempt(ground.app, statement, GLOBEX.id, *values)
        # Nobody has a grant on the tenant column. Where it is given all the same, the floor's check refuses the row;
        # a row that nobody may update is not even found.
        with_grant = Outcome.REFUSED if entity.access.update else Outcome.NOTHING
        assert outcome is (with_grant if ground.privileged else Outcome.NO_GRANT), statement


@every_entity
async def test_owner_of_a_tenant_inserts_rows_that_no_other_tenant_sees(ground: Ground, entity: Entity) -> None:
    wanted = expected(entity.access, "create", Role.OWNER)
    if ground.privileged and wanted is Outcome.NO_GRANT:
        wanted = Outcome.REFUSED  # the gate of a command that is nobody's holds without the missing grant
    values = await valid_row(ground.superuser, entity, ACME.id)
    query = f"select count(*) from {entity.sql_name} where {entity.key.name} = $1"
    async with acting(ground.app):
        assert await attempt(ground.app, *insert(entity, values)) is wanted
        if wanted is Outcome.DONE:
            assert await ground.app.fetchval(query, values[entity.key.name]) == 1
            await enter(ground.app, GLOBEX.id)
            assert await ground.app.fetchval(query, values[entity.key.name]) == 0


@every_entity
async def test_conflict_with_another_tenants_key_shows_in_no_way(ground: Ground, entity: Entity) -> None:
    theirs = await add_row(ground.superuser, entity, GLOBEX.id) if entity.key is not entity.tenant else None
    column = entity.updatable[0].name
    for key in keys_of(entity):
        names = ", ".join(dict.fromkeys(["tenant_id", *(c.name for c in key.columns)]))
        live = f"where {entity.deleted.name} is null" if entity.deleted and key in entity.uniques else ""
        taken = {c.name: theirs[c.name] if theirs else GLOBEX.id for c in key.columns}
        free = {c.name: sample(c) for c in key.columns}
        for action in ("do nothing", f"do update set {column} = excluded.{column}"):
            for tenant in (ACME.id, GLOBEX.id):
                row = await valid_row(ground.superuser, entity, tenant)
                tail = f"on conflict ({names}) {live} {action} returning tenant_id"
                outcomes = [await _outcome(ground, entity, row | values, tail) for values in (taken, free)]
                assert outcomes[0] == outcomes[1], (key.field, action, tenant)
                assert tenant == ACME.id or outcomes[0] in (Outcome.REFUSED, Outcome.NO_GRANT)


async def _outcome(ground: Ground, entity: Entity, values: dict[str, Any], tail: str) -> Outcome:
    async with acting(ground.app):
        return await attempt(ground.app, *insert(entity, values, tail))


@every_reference
async def test_reference_to_another_tenants_row_fails_like_one_to_nothing(
    ground: Ground, entity: Entity, key: ForeignKey
) -> None:
    theirs = await some_id(ground.superuser, CATALOG[key.target_name], GLOBEX.id)
    ours = await some_id(ground.superuser, entity, ACME.id)
    row = await valid_row(ground.superuser, entity, ACME.id)
    update = f"update {entity.sql_name} set {key.column.name} = $1 where {entity.key.name} = $2"
    failures = []
    for target in (theirs, NOBODY_ID):
        async with acting(ground.app):
            inserted = await failure(ground.app, *insert(entity, row | {key.column.name: target}))
            updated = await failure(ground.app, update, target, ours)
        assert inserted is not None
        assert updated is not None
        assert inserted.state == ("23503" if ground.granted(entity, "create") else "42501")
        assert updated.state == ("23503" if ground.granted(entity, "update") else "42501")
        failures.append((inserted.without(target), updated.without(target)))
    assert failures[0] == failures[1]


@every_reference
async def test_deletion_cascades_within_the_tenant_only(ground: Ground, entity: Entity, key: ForeignKey) -> None:
    parent = CATALOG[key.target_name]
    if not ground.granted(parent, "delete") or parent.deleted:
        pytest.skip(f"no request deletes a {parent.name} for good")
    # The other tenant's rows have the same ids: a cascade that looked at the id alone would take them along.
    parent_id, child_id = sample(parent.key), sample(entity.key)
    for tenant in (ACME.id, GLOBEX.id):
        await add_row(ground.superuser, parent, tenant, **{parent.key.name: parent_id})
        await add_row(ground.superuser, entity, tenant, **{entity.key.name: child_id, key.column.name: parent_id})
    theirs = await snapshot(ground.superuser, GLOBEX.id)
    async with acting(ground.app):
        deletion = f"delete from {parent.sql_name} where {parent.key.name} = $1"
        if key.on_delete == "RESTRICT":
            assert await failure(ground.app, deletion, parent_id) is not None
            return
        assert await attempt(ground.app, deletion, parent_id) is Outcome.DONE
        left = f"select count(*) from {entity.sql_name} where {entity.key.name} = $1"
        assert await ground.app.fetchval(left, child_id) == 0
        await enter(ground.app, GLOBEX.id)
        assert await ground.app.fetchval(left, child_id) == 1
    assert await snapshot(ground.superuser, GLOBEX.id) == theirs


async def test_all_that_one_tenant_can_do_leaves_the_other_as_it_was(
    fresh_world: World, fresh_app_session: Session, fresh_superuser: Session
) -> None:
    await fresh_superuser.execute(EVERY_PRIVILEGE)
    theirs = await snapshot(fresh_superuser, GLOBEX.id)
    done = 0
    for entity in reversed(ENTITIES):
        for _, statement, values in (
            *aimed_statements(entity, GLOBEX.id, await some_id(fresh_superuser, entity, GLOBEX.id)),
            *sweeping_statements(entity),
        ):
            try:
                async with fresh_app_session.transaction():
                    await enter(fresh_app_session, ACME.id)
                    done += not (await fresh_app_session.execute(statement, *values)).endswith(" 0")
            except asyncpg.InsufficientPrivilegeError:
                assert entity.append_only
    assert done > len(ENTITIES)
    assert await snapshot(fresh_superuser, GLOBEX.id) == theirs
