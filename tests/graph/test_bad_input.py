"""What callers get wrong: a code, a place, and not a word of the database's own."""

import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions
from app.db.sqlstate import ErrorTranslator
from app.graph.execution import Engine
from app.plan.planning import Limits
from tests.conftest import World
from tests.isolation.recording import record_executed
from tests.world import ACME, GLOBEX, NOBODY_ID

OWNERS_CONNECTION = ACME.connection("owner")


@dataclass(frozen=True)
class Bad:
    """A wrong request and what it comes to. `path` is None where nothing ran."""

    query: str
    code: str = "BAD_USER_INPUT"
    path: str | None = None
    field: str | None = None
    variables: dict[str, Any] | None = None


def count_users(where: str) -> str:
    return f"{{ users(where: {where}) {{ totalCount }} }}"


def jobs(arguments: str) -> str:
    return f"{{ syncJobs({arguments}) {{ nodes {{ id }} }} }}"


BY_EMAIL = "query ($e: String!) { users(where: {email: {eq: $e}}) { totalCount } }"
SINCE = "query ($d: DateTime!) { syncJobs(where: {startedAt: {gte: $d}}) { totalCount } }"
NEW_USER = 'mutation ($p: JSON) { createUser(input: {email: "new@a.example", preferences: $p}) { id } }'

BAD = {
    # documents
    "empty": Bad(""),
    "blank": Bad("  \n# nothing"),
    "broken off": Bad("{ users { nodes {"),
    "no operation": Bad("fragment A on User { id }"),
    "unknown field": Bad("{ users { nodes { nope } } }"),
    "unknown root field": Bad("{ nope }"),
    "unknown argument": Bad("{ users(nope: 1) { totalCount } }"),
    "unknown column in a condition": Bad(count_users('{tenantId: {eq: "x"}}')),
    "hidden column": Bad("{ integrations { nodes { credentials } } }"),
    "no selection": Bad("{ users }"),
    "fields that cannot merge": Bad("{ users { nodes { x: id } nodes { x: email } } }"),
    "several operations and no name": Bad("query A { users { totalCount } } query B { users { totalCount } }"),
    # values
    "wrong type": Bad(jobs('first: "x"')),
    "integer beyond 32 bits": Bad(jobs("first: 2147483648")),
    "integer beyond 32 bits in a variable": Bad(
        "query ($n: Int) { users(first: $n) { totalCount } }", field="n", variables={"n": 2**31}
    ),
    "unknown enum": Bad(count_users("{role: {eq: NOPE}}")),
    "unknown enum in a variable": Bad(
        "query ($r: Role!) { users(where: {role: {eq: $r}}) { totalCount } }", field="r", variables={"r": "NOPE"}
    ),
    "missing variable": Bad(BY_EMAIL, field="e", variables={}),
    "null variable": Bad(BY_EMAIL, field="e", variables={"e": None}),
    "wrong type deep in a variable": Bad(
        "query ($w: UserWhere) { users(where: $w) { totalCount } }",
        field="w.and.1.email.eq",
        variables={"w": {"and": [{"email": {"eq": "a"}}, {"email": {"eq": 5}}]}},
    ),
    "null for an operator": Bad(count_users("{email: {eq: null}}"), path="users", field="where.email.eq"),
    "null for a list": Bad(count_users("{email: {in: null}}"), path="users", field="where.email.in"),
    "null for isNull": Bad(count_users("{name: {isNull: null}}"), path="users", field="where.name.isNull"),
    "null for a condition": Bad(count_users("{email: null}"), path="users", field="where.email"),
    "null for a quantifier": Bad(
        count_users("{connections: {some: null}}"), path="users", field="where.connections.some"
    ),
    "null for not": Bad(count_users("{or: [{not: null}]}"), path="users", field="where.or.0.not"),
    "null for a directive": Bad(
        "query ($b: Boolean = true) { users { totalCount @skip(if: $b) } }", path="users", variables={"b": None}
    ),
    "malformed id": Bad('{ user(by: {id: "x"}) { email } }', path="user", field="by.id"),
    "malformed id in a list": Bad(count_users('{id: {in: ["x"]}}'), path="users", field="where.id.in"),
    "malformed id in an operation": Bad(
        'mutation { startSync(connectionId: "x") { id } }', path="startSync", field="connectionId"
    ),
    "two keys": Bad('{ user(by: {id: "x", email: "y"}) { email } }'),
    "no key": Bad("query ($by: UserKey!) { user(by: $by) { email } }", field="by", variables={"by": {}}),
    "NUL in a text": Bad(BY_EMAIL, path="users", field="where.email.eq", variables={"e": "a\0b"}),
    "lone surrogate in a text": Bad(BY_EMAIL, path="users", variables={"e": "\ud800"}),
    "NUL in JSON": Bad(NEW_USER, path="createUser", field="input.preferences", variables={"p": {"a": "\0"}}),
    "lone surrogate in JSON": Bad(NEW_USER, path="createUser", field="input.preferences", variables={"p": ["\ud800"]}),
    "number in JSON beyond 64 bits": Bad(
        NEW_USER, path="createUser", field="input.preferences", variables={"p": {"n": 2**64}}
    ),
    "naive moment": Bad('{ syncJobs(where: {startedAt: {gte: "2026-01-01T00:00:00"}}) { totalCount } }'),
    "naive moment in a variable": Bad(SINCE, field="d", variables={"d": "2026-01-01T00:00:00"}),
    "moment that is none": Bad(SINCE, field="d", variables={"d": 5}),
    "moment before the first": Bad(SINCE, field="d", variables={"d": "0001-01-01T00:00:00+23:00"}),
    "moment that the driver writes as infinity": Bad(SINCE, field="d", variables={"d": "9999-12-31T23:59:59.999999Z"}),
    # lists
    "order of nothing": Bad(jobs("orderBy: [{}]"), path="syncJobs", field="orderBy.0"),
    "order of two fields at once": Bad(
        jobs("orderBy: [{id: ASC}, {status: ASC, syncId: ASC}]"), path="syncJobs", field="orderBy.1"
    ),
    "groups by nothing": Bad("{ userStats { groups(by: []) { count } } }", path="userStats", field="by"),
    "too many groups": Bad(
        "{ userStats { groups(by: [ROLE], first: 1001) { count } } }", path="userStats", field="first"
    ),
    "text that is no cursor": Bad(jobs('after: "xx"')),
    "text that is no cursor, in a variable": Bad(
        "query ($c: Cursor) { users(after: $c) { nodes { id } } }", field="c", variables={"c": "xx"}
    ),
    "number for a cursor": Bad(
        "query ($c: Cursor) { users(after: $c) { nodes { id } } }", field="c", variables={"c": 5}
    ),
    # writes
    "nothing to set": Bad('mutation { updateUser(by: {email: "x"}, set: {}) { id } }', path="updateUser", field="set"),
    "null for what cannot be null": Bad(
        'mutation { updateUser(by: {email: "x"}, set: {email: null}) { id } }', path="updateUser", field="set.email"
    ),
    "required value left out": Bad("mutation { createUser(input: {}) { id } }"),
    "upsert without its key": Bad(
        f'mutation {{ upsertSyncJob(create: {{syncId: "x", connectionId: "{OWNERS_CONNECTION}"}}, on: ID) {{ id }} }}',
        path="upsertSyncJob",
        field="create.id",
    ),
    "value that is taken": Bad(
        'mutation { createUser(input: {email: "owner@acme.example"}) { id } }', "CONFLICT", "createUser", "email"
    ),
    "value that is taken, by an update": Bad(
        'mutation { updateUser(by: {email: "member@acme.example"}, set: {email: "owner@acme.example"}) { id } }',
        "CONFLICT",
        "updateUser",
        "email",
    ),
    "key to nothing": Bad(
        f'mutation {{ createConnection(input: {{userId: "{NOBODY_ID}", provider: JIRA, connectionId: "x"}}) '
        "{ id } }",
        "NOT_FOUND",
        "createConnection",
        "userId",
    ),
    "key to another tenant's row": Bad(
        f'mutation {{ updateSyncJob(by: {{syncId: "sync-owner-0"}}, '
        f'set: {{connectionId: "{GLOBEX.connection("owner")}"}}) {{ id }} }}',
        "NOT_FOUND",
        "updateSyncJob",
        "connectionId",
    ),
    "deletion of nothing": Bad(
        f'mutation {{ deleteUser(by: {{id: "{NOBODY_ID}"}}) {{ id }} }}', "NOT_FOUND", "deleteUser"
    ),
    "event with a malformed id": Bad(
        'mutation { ingestAnalyticsEvents(events: [{id: "x", eventType: "a", eventName: "b"}]) { count } }',
        path="ingestAnalyticsEvents",
        field="events.0.id",
    ),
    # size
    "too many tokens": Bad("{ users { nodes { " + "id " * 10_001 + "} } }", "QUERY_TOO_COMPLEX"),
    "1,000 levels of fields": Bad("{ a" * 1_000 + "}" * 1_000, "QUERY_TOO_COMPLEX"),
    "1,000 levels of lists": Bad(count_users("{email: {in: " + "[" * 1_000 + "]" * 1_000 + "}}"), "QUERY_TOO_COMPLEX"),
    "1,000 levels of not": Bad(count_users("{not: " * 1_000 + "{}" + "}" * 1_000), "QUERY_TOO_COMPLEX"),
    "entities nested too deeply": Bad(
        "{ users { nodes " + "{ tenant { users { nodes " * 8 + "{ id }" + " } } }" * 8 + " } }",
        "QUERY_TOO_COMPLEX",
        "users",
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_what_is_wrong_has_a_code_and_a_place(bad: Bad, world: World, catalog: Catalog) -> None:
    answer = await world.answer(bad.query, bad.variables)
    error = answer["errors"][0]
    assert error["message"]
    assert error["extensions"]["code"] == bad.code
    assert error.get("path") == (None if bad.path is None else [bad.path])
    assert error["extensions"].get("field") == bad.field
    assert answer["data"] == (None if bad.path is None else {bad.path: None})
    assert_says_nothing_of_the_database(answer["errors"], catalog)


def assert_says_nothing_of_the_database(errors: Any, catalog: Catalog) -> None:
    """No name of a table, column or constraint that is not GraphQL's as well."""
    words = set(re.findall(r"\w+", orjson.dumps(errors).decode()))
    tables = {entity.table for entity in catalog.entities.values()}
    columns = {column.name for entity in catalog.entities.values() for column in entity.columns}
    graphql = {column.field for entity in catalog.entities.values() for column in entity.columns} | {
        "users",
        "connections",
    }
    assert not words & ((tables | columns) - graphql)
    assert not [word for word in words if word.endswith(("_key", "_fkey", "_pkey", "_check"))]


async def test_unknown_operation_name_is_refused(world: World) -> None:
    answer = await world.answer("query A { users { totalCount } }", name="B")
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_operation_is_chosen_by_its_name(world: World) -> None:
    query = "query A { users { totalCount } } query B { connections { totalCount } }"
    assert await world.answer(query, name="B") == {"data": {"connections": {"totalCount": 2}}}


@pytest.mark.parametrize("levels", range(150, 210, 10))
async def test_conditions_within_conditions_answer_or_are_too_complex(world: World, levels: int) -> None:
    answer = await world.answer(count_users("{not: " * levels + "{}" + "}" * levels))
    assert answer == {"data": {"users": {"totalCount": 4}}} or _codes(answer) == ["QUERY_TOO_COMPLEX"]


async def test_variables_nested_too_deeply_are_too_complex(world: World) -> None:
    where: dict[str, Any] = {}
    for _ in range(1_000):
        where = {"not": where}
    answer = await world.answer("query ($w: UserWhere) { users(where: $w) { totalCount } }", {"w": where})
    assert _codes(answer) == ["QUERY_TOO_COMPLEX"]


@pytest.mark.parametrize(
    "values",
    [[], [5, str(NOBODY_ID)], [None, None], ["2026-01-01T00:00:00+00:00", "x"], [True, str(NOBODY_ID)], ["now", 1]],
)
async def test_forged_cursor_is_refused(world: World, values: list[object]) -> None:
    query = (
        "query ($after: Cursor) { syncJobs(orderBy: [{startedAt: ASC}], first: 1, after: $after) { edges { cursor } } }"
    )
    cursor = (await world.data(query))["syncJobs"]["edges"][0]["cursor"]
    signature = orjson.loads(base64.b64decode(cursor))[0]
    forged = base64.b64encode(orjson.dumps([signature, *values])).decode()
    assert _codes(await world.answer(query, {"after": forged})) == ["BAD_USER_INPUT"]
    assert _codes(await world.answer(query.replace("$after)", f'"{forged}")').replace("($after: Cursor) ", ""))) == [
        "BAD_USER_INPUT"
    ]


async def test_one_root_field_that_fails_leaves_the_others_their_answers(world: World) -> None:
    query = """query ($text: String!) {
      bad: users(where: {email: {eq: $text}}) { totalCount }
      good: users { totalCount }
      refused: users(where: {email: null}) { totalCount }
      stats: connectionStats { count }
    }"""
    answer = await world.answer(query, {"text": "\0"})
    assert answer["data"] == {"bad": None, "good": {"totalCount": 4}, "refused": None, "stats": {"count": 2}}
    assert sorted(error["path"] for error in answer["errors"]) == [["bad"], ["refused"]]


async def test_one_mutation_field_that_fails_undoes_only_itself(fresh_world: World) -> None:
    answer = await fresh_world.answer(
        """mutation {
          first: createUser(input: {email: "first@a.example"}) { email }
          taken: createUser(input: {email: "first@a.example"}) { email }
          last: createUser(input: {email: "last@a.example"}) { email }
        }"""
    )
    assert answer["data"] == {
        "first": {"email": "first@a.example"},
        "taken": None,
        "last": {"email": "last@a.example"},
    }
    assert _codes(answer) == ["CONFLICT"]


@pytest.mark.parametrize(
    "query",
    [
        f'{{ auditLog(by: {{id: "{NOBODY_ID}"}}) {{ action }} }}',
        "{ auditLogs { totalCount } }",
        "{ auditLogStats { count } }",
        f'{{ tenant(by: {{id: "{ACME.id}"}}) {{ auditLogs {{ totalCount }} }} }}',
        f'{{ tenant(by: {{id: "{ACME.id}"}}) {{ auditLogsStats {{ count }} }} }}',
        "{ users(where: {tenant: {auditLogs: {some: {}}}}) { totalCount } }",
    ],
)
async def test_what_a_role_may_not_read_is_refused_wherever_it_stands(world: World, query: str) -> None:
    assert await world.code(query, as_=ACME.principal("viewer")) == "FORBIDDEN"
    await world.data(query)


async def test_fields_that_no_table_is_read_for_are_answered(world: World) -> None:
    query = "{ users { __typename pageInfo { hasPreviousPage } } userStats { __typename } }"
    assert await world.data(query) == {
        "users": {"__typename": "UserConnection", "pageInfo": {"hasPreviousPage": False}},
        "userStats": {"__typename": "UserStats"},
    }


@pytest.fixture
async def hurried(fresh_world: World, catalog: Catalog) -> AsyncIterator[World]:
    """A gateway whose statements may take 150 ms."""
    pool = Database(fresh_world.database.app_url, DatabaseOptions(statement_timeout_ms=150), ErrorTranslator(catalog))
    await pool.open()
    yield World(fresh_world.database, Engine(catalog, pool, Limits()), pool)
    await pool.close()


async def test_read_that_takes_too_long_fails_once_for_all_its_fields(
    hurried: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    superuser = await hurried.database.superuser()
    statements = record_executed(monkeypatch)
    try:
        async with superuser.transaction():
            await superuser.execute("lock table public.users in access exclusive mode")
            answer = await hurried.answer(
                "{ users { totalCount } a: users { totalCount } b: connectionStats { count } }"
            )
    finally:
        await superuser.close()
    assert _codes(answer) == ["DEADLINE_EXCEEDED"] * 3
    assert sorted(error["path"] for error in answer["errors"]) == [["a"], ["b"], ["users"]]
    assert len(statements) == 1, "it was tried again"


async def test_write_that_waits_too_long_for_a_row_is_undone(hurried: World) -> None:
    superuser = await hurried.database.superuser()
    query = f'mutation {{ updateUser(by: {{id: "{ACME.user("member")}"}}, set: {{name: "New"}}) {{ name }} }}'
    try:
        async with superuser.transaction():
            await superuser.execute("select from public.users where id = $1 for update", ACME.user("member"))
            assert await hurried.code(query) == "DEADLINE_EXCEEDED"
    finally:
        await superuser.close()
    assert await hurried.data(query) == {"updateUser": {"name": "New"}}


def _codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]
