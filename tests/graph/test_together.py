"""Mutations whose fields share one transaction: `@atomic` keeps all of them or none, `@dryRun` keeps nothing."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.catalog import build_catalog
from app.db.database import RequestContext
from app.domains import DOMAINS
from app.domains.tenancy.tables import User
from app.errors import Conflict, Internal
from app.graph.execution import Engine
from app.plan.planning import Limits
from app.repositories import Rows
from app.vault.data_keys import Vault
from tests.conftest import World
from tests.world import ACME

STATE = """{ users(orderBy: [{email: ASC}]) { nodes { email name } } syncJobs { totalCount }
  connections { nodes { status } } auditLogs { totalCount } }"""
OWNER = str(ACME.user("owner"))
CONNECTION = str(ACME.connection("owner"))

FAILURES = {
    "a conflict": ('createUser(input: {email: "owner@acme.example"}) { id }', "CONFLICT"),
    "what is not there": ('updateUser(by: {email: "nobody@acme.example"}, set: {name: "x"}) { id }', "NOT_FOUND"),
    "a value that does not fit": ('updateUser(by: {id: "no id"}, set: {name: "x"}) { id }', "BAD_USER_INPUT"),
    "what is refused when it is planned": (f'updateUser(by: {{id: "{OWNER}"}}, set: {{}}) {{ id }}', "BAD_USER_INPUT"),
    "too many rows": ('updateUsers(where: {}, set: {name: "x"}, maxAffected: 1) { count }', "BAD_USER_INPUT"),
    "an operation": (f'startSync(connectionId: "{ACME.connection("member")}") {{ id }}', "ILLEGAL_TRANSITION"),
}


@pytest.fixture
def world(fresh_world: World) -> World:
    """A world of one's own: every test writes."""
    return fresh_world


async def state(world: World) -> Any:
    return await world.data(STATE)


async def test_failure_of_one_field_undoes_all(world: World) -> None:
    before = await state(world)
    for field, code in FAILURES.values():
        for after in ("", 'third: createUser(input: {email: "third@acme.example"}) { id }'):
            answer = await world.answer(
                f'mutation @atomic {{ first: createUser(input: {{email: "first@acme.example"}}) {{ email }} '
                f'same: startSync(connectionId: "{CONNECTION}") {{ id }} second: {field} {after} }}'
            )
            assert set(answer["data"].values()) == {None}
            codes = {error["path"][0]: error["extensions"]["code"] for error in answer["errors"]}
            undone = {"first": "UNDONE", "same": "UNDONE"} | ({"third": "UNDONE"} if after else {})
            assert codes == undone | {"second": code}
            assert await state(world) == before


async def test_without_the_directive_fields_stand_alone(world: World) -> None:
    field, code = FAILURES["a conflict"]
    answer = await world.answer(f'mutation {{ a: createUser(input: {{email: "a@a.example"}}) {{ email }} b: {field} }}')
    assert answer["data"] == {"a": {"email": "a@a.example"}, "b": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def test_all_fields_are_kept_and_each_sees_what_was_before_it(world: World) -> None:
    made = await world.data(
        f"""mutation @atomic {{
          createUser(input: {{email: "first@acme.example"}}) {{ tenant {{ users {{ totalCount }} }} }}
          createUsers(input: [{{email: "a@a.example"}}, {{email: "b@a.example"}}]) {{
            count nodes {{ tenant {{ users {{ totalCount }} }} }} }}
          updateUsers(where: {{email: {{endsWith: "@a.example"}}}}, set: {{name: "Both"}}) {{ count nodes {{ name }} }}
          startSync(connectionId: "{CONNECTION}") {{ connection {{ syncCount }} }}
          deleteUsers(where: {{name: {{eq: "Both"}}}}) {{ count }}
          __typename
        }}"""
    )
    assert made == {
        "createUser": {"tenant": {"users": {"totalCount": 5}}},
        "createUsers": {"count": 2, "nodes": [{"tenant": {"users": {"totalCount": 7}}}] * 2},
        "updateUsers": {"count": 2, "nodes": [{"name": "Both"}, {"name": "Both"}]},
        "startSync": {"connection": {"syncCount": 8}},
        "deleteUsers": {"count": 2},
        "__typename": "Mutation",
    }
    assert (await state(world))["users"]["nodes"][1] == {"email": "first@acme.example", "name": None}


async def test_dry_run_answers_as_if_and_keeps_nothing(world: World) -> None:
    before = await state(world)
    made = await world.data(
        """mutation @dryRun {
          createUser(input: {email: "first@acme.example"}) { email tenant { users { totalCount } } }
          deleteSyncJobs(where: {}) { count } }"""
    )
    assert made == {
        "createUser": {"email": "first@acme.example", "tenant": {"users": {"totalCount": 5}}},
        "deleteSyncJobs": {"count": 14},
    }
    assert await state(world) == before


async def test_dry_run_tells_what_would_fail(world: World) -> None:
    field, code = FAILURES["a conflict"]
    assert await world.code(f"mutation @dryRun {{ {field} }}") == code
    assert await world.code(f"mutation @atomic @dryRun {{ {field} }}") == code


async def test_what_postgres_gave_up_is_no_answer(world: World) -> None:
    """An operation that catches an error of the database goes on in a transaction that is lost."""

    @dataclass(frozen=True)
    class Told:
        count: int

    async def careless(rows: Rows) -> Told:
        """Catches what it should not."""
        with suppress(Conflict):
            await rows.create(User, email="owner@acme.example")
        return Told(1)

    catalog = build_catalog(DOMAINS)
    catalog = replace(catalog, operations={**catalog.operations, "careless": careless})
    engine = Engine(catalog, world.pool, Limits())
    careful = World(world.database, engine, world.pool)
    before = await state(world)
    for directive in ("", "@atomic"):
        made = 'createUser(input: {email: "z@a.example"}) { email }' if directive else ""
        answer = await careful.answer(f"mutation {directive} {{ {made} careless {{ count }} }}")
        assert set(answer["data"].values()) == {None}
        codes = {error["path"][0]: error["extensions"]["code"] for error in answer["errors"]}
        assert codes == {"careless": "INTERNAL"} | ({"createUser": "UNDONE"} if directive else {})
    with pytest.raises(Internal):
        async with world.pool.write(RequestContext(ACME.principal())) as tx:
            await careless(Rows(tx, catalog, Vault()))
    assert await state(world) == before


async def test_directives_are_for_mutations(world: World) -> None:
    for directive in ("@atomic", "@dryRun"):
        assert await world.code(f"query {directive} {{ users {{ totalCount }} }}") == "BAD_USER_INPUT"
        assert (
            await world.code(f"mutation {{ deleteSyncJobs(where: {{}}) {directive} {{ count }} }}") == "BAD_USER_INPUT"
        )
