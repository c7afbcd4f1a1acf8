"""Every change leaves an entry in the audit log, whoever makes it and however; and there it stays, as it is."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from app.catalog import Entity, Kind
from app.catalog.names import snake
from app.graph.names import write_fields
from app.graph.operations import answers_with
from app.isolation.roles import OWNER, PLATFORM
from app.model.entity import Audit
from tests.conftest import World
from tests.isolation.attacks import targets
from tests.isolation.commands import deletion
from tests.isolation.operations import OperationProbe, operation_calls
from tests.isolation.probes import Variables, fresh_input, reference_probes, some_change, update_document
from tests.isolation.rows import (
    CATALOG,
    ENTITIES,
    Session,
    Values,
    add_row,
    as_json,
    as_parameter,
    enter,
    insert,
    snapshot,
    valid_row,
)
from tests.isolation.sessions import Outcome, acting, attempt, failure, undone
from tests.world import ACME, GLOBEX

LOG = CATALOG["AuditLog"]
LOGS = [entity for entity in ENTITIES if entity.append_only]
SECRET = "a-secret-that-no-log-may-hold"


def entities_with(audit: Audit) -> pytest.MarkDecorator:
    """Runs a test for every entity whose changes reach the log in that way."""
    return pytest.mark.parametrize("entity", [e for e in ENTITIES if e.audit is audit], ids=lambda e: e.name)


async def entries(session: Session, entity: Entity, target_id: UUID | None = None) -> list[Values]:
    """The log's entries on acme's rows of an entity; on one row, if it is given. Oldest transaction first."""
    where = "tenant_id = $1 and target_type = $2 and target_id is not distinct from $3"
    columns = ", ".join(c.name for c in LOG.columns if not c.hidden)
    query = f"select {columns} from {LOG.sql_name} where {where} order by created_at, id"
    found = [dict(row) for row in await session.fetch(query, ACME.id, entity.name, target_id and str(target_id))]
    for entry in found:
        entry |= {name: orjson.loads(entry[name] or "null") for name in ("changes", "meta")}
    return found


@entities_with(Audit.EVERY_ROW)
async def test_each_change_through_graphql_leaves_an_entry_of_who_did_what(
    world: World, superuser: Session, entity: Entity
) -> None:
    row = fresh_input(entity, await valid_row(superuser, entity, ACME.id))
    key = ACME.id if entity.key is entity.tenant else UUID(row[entity.key.field or ""])
    ((field, value),) = some_change(entity).items()
    wanted = []
    for kind, mutation in write_fields(entity).items():
        if command := {"create": "created", "update": "updated", "delete": "deleted"}.get(mutation):
            document, variables = _mutation(entity, kind, mutation, row, {field: value}, key)
            await world.data(document, variables)
            wanted.append(command)
    found = (await entries(superuser, entity, key))[-len(wanted) :]
    assert [e["action"] for e in found] == [f"{snake(entity.name)}.{command}" for command in wanted]
    for entry in found:
        actor = (entry["actor_user_id"], entry["actor_type"], entry["actor_role"])
        assert actor == (ACME.user("owner"), "USER", "OWNER")
        assert (entry["request_id"], entry["ip_address"]) == ("test", "192.0.2.1")
    changes = {command: entry["changes"] for command, entry in zip(wanted, found, strict=True)}
    # A row that can be restored is deleted by an update.
    deleted = {"before", "after"} if entity.deleted else {"before"}
    sides = {"created": {"after"}, "updated": {"before", "after"}, "deleted": deleted}
    assert {command: set(told) for command, told in changes.items()} == {command: sides[command] for command in wanted}
    column = entity.field(field).name
    if "created" in changes:
        written = {c.name: row[c.field] for c in entity.creatable if c.field in row and c.kind is Kind.TEXT}
        assert written.items() <= changes["created"]["after"].items()
    if "updated" in changes:
        assert changes["updated"]["after"] == {column: value}
        assert changes["updated"]["before"].keys() == {column}
        assert changes["updated"]["before"] != {column: value}


def _mutation(
    entity: Entity, field: str, kind: str, row: Variables, change: Variables, key: UUID
) -> tuple[str, Variables]:
    this = {entity.key.field: str(key)}
    if kind == "create":
        return f"mutation ($row: {entity.name}Create!) {{ {field}(input: $row) {{ id }} }}", {"row": row}
    if kind == "update":
        return update_document(entity, field), {"by": this, "set": change}
    return f"mutation ($by: {entity.name}Key!) {{ {field}(by: $by) {{ id }} }}", {"by": this}


@entities_with(Audit.EVERY_ROW)
async def test_each_change_in_raw_sql_leaves_an_entry(app_session: Session, superuser: Session, entity: Entity) -> None:
    row = await valid_row(superuser, entity, ACME.id)
    key, (field, value) = entity.key.name, next(iter(some_change(entity).items()))
    column = entity.field(field)
    wanted = []
    async with acting(app_session):
        if entity.access.create:
            await app_session.execute(*insert(entity, row))
            wanted.append("created")
        target = row[key] if entity.access.create else ACME.id
        if entity.access.update:
            update = f"update {entity.sql_name} set {column.name} = $1 where {key} = $2"
            await app_session.execute(update, as_parameter(column, value), target)
            wanted.append("updated")
        if entity.access.delete:
            await app_session.execute(f"{deletion(entity)} where {key} = $1", target)
            wanted.append("deleted")
        found = [e for e in await entries(app_session, entity, target) if e["request_id"] == "sql"]
    assert {e["action"] for e in found} == {f"{snake(entity.name)}.{action}" for action in wanted}
    assert len(found) == len(wanted)
    assert {(e["actor_user_id"], e["actor_role"], e["ip_address"]) for e in found} == {
        (ACME.user("owner"), "OWNER", "192.0.2.2")
    }


@entities_with(Audit.EVERY_ROW)
async def test_secrets_never_reach_the_log(superuser: Session, entity: Entity) -> None:
    secrets = [c for c in entity.columns if not c.is_readable and c.kind is Kind.TEXT]
    root = entity.key is entity.tenant
    for column in secrets:
        sealed = f"v1.1.{SECRET}" if column.secret else SECRET
        row = {entity.key.name: ACME.id} if root else await add_row(superuser, entity, ACME.id, **{column.name: sealed})
        async with undone(superuser):
            await enter(superuser, ACME.id)
            for value in (f"{sealed}-2", None, f"{sealed}-3"):
                update = f"update {entity.sql_name} set {column.name} = $1 where {entity.key.name} = $2"
                await superuser.execute(update, value, row[entity.key.name])
            if not root:
                await superuser.execute(f"delete from {entity.sql_name} where {entity.key.name} = $1", row["id"])
            changes = [e["changes"] for e in await entries(superuser, entity, row[entity.key.name])]
            assert SECRET not in orjson.dumps(changes).decode()
            told = {tuple(c.get(side, {}).get(column.name, "-") for side in ("before", "after")) for c in changes}
            assert told >= {("***", "***"), ("***", None), (None, "***")}
            assert root or told >= {("-", "***"), ("***", "-")}  # made and deleted
    log = await superuser.fetchval(f"select string_agg(t::text, '') from {LOG.sql_name} as t")
    assert SECRET not in log


def test_there_are_secrets_to_mask() -> None:
    assert "Integration.credentials" in {f"{e.name}.{c.name}" for e in ENTITIES for c in e.columns if not c.is_readable}


@entities_with(Audit.EVERY_STATEMENT)
async def test_statement_over_many_rows_leaves_one_entry_with_their_number(
    app_session: Session, superuser: Session, entity: Entity
) -> None:
    rows = [await valid_row(superuser, entity, ACME.id) for _ in range(3)]
    async with acting(app_session):
        before = len(await entries(app_session, entity))
        names, count = list(rows[0]), len(rows[0])
        places = [f"({', '.join(f'${r * count + c + 1}' for c in range(count))})" for r in range(len(rows))]
        values = [as_parameter(entity.column(name), row[name]) for row in rows for name in names]
        statement = f"insert into {entity.sql_name} ({', '.join(names)}) values {', '.join(places)}"
        await app_session.execute(statement, *values)
        keys, column = [row[entity.key.name] for row in rows], entity.updatable[0].name
        for command in (f"update {entity.sql_name} set {column} = {column}", f"delete from {entity.sql_name}"):
            await app_session.execute(f"{command} where {entity.key.name} = any ($1)", keys)
            await app_session.execute(f"{command} where false")
        found = (await entries(app_session, entity))[before:]
    assert sorted(e["action"] for e in found) == [
        f"{snake(entity.name)}.{a}" for a in ("created", "deleted", "updated")
    ]
    assert [e["meta"] for e in found] == [{"rows": 3}] * 3
    assert {(e["actor_user_id"], e["actor_role"], e["changes"]) for e in found} == {(ACME.user("owner"), "OWNER", None)}


async def test_bulk_ingest_leaves_one_entry_with_the_count(world: World, superuser: Session) -> None:
    entity = CATALOG["AnalyticsEvent"]
    before = len(await entries(superuser, entity))
    query = "mutation ($events: [AnalyticsEventCreate!]!) { ingestAnalyticsEvents(events: $events) { count } }"
    events = [{"eventType": "page", "eventName": f"viewed-{i}"} for i in range(50)]
    assert await world.data(query, {"events": events}) == {"ingestAnalyticsEvents": {"count": 50}}
    (entry,) = (await entries(superuser, entity))[before:]
    assert (entry["action"], entry["meta"], entry["request_id"]) == ("analytics_event.created", {"rows": 50}, "test")


async def test_failed_mutations_leave_no_entry(world: World, superuser: Session) -> None:
    count = f"select count(*) from {LOG.sql_name} where request_id = 'test'"
    for entity in ENTITIES:
        row = await valid_row(superuser, entity, ACME.id)
        existing = ACME.id if entity.key is entity.tenant else (await add_row(superuser, entity, ACME.id))["id"]
        _, ours, nobodys = await targets(superuser, entity)
        before = await superuser.fetchval(count)
        for probe in reference_probes(entity, row, existing):
            _, _, nobody = await targets(superuser, probe.aims_at)
            assert "errors" in await world.answer(probe.document, probe.variables(nobody))
        if entity.access.create:
            taken = fresh_input(entity, row) | {entity.key.field: as_json(ours[entity.key.name])}
            creation = f"mutation ($row: {entity.name}Create!) {{ create{entity.name}(input: $row) {{ id }} }}"
            assert "errors" in await world.answer(creation, {"row": taken})
        if entity.access.update:
            update = update_document(entity, f"update{entity.name}")
            variables = {"by": {entity.key.field: as_json(nobodys[entity.key.name])}, "set": some_change(entity)}
            assert "errors" in await world.answer(update, variables)
            variables["by"] = {entity.key.field: as_json(ours[entity.key.name])}
            assert "errors" in await world.answer(update, variables, as_=ACME.principal("viewer"))
        assert await superuser.fetchval(count) == before, entity.name


async def test_log_cannot_be_written_by_the_requests_role(app_session: Session, superuser: Session) -> None:
    row = await valid_row(superuser, LOG, ACME.id)
    async with acting(app_session):
        for log in LOGS:
            new = insert(log, row if log is LOG else await valid_row(superuser, log, ACME.id))
            for statement in (new, *_changes(log), (f"truncate {log.sql_name}",)):
                assert await attempt(app_session, *statement) is Outcome.NO_GRANT, statement
        for call in ("app.audit_entry($1, '', '', '', '{}', '{}')", "app.audit_rows()", "app.refuse_change()"):
            values = (ACME.id,) if "$1" in call else ()
            assert await attempt(app_session, f"select {call}", *values) is Outcome.NO_GRANT, call


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
@pytest.mark.parametrize("role", [OWNER, PLATFORM, None], ids=["owner", "platform", "superuser"])
async def test_log_cannot_be_rewritten_by_anybody(
    world: World, superuser: Session, role: str | None, log: Entity
) -> None:
    before = await snapshot(superuser, ACME.id)
    for statement in (*_changes(log), (f"truncate {log.sql_name}",), (f"truncate {log.sql_name} cascade",)):
        async with superuser.transaction():
            await enter(superuser, ACME.id)
            if role:
                await superuser.execute(f"set local role {role}")
            outcome = await attempt(superuser, *statement)
            # The owner may change no row, so that nothing is there to refuse; anybody else is refused outright.
            assert outcome in (
                (Outcome.NOTHING, Outcome.REFUSED) if role == OWNER else (Outcome.REFUSED, Outcome.NO_GRANT)
            )
    assert await snapshot(superuser, ACME.id) == before


async def test_owner_appends_to_the_log_of_the_current_tenant_only_and_reads_no_other(superuser: Session) -> None:
    for log in LOGS:
        row = await valid_row(superuser, log, ACME.id)
        async with undone(superuser):
            await superuser.execute(f"set local role {OWNER}")
            assert await superuser.fetchval(f"select count(*) from {log.sql_name}") == 0
            assert await attempt(superuser, *insert(log, row)) is Outcome.REFUSED
            await enter(superuser, GLOBEX.id)
            assert await superuser.fetchval(f"select count(*) from {log.sql_name} where tenant_id = $1", ACME.id) == 0
            assert await attempt(superuser, *insert(log, row)) is Outcome.REFUSED


@pytest.mark.parametrize("call", list(operation_calls()), ids=lambda call: call.name)
async def test_each_operation_leaves_an_entry_beside_those_of_its_changes(
    world: World, superuser: Session, call: OperationProbe
) -> None:
    async def new_row(entity: Entity, **given: Any) -> Values:
        status = {"status": "ACTIVE"} if entity.name == "Connection" else {}
        return await add_row(superuser, entity, ACME.id, **given, **status)

    variables = await call.variables({}, new_row)
    query = f"select * from {LOG.sql_name} where tenant_id = $1 and action = $2 order by xid desc"
    dry_run = call.document.replace(") {", ") @dryRun {", 1)
    before = await superuser.fetch(query, ACME.id, call.name)
    assert "errors" not in await world.answer(dry_run, variables)
    assert "errors" in await world.answer(call.document, variables, as_=ACME.principal("viewer"))
    assert await superuser.fetch(query, ACME.id, call.name) == before
    entity = answers_with(CATALOG.operations[call.name])
    document = call.document.replace("{ __typename }", "{ id }") if entity else call.document
    (answer,) = (await world.data(document, variables)).values()
    entry, *others = await superuser.fetch(query, ACME.id, call.name)
    assert others == before
    target = (entity, answer["id"]) if entity else ("Tenant", str(ACME.id))
    assert (entry["target_type"], entry["target_id"]) == target
    assert (entry["actor_user_id"], entry["actor_role"], entry["request_id"], entry["ip_address"]) == (
        ACME.user("owner"), "OWNER", "test", "192.0.2.1",
    )  # fmt: skip
    assert (entry["changes"], entry["message"], entry["meta"]) == (None, None, "{}")
    beside = f"select count(*) from {LOG.sql_name} where xid = $1 and action like '%.%'"
    assert await superuser.fetchval(beside, entry["xid"]) > 0


async def test_requests_append_operations_and_seals_to_their_own_log_only(
    app_session: Session, superuser: Session
) -> None:
    note = "select app.audit_operation($1, $2, $3, null)"
    for operation, target in (("user.deleted", "User"), ("", "User"), ("a" * 64, "User"), ("startSync", "a row")):
        async with acting(app_session):
            error = await failure(app_session, note, ACME.id, operation, target)
            assert error is not None
            assert error.state == "22023"
    async with acting(app_session):
        assert await attempt(app_session, note, GLOBEX.id, "startSync", "SyncJob") is Outcome.REFUSED
        assert await app_session.fetchval("select seal_number from app.seal_audit($1)", GLOBEX.id) is None
        error = await failure(app_session, "select app.sign_audit_seal($1, 1, repeat('0', 64))", GLOBEX.id)
        assert error is not None
    async with undone(app_session):
        assert await attempt(app_session, note, ACME.id, "startSync", "SyncJob") is Outcome.REFUSED
        assert await app_session.fetchval("select seal_number from app.seal_audit($1)", ACME.id) is None


async def test_other_tenants_entries_are_invisible(world: World, superuser: Session) -> None:
    query = "query ($where: AuditLogWhere) { auditLogs(where: $where, first: 1000) { nodes { targetId actorUserId } } }"
    for tenant, other in ((ACME, GLOBEX), (GLOBEX, ACME)):
        logged = await world.data(query, as_=tenant.principal())
        targets_seen = {node["targetId"] for node in logged["auditLogs"]["nodes"]}
        assert str(tenant.id) in targets_seen
        assert str(other.id) not in targets_seen
        where = {"targetId": {"eq": str(other.id)}}
        assert (await world.data(query, {"where": where}, as_=tenant.principal()))["auditLogs"]["nodes"] == []


async def test_deleting_a_tenant_takes_all_it_owns_but_the_log(fresh_world: World, fresh_superuser: Session) -> None:
    superuser = fresh_superuser
    logged = await superuser.fetchval(f"select count(*) from {LOG.sql_name} where tenant_id = $1", ACME.id)
    audited = [e for e in ENTITIES if e.audit is Audit.EVERY_ROW]
    rows = {e.name: await _count(superuser, e) for e in audited}
    theirs = await snapshot(superuser, GLOBEX.id)
    async with superuser.transaction():
        await superuser.execute(f"set local role {PLATFORM}")
        await enter(superuser, ACME.id)
        assert await attempt(superuser, "delete from public.tenants where tenant_id = $1", GLOBEX.id) is Outcome.NOTHING
        assert await attempt(superuser, "delete from public.tenants where tenant_id = $1", ACME.id) is Outcome.DONE
    for entity in ENTITIES:
        if not entity.append_only:
            assert await _count(superuser, entity) == 0, entity.name
    for entity in audited:
        deletions = f"select count(*) from {LOG.sql_name} where tenant_id = $1 and action = $2"
        assert await superuser.fetchval(deletions, ACME.id, f"{snake(entity.name)}.deleted") == rows[entity.name]
    assert await _count(superuser, LOG) > logged
    assert await superuser.fetchval("select count(*) from platform.tenant_directory where id = $1", ACME.id) == 0
    assert await snapshot(superuser, GLOBEX.id) == theirs


async def test_change_without_a_context_is_refused_rather_than_unlogged(superuser: Session) -> None:
    for entity in ENTITIES:
        if entity.audit is Audit.EVERY_ROW:
            field, value = next(iter(some_change(entity).items()))
            column = entity.field(field)
            update = f"update {entity.sql_name} set {column.name} = $1 where tenant_id = $2"
            error = await failure(superuser, update, as_parameter(column, value), ACME.id)
            assert error is not None, entity.name
            assert error.state == "42501"


async def _count(superuser: Session, entity: Entity) -> int:
    count: int = await superuser.fetchval(f"select count(*) from {entity.sql_name} where tenant_id = $1", ACME.id)
    return count


def _changes(log: Entity) -> list[tuple[Any, ...]]:
    """An UPDATE of each of a log's columns, and a DELETE."""
    updates = [(f"update {log.sql_name} set {c.name} = {c.name} where tenant_id = $1", ACME.id) for c in log.columns]
    return [*updates, (f"delete from {log.sql_name} where tenant_id = $1", ACME.id)]
