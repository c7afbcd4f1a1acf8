"""Secrets through GraphQL and through operations: written sealed, whichever way; and never to be read."""

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType
from rich.console import Console

from app.catalog import Catalog
from app.db.database import RequestContext
from app.domains.integrations.tables import Integration
from app.errors import BadUserInput
from app.explain import explain_document
from app.graph.execution import Engine
from app.graph.running import Execution
from app.model import Role
from app.plan.planning import Limits
from app.repositories import Rows
from app.vault.data_keys import Vault
from app.vault.masters import MasterKeys
from app.vault.sealing import NotOpened
from tests.conftest import World
from tests.db.gateways import until
from tests.isolation.rows import Session, enter
from tests.vault.conftest import sealed, secret_of
from tests.web.conftest import settings_for
from tests.world import ACME, CANARY, GLOBEX, MASTER_KEYS

CREATE = "mutation ($row: IntegrationCreate!) { createIntegration(input: $row) { id } }"
CREATE_MANY = "mutation ($rows: [IntegrationCreate!]!) { createIntegrations(input: $rows) { nodes { id provider } } }"
UPDATE = "mutation ($by: IntegrationKey!, $set: IntegrationSet!) { updateIntegration(by: $by, set: $set) { id } }"
UPSERT = """mutation ($create: IntegrationCreate!, $update: IntegrationSet, $on: IntegrationUnique) {
  upsertIntegration(create: $create, update: $update, on: $on) { id tenant { integrations { totalCount } } } }"""


LITERAL = 'mutation { createIntegration(input: {name: "l", provider: "literal", credentials: "CANARY"}) { id } }'


def read(log: Path) -> bytes:
    """All of a file."""
    return log.read_bytes()


def row(provider: str, credentials: str | None = None, **more: Any) -> dict[str, Any]:
    """The input of a new integration."""
    return {"name": provider, "provider": provider} | ({"credentials": credentials} if credentials else {}) | more


async def test_created_row_holds_its_secret_sealed(world: World, superuser: Session) -> None:
    given = uuid4()
    await world.data(CREATE, {"row": row("one", "s-one")})
    await world.data(CREATE, {"row": row("two", "s-two", id=str(given).upper())})
    await world.data(LITERAL)
    for provider, secret in (("one", "s-one"), ("two", "s-two"), ("literal", "CANARY")):
        text = await sealed(superuser, provider)
        assert text is not None
        assert text.startswith("v1.1.")
        assert secret not in text
        assert await secret_of(superuser, provider) == secret
    assert await superuser.fetchval("select id from public.integrations where provider = 'two'") == given


async def test_rows_by_the_many_hold_theirs(world: World, superuser: Session) -> None:
    rows = [row("m-0", "s-0"), row("m-1"), row("m-2", "s-2", id=str(uuid4())), row("m-3", config={"a": [1]})]
    made = await world.data(CREATE_MANY, {"rows": rows})
    assert [node["provider"] for node in made["createIntegrations"]["nodes"]] == ["m-0", "m-1", "m-2", "m-3"]
    assert made["createIntegrations"]["nodes"][2]["id"] == rows[2]["id"]
    assert [await secret_of(superuser, f"m-{n}") for n in range(4)] == ["s-0", None, "s-2", None]


@pytest.mark.parametrize("by", ["id", "provider"])
async def test_update_seals_for_the_row_that_it_finds(world: World, superuser: Session, by: str) -> None:
    made = await world.data(CREATE, {"row": row(f"u-{by}", "first")})
    key = {"id": made["createIntegration"]["id"], "provider": f"u-{by}"}[by]
    for secret in ("second", None, "third"):
        await world.data(UPDATE, {"by": {by: key}, "set": {"credentials": secret}})
        assert await secret_of(superuser, f"u-{by}") == secret
    await world.data(UPDATE, {"by": {by: key}, "set": {"name": "other"}})
    assert await secret_of(superuser, f"u-{by}") == "third"


async def test_upsert_seals_for_the_row_that_is_there_or_is_made(world: World, superuser: Session) -> None:
    for secret in ("made", "changed"):
        await world.data(UPSERT, {"create": row("up", secret), "on": "PROVIDER"})
        assert await secret_of(superuser, "up") == secret
    await world.data(UPSERT, {"create": row("up", "under its own id", id=str(uuid4()))})
    assert await secret_of(superuser, "up") == "under its own id"
    await world.data(UPSERT, {"create": row("up", "not this"), "update": {"credentials": "but this"}})
    assert await secret_of(superuser, "up") == "but this"
    await world.data(UPSERT, {"create": row("up", "not this"), "update": {"name": "x"}})
    assert await secret_of(superuser, "up") == "but this"
    await world.data(UPSERT, {"create": row("new", None), "update": {"credentials": "of a row that is there"}})
    assert await secret_of(superuser, "new") is None
    for secret in ("by id", "by id again"):
        by_id = row("up-id", secret, id="11111111-1111-1111-1111-11111111111A")
        await world.data(UPSERT, {"create": by_id, "on": "ID"})
        assert await secret_of(superuser, "up-id") == secret


async def test_upsert_seals_for_a_row_that_came_meanwhile(world: World, superuser: Session) -> None:
    holder = await world.database.superuser()
    async with holder.transaction():
        await enter(holder, ACME.id)
        insert = "insert into public.integrations (tenant_id, name, provider) values ($1, 'n', 'meanwhile')"
        await holder.execute(insert, ACME.id)
        upsert = asyncio.create_task(world.data(UPSERT, {"create": row("meanwhile", "after all")}))
        await until(superuser, "select count(*) = 1 from pg_locks where not granted and locktype = 'transactionid'")
    await holder.close()
    await upsert
    assert await secret_of(superuser, "meanwhile") == "after all"


async def test_fields_of_one_transaction_seal_too(world: World, superuser: Session) -> None:
    both = """mutation @atomic { a: createIntegration(input: {name: "a", provider: "at-a", credentials: "s-a"}) { id }
      b: updateIntegration(by: {provider: "at-a"}, set: {credentials: "s-b"}) { id } }"""
    await world.data(both)
    assert await secret_of(superuser, "at-a") == "s-b"
    assert "errors" not in await world.answer(both.replace("@atomic", "@dryRun").replace("at-a", "at-b"))
    assert await sealed(superuser, "at-b") is None


async def test_operations_in_python_seal(world: World, catalog: Catalog, superuser: Session) -> None:
    async with world.pool.write(RequestContext(ACME.principal())) as tx:
        rows = Rows(tx, catalog, Vault(MASTER_KEYS))
        made = await rows.create(Integration, name="p", provider="p-0", credentials="s-0")
        await rows.insert_many(Integration, [row("p-1", "s-1"), row("p-2")])
        assert "credentials" not in await rows.lock(Integration, "id", made.id)
    assert [await secret_of(superuser, f"p-{n}") for n in range(3)] == ["s-0", "s-1", None]
    async with world.pool.write(RequestContext(ACME.principal())) as tx:
        await Rows(tx, catalog, Vault(MASTER_KEYS)).update(Integration, made.id, credentials="s-3")
    assert await secret_of(superuser, "p-0") == "s-3"
    with pytest.raises(BadUserInput, match="A secret is a text"):
        async with world.pool.write(RequestContext(ACME.principal())) as tx:
            await Rows(tx, catalog, Vault(MASTER_KEYS)).create(
                Integration, name="p", provider="x", credentials="\ud800"
            )


async def test_secret_that_was_moved_does_not_open(world: World, superuser: Session) -> None:
    for tenant in (ACME, GLOBEX):
        await world.data(CREATE, {"row": row("moved", f"of {tenant.slug}")}, as_=tenant.principal())
    await world.data(CREATE, {"row": row("moved-2", "of another row")})
    for provider, tenant in (("moved-2", ACME), ("moved", GLOBEX)):
        text = await sealed(superuser, provider, tenant)
        async with superuser.transaction():
            await superuser.execute("select app.set_context($1, null, 'OWNER', '', '', '', 0)", ACME.id)
            await superuser.execute(
                "update public.integrations set credentials = $1 where tenant_id = $2 and provider = 'moved'",
                text, ACME.id,
            )  # fmt: skip
        with pytest.raises(NotOpened):
            await secret_of(superuser, "moved")


def test_schema_has_secrets_in_inputs_of_writes_only(world: World) -> None:
    inputs = {"IntegrationCreate", "IntegrationSet"}
    for name, type_ in world.engine.schema.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType):
            assert ("credentials" in type_.fields) is (name in inputs), name
        if isinstance(type_, GraphQLEnumType) and name.startswith("Integration"):
            assert "CREDENTIALS" not in type_.values, name


async def test_role_of_requests_may_write_it_and_not_read_it(world: World) -> None:
    session = await world.database.app()
    for query in (
        "select credentials from public.integrations",
        "select t from public.integrations as t",
        "update public.integrations set name = credentials",
        "insert into public.integrations (tenant_id, name, provider)"
        " select tenant_id, credentials, 'x' from public.integrations",
        "update public.integrations set credentials = null returning credentials",
    ):
        async with session.transaction():
            await session.execute("select app.set_context($1, null, 'OWNER', '', '', '', 0)", ACME.id)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with session.transaction():
                    await session.execute(query)
            await session.execute("update public.integrations set credentials = null where false")
    await session.close()


async def test_text_that_is_not_sealed_stays_out(world: World, superuser: Session) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute("update public.integrations set credentials = 'clear'")


async def test_secret_is_set_one_row_at_a_time(world: World) -> None:
    many = "mutation ($set: IntegrationSet!) { updateIntegrations(where: {}, set: $set) { count } }"
    (error,) = (await world.answer(many, {"set": {"credentials": "x"}}))["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "set.credentials"}
    assert (await world.data(many, {"set": {"description": "d"}}))["updateIntegrations"]["count"] > 0


async def test_what_is_not_there_or_not_allowed_is_answered_as_without_secrets(world: World) -> None:
    change = {"set": {"credentials": "x"}}
    for nobodys in ({"provider": "nobody's"}, {"id": str(GLOBEX.integration)}):
        assert await world.code(UPDATE, {"by": nobodys, **change}) == "NOT_FOUND"
    ours = {"by": {"id": str(ACME.integration)}, **change}
    assert await world.code(UPDATE, ours, as_=ACME.principal("member")) == "FORBIDDEN"
    assert await world.code(CREATE, {"row": row("meta-ads", "taken")}) == "CONFLICT"


@pytest.mark.parametrize("wrapper", [None, MasterKeys([("tests", bytes(32))]), MasterKeys([("other", bytes(32))])])
async def test_without_the_master_key_no_secret_is_written(
    world: World, catalog: Catalog, superuser: Session, wrapper: MasterKeys | None
) -> None:
    keyless = World(world.database, Engine(catalog, world.pool, Limits(), Vault(wrapper)), world.pool)
    for query, variables in (
        (CREATE, {"row": row("keyless", "x")}),
        (CREATE_MANY, {"rows": [row("keyless", "x")]}),
        (UPDATE, {"by": {"id": str(ACME.integration)}, "set": {"credentials": "x"}}),
        (UPSERT, {"create": row("keyless", "x")}),
    ):
        answer = await keyless.answer(query, variables)
        assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert "BULKHEAD_MASTER_KEYS" in answer["errors"][0]["message"]
    assert await secret_of(superuser, "meta-ads") == "secret of acme"
    await keyless.data(UPDATE, {"by": {"id": str(ACME.integration)}, "set": {"credentials": None, "name": "Ads"}})
    await world.data(UPDATE, {"by": {"id": str(ACME.integration)}, "set": {"credentials": "secret of acme"}})


async def test_first_secrets_of_a_tenant_make_one_key(fresh_world: World, fresh_superuser: Session) -> None:
    await fresh_superuser.execute("alter table public.integrations disable trigger audit_update")
    await fresh_superuser.execute("update public.integrations set credentials = null")
    await fresh_superuser.execute("delete from public.data_keys")
    rows = [row(f"first-{n}", f"s-{n}") for n in range(8)]
    await asyncio.gather(*(fresh_world.data(CREATE, {"row": given}) for given in rows))
    assert [await secret_of(fresh_superuser, f"first-{n}") for n in range(8)] == [f"s-{n}" for n in range(8)]
    keys = await fresh_superuser.fetch("select tenant_id, number, master_key from public.data_keys")
    assert [tuple(key) for key in keys] == [(ACME.id, 1, "tests")]


async def test_audit_tells_that_a_secret_changed_and_not_to_what(world: World, superuser: Session) -> None:
    await world.data(CREATE, {"row": row("audited", "s-1")})
    for secret in ("s-2", None):
        await world.data(UPDATE, {"by": {"provider": "audited"}, "set": {"credentials": secret}})
    query = """{ auditLogs(where: {targetType: {eq: "Integration"}}, last: 3) { nodes { action changes } } }"""
    made, changed, cleared = (await world.data(query))["auditLogs"]["nodes"]
    assert made["changes"]["after"].items() >= {"credentials": "***", "has_credentials": True}.items()
    assert changed["changes"] == {"before": {"credentials": "***"}, "after": {"credentials": "***"}}
    assert cleared["changes"] == {
        "before": {"credentials": "***", "has_credentials": True},
        "after": {"credentials": None, "has_credentials": False},
    }


async def test_whether_a_secret_is_set_can_be_seen_and_asked_for(world: World) -> None:
    rows = [row("seen-0", "s"), row("seen-1"), row("seen-2") | {"credentials": ""}]
    await world.data(CREATE_MANY, {"rows": rows})
    query = """{ integrations(where: {provider: {startsWith: "seen-"}, hasCredentials: {eq: true}},
      orderBy: [{provider: ASC}]) { nodes { provider hasCredentials } } }"""
    found = (await world.data(query))["integrations"]["nodes"]
    assert found == [{"provider": name, "hasCredentials": True} for name in ("seen-0", "seen-2")]
    change = 'mutation { updateIntegration(by: {provider: "seen-0"}, set: {credentials: null}) { hasCredentials } }'
    assert (await world.data(change))["updateIntegration"] == {"hasCredentials": False}


async def test_canary_is_nowhere_but_in_the_request(
    fresh_world: World, fresh_superuser: Session, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in the database, not in Postgres's log with everything in it, not in ours."""
    canary, world = f"{CANARY} {uuid4().hex}", fresh_world
    log = world.database.server.socket_dir / "log"
    start = len(read(log))
    for setting in ("log_statement = 'all'", "log_parameter_max_length_on_error = -1"):
        await fresh_superuser.execute(f"alter database {world.database.name} set {setting}")
    await world.pool.close()  # a connection takes the database's settings when it is made
    await world.pool.open()
    refused: list[tuple[str, dict[str, Any]]] = [
        (CREATE, {"row": row("meta-ads", canary)}),
        (CREATE, {"row": row("canary-0", canary, id="none")}),
        (CREATE_MANY, {"rows": [row("canary-1", canary), row("meta-ads", canary)]}),
        (UPDATE, {"by": {"provider": "nobody's"}, "set": {"credentials": canary}}),
    ]
    for query, variables in refused:
        assert canary not in orjson.dumps(await world.answer(query, variables)).decode()
    taken: list[tuple[str, dict[str, Any]]] = [
        (CREATE, {"row": row("canary-2", canary)}),
        (CREATE_MANY, {"rows": [row("canary-3", canary)]}),
        (UPDATE, {"by": {"provider": "canary-2"}, "set": {"credentials": canary}}),
        (UPSERT, {"create": row("canary-3", canary)}),
        (LITERAL.replace("CANARY", canary), {}),
    ]
    for number, (query, variables) in enumerate(taken):
        execution = Execution(RequestContext(ACME.principal()), idempotency_key=f"k-{number}", wants_cost=True)
        answer = await world.engine.execute(query, variables, None, execution, may_mutate=True)
        assert not answer.errors
        assert canary not in f"{answer}"
    assert await secret_of(fresh_superuser, "literal") == canary
    tables = await fresh_superuser.fetch(
        "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace in "
        "('public'::regnamespace, 'platform'::regnamespace, 'app'::regnamespace)"
    )
    assert len(tables) > 8
    for (table,) in tables:
        assert not await fresh_superuser.fetchval(f"select count(*) from {table} as t where t::text like '%{canary}%'")
    logged = read(log)[start:].decode()
    assert "canary-3" in logged  # the parameters are there
    assert canary not in logged
    assert canary not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (CREATE, {"row": row("x", "12345678") | {"credentials": 12345678}}),
        (CREATE, {"row": row("x", "12345678") | {"providr": "y"}}),
        (CREATE, {"row": {"name": "x", "credentials": "12345678"}}),
        (CREATE_MANY, {"rows": [{"name": "x", "credentials": "12345678"}]}),
        (CREATE, {"row": [row("x", "12345678")]}),
        (LITERAL.replace("CANARY", "12345678").replace("provider", "providr"), {}),
        (LITERAL.replace('"CANARY"', "12345678"), {}),
        (LITERAL.replace(': "CANARY"', ' "12345678"'), {}),
        (LITERAL.replace('provider: "literal", ', "").replace("CANARY", "12345678"), {}),
    ],
)
async def test_error_does_not_quote_what_was_given(world: World, query: str, variables: dict[str, Any]) -> None:
    answer = await world.answer(query, variables)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert "12345678" not in orjson.dumps(answer).decode()


async def test_fingerprint_of_a_request_is_no_hash_that_can_be_tried(
    world: World, catalog: Catalog, superuser: Session
) -> None:
    old, new = ("old", bytes(31) + b"\1"), ("tests", bytes(range(32)))
    prints: list[str] = []
    for keys in ([old, new], [new, old], [new], []):
        vault = Vault(MasterKeys(keys) if keys else None)
        engine = Engine(catalog, world.pool, Limits(), vault)
        execution = Execution(RequestContext(ACME.principal()), idempotency_key=f"print-{len(prints)}")
        rename = 'mutation { updateUser(by: {email: "owner@acme.example"}, set: {name: "O"}) { id } }'
        await engine.execute(rename, None, None, execution, may_mutate=True)
        prints.append(await superuser.fetchval("select fingerprint from public.kept_answers order by id desc limit 1"))
    assert len(set(prints)) == 3
    assert prints[1] == prints[2]  # the first key makes them


async def test_request_is_recognized_after_the_master_keys_changed(world: World, catalog: Catalog) -> None:
    new = ("new", bytes(31) + b"\2")
    answers = []
    for keys in ([("tests", bytes(range(32)))], [new, ("tests", bytes(range(32)))]):
        engine = Engine(catalog, world.pool, Limits(), Vault(MasterKeys(keys)))
        execution = Execution(RequestContext(ACME.principal()), idempotency_key="recognized")
        answers.append(await engine.execute(CREATE, {"row": row("again", "s")}, None, execution, may_mutate=True))
    assert answers[0].data == answers[1].data is not None


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (LITERAL, "{}"),
        (CREATE_MANY, '{"rows": [{"name": "n", "provider": "e", "credentials": "CANARY"}]}'),
        (
            'mutation ($c: String) { updateIntegration(by: {provider: "e"}, set: {credentials: $c}) { id } }',
            '{"c": "CANARY"}',
        ),
    ],
)
async def test_explain_shows_no_secret(world: World, document: str, variables: str) -> None:
    shown = StringIO()
    settings = settings_for(world.database, data_dir="nowhere")
    out = Console(file=shown, width=500)
    await explain_document(out, settings, document, variables, None, str(ACME.id), Role.OWNER)
    assert "public.integrations" in shown.getvalue()
    assert "***" in shown.getvalue()
    assert "CANARY" not in shown.getvalue()
