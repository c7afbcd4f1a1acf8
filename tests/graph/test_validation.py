"""Values that do not fit are refused, with all that is wrong with an input; and again by the database."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest

from tests.conftest import World
from tests.db.gateways import Superuser
from tests.world import ACME

CREATE = "mutation ($input: UserCreate!) { createUser(input: $input) { email } }"
CREATE_MANY = "mutation ($input: [UserCreate!]!) { createUsers(input: $input) { count } }"
UPDATE = 'mutation ($set: UserSet!) { updateUser(by: {email: "member@acme.example"}, set: $set) { email functions } }'
UPDATE_MANY = "mutation ($set: UserSet!) { updateUsers(where: {}, set: $set) { count } }"
UPSERT = "mutation ($c: UserCreate!, $u: UserSet) { upsertUser(create: $c, update: $u) { email } }"

AN_EMAIL = "This takes an email address, at most 254 characters."


async def refused(world: World, query: str, **variables: Any) -> dict[str, str]:
    """What is wrong, by field; the first of it is what the error itself says."""
    answer = await world.answer(query, variables)
    (error,) = answer["errors"]
    extensions = error["extensions"]
    assert extensions["code"] == "BAD_USER_INPUT"
    listed = extensions.get("violations", [{"field": extensions.get("field"), "message": error["message"]}])
    assert extensions.get("field") == listed[0]["field"]
    assert error["message"].startswith(listed[0]["message"])
    return {violation["field"]: violation["message"] for violation in listed}


async def test_everything_that_is_wrong_with_an_input_is_told_at_once(world: World) -> None:
    wrong = {
        "id": "no id",
        "email": "nobody at all",
        "name": "",
        "avatar": "ftp://acme.example/me.png",
        "functions": ["EDITOR", "", "x" * 101],
        "role": None,
        "preferences": {"n": 2**64},
    }
    assert await refused(world, CREATE, input=wrong) == {
        "input.id": "An id is a UUID.",
        "input.email": AN_EMAIL,
        "input.name": "This takes 1 to 200 characters.",
        "input.avatar": "This takes an http or https URL, at most 2,048 characters.",
        "input.role": "role cannot be null.",
        "input.functions.1": "This takes 1 to 100 characters.",
        "input.functions.2": "This takes 1 to 100 characters.",
        "input.preferences": "JSON keeps whole numbers of 64 bits, and texts of Unicode.",
    }
    answer = await world.answer(CREATE, {"input": wrong})
    assert answer["errors"][0]["message"] == "An id is a UUID. 7 more values do not fit."
    assert answer["errors"][0]["path"] == ["createUser"]
    assert "at all" not in orjson.dumps(answer).decode()


async def test_one_value_that_is_wrong_is_the_error_itself(world: World) -> None:
    (error,) = (await world.answer(CREATE, {"input": {"email": "x@"}}))["errors"]
    assert error["message"] == AN_EMAIL
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "input.email"}


@pytest.mark.parametrize(
    ("query", "variables", "fields"),
    [
        (UPDATE, {"set": {"email": "", "name": "x" * 201}}, ["set.email", "set.name"]),
        (UPDATE_MANY, {"set": {"email": None, "firstName": "x" * 201}}, ["set.email", "set.firstName"]),
        (UPSERT, {"c": {"email": "x", "name": ""}}, ["create.email", "create.name"]),
        (UPSERT, {"c": {"email": "x"}, "u": {"name": ""}}, ["create.email", "update.name"]),
        (UPDATE, {"set": {"append": {"functions": ["ok", ""], "extraPermissions": None}}},
         ["set.append.functions.1", "set.append.extraPermissions"]),
        (CREATE_MANY, {"input": [{"email": "a@a.example"}, {"email": "b", "role": None}, {"email": "c", "name": ""}]},
         ["input.1.email", "input.1.role", "input.2.email", "input.2.name"]),
    ],
)  # fmt: skip
async def test_every_write_says_where(world: World, query: str, variables: Any, fields: list[str]) -> None:
    assert list(await refused(world, query, **variables)) == fields


async def test_of_many_rows_the_first_hundred_values_are_listed(world: World) -> None:
    (error,) = (await world.answer(CREATE_MANY, {"input": [{"email": "x"}] * 1_000}))["errors"]
    assert error["message"] == f"{AN_EMAIL} At least 100 more values do not fit."
    assert [v["field"] for v in error["extensions"]["violations"]] == [f"input.{n}.email" for n in range(100)]


async def test_list_that_is_too_long_is_told_to_be_that_and_no_more(world: World) -> None:
    variables = {"input": [{"email": "a@a.example", "functions": [""] * 100_000}]}
    (error,) = (await world.answer(CREATE_MANY, variables))["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "input.0.functions"}


async def test_character_0_is_told_by_its_place_in_json_as_well(world: World) -> None:
    create = """mutation ($input: IntegrationCreate!) { createIntegration(input: $input) { id } }"""
    for config in ({"a": "\0"}, {"a\0": 1}, {"deep": [{"a": "x\0"}]}):
        given = {"name": "n", "provider": "p", "config": config}
        assert await refused(world, create, input=given) == {"input.config": "A text has no character 0 in it."}


async def test_value_of_an_operation_is_told_by_the_argument_it_came_by(world: World) -> None:
    query = f"""mutation {{ reconnect(connectionId: "{ACME.connection("owner")}", brokerId: "") {{ id }} }}"""
    assert list(await refused(world, query)) == ["brokerId"]


async def test_values_of_operations_are_told_by_field(world: World) -> None:
    progress = 'mutation { reportSyncProgress(syncId: "sync-owner-2", recordsProcessed: -1) { id } }'
    assert await refused(world, progress) == {"recordsProcessed": "This takes a number of 0 or more."}
    ended = f"""mutation ($s: String!) {{
      completeSync(connectionId: "{ACME.connection("owner")}", syncId: $s, recordsProcessed: -1) {{ id }} }}"""
    assert list(await refused(world, ended, s="x" * 256)) == ["syncId", "recordsProcessed"]
    ingest = "mutation ($e: [AnalyticsEventCreate!]!) { ingestAnalyticsEvents(events: $e) { count } }"
    events = [{"eventType": "a", "eventName": "b"}, {"eventType": "", "eventName": "x" * 201}]
    assert list(await refused(world, ingest, e=events)) == ["events.1.eventType", "events.1.eventName"]


async def test_what_a_change_in_place_leads_to_is_asked_by_the_database(world: World) -> None:
    job = 'mutation ($set: SyncJobSet!) { updateSyncJob(by: {syncId: "sync-member-1"}, set: $set) { id } }'
    less = {"increment": {"recordsProcessed": -1_000}}
    assert await refused(world, job, set=less) == {"recordsProcessed": "This takes a number of 0 or more."}
    more = {"append": {"functions": ["x"] * 101}}
    assert await refused(world, UPDATE, set=more) == {
        "functions": "This takes at most 100 items, each 1 to 100 characters."
    }


async def test_what_is_compared_with_a_column_need_not_keep_its_rules(world: World) -> None:
    query = '{ user(by: {email: "x"}) { id } users(where: {email: {eq: ""}}) { totalCount } }'
    assert await world.data(query) == {"user": None, "users": {"totalCount": 0}}


async def test_several_values_of_a_query_that_do_not_fit_are_told_at_once(world: World) -> None:
    query = '{ users(first: -1, where: {id: {eq: "x"}}) { nodes { id } } }'
    assert sorted(await refused(world, query)) == ["first", "where.id.eq"]


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("email", "o'neil+a.b@mail.acme.example", "a@b@c"),
        ("name", "😀" * 200, "😀" * 201),
        ("avatar", "https://acme.example:8080/a?b=%20#c", "https://acme example/"),
        ("functions", ["a", "b" * 100], ["a", "b" * 101]),
        ("functions", ["a"] * 100, ["a"] * 101),
    ],
)
async def test_who_gets_past_the_gateway_is_held_by_the_checks(
    session: Superuser, column: str, good: object, bad: object
) -> None:
    await session.execute(*new_user(column, good))
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await session.execute(*new_user(column, bad))
    assert refused.value.constraint_name == f"users_{column}_check"


@pytest.fixture
async def session(world: World) -> AsyncIterator[Superuser]:
    """The requests' role, in a transaction of acme's owner that is undone."""
    session = await world.database.app()
    transaction = session.transaction()
    await transaction.start()
    await session.execute("select app.set_context($1, null, 'OWNER', 'sql', '', '', 0)", ACME.id)
    yield session
    await transaction.rollback()
    await session.close()


def new_user(column: str, value: object) -> tuple[object, ...]:
    """SQL, and its parameters."""
    given = {"email": "new@a.example", column: value}
    places = ", ".join(f"${n}" for n, _ in enumerate(given, 2))
    return (f"insert into public.users (tenant_id, {', '.join(given)}) values ($1, {places})", ACME.id, *given.values())


def test_inputs_say_what_they_take(world: World) -> None:
    fields = world.engine.schema.type_map["UserCreate"].fields  # type: ignore[attr-defined]
    assert fields["name"].description == "The name to show. 1 to 200 characters."
    assert fields["functions"].description.endswith("grant permissions. At most 100 items, each 1 to 100 characters.")
