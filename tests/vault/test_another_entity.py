"""Whatever entity declares secrets: two of a row, required, of rows that have an owner."""

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from app.catalog import Catalog, build_catalog
from app.db.platform import open_platform
from app.domains import DOMAINS
from app.isolation.doctor import examine
from app.isolation.roles import OWNER
from app.isolation.schema import guard_statements, table_statements
from app.vault.data_keys import Vault
from app.vault.rotation import rotate_tenant
from app.vault.sealing import Place
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.isolation.rows import Session
from tests.vault import lockers
from tests.world import ACME, MASTER_KEYS, row_of

CREATE = "mutation ($row: LockerCreate!) { createLocker(input: $row) { id hasKey hasPin user { email } } }"
UPSERT = "mutation ($row: LockerCreate!, $set: LockerSet) { upsertLocker(create: $row, update: $set) { id hasPin } }"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """All domains and the lockers."""
    return build_catalog((*DOMAINS, lockers))


@pytest.fixture(scope="module")
async def world(template: TestDatabase, catalog: Catalog) -> AsyncIterator[World]:
    """A database that has the table."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute(f"set role {OWNER}")
    for statement in (*table_statements(catalog), *guard_statements(catalog)):
        if re.search(r"\blockers\b", statement):
            await superuser.execute(statement)
    await superuser.close()
    world = await open_world(database, catalog)
    yield world
    await world.pool.close()


def locker(name: str, who: str = "member", **secrets: str) -> dict[str, Any]:
    """The input of a new locker."""
    return {"userId": str(ACME.user(who)), "name": name, **secrets}


async def opened(superuser: Session, name: str) -> tuple[str | None, str | None]:
    """A locker's key and PIN."""
    row = await superuser.fetchrow("select id, key, pin from public.lockers where name = $1", name)

    async def opens(column: str) -> str | None:
        if row[column] is None:
            return None
        place = Place(ACME.id, "lockers", column, row["id"])
        return await Vault(MASTER_KEYS).open(partial(row_of, superuser, ACME), place, row[column])

    return await opens("key"), await opens("pin")


async def test_each_secret_of_a_row_is_sealed_for_its_column(world: World, superuser: Session) -> None:
    made = await world.data(CREATE, {"row": locker("a", key="k", pin="p")}, as_=ACME.principal("member"))
    told = {name: made["createLocker"][name] for name in ("hasKey", "hasPin", "user")}
    assert told == {"hasKey": True, "hasPin": True, "user": {"email": "member@acme.example"}}
    assert await opened(superuser, "a") == ("k", "p")
    await world.data(UPSERT, {"row": locker("a", key="k2"), "set": {"pin": None}})
    assert await opened(superuser, "a") == ("k", None)
    await world.data(UPSERT, {"row": locker("a", key="k2"), "set": {}})
    await world.data(UPSERT, {"row": locker("a", key="k2", pin="p2")})
    assert await opened(superuser, "a") == ("k2", "p2")


async def test_required_secret_cannot_be_left_out_or_cleared(world: World) -> None:
    assert await world.code(CREATE, {"row": locker("none")}) == "BAD_USER_INPUT"
    cleared = await world.answer(UPSERT, {"row": locker("c", key="k"), "set": {"key": None}})
    assert cleared["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "update.key"}


async def test_secret_of_somebody_elses_row_cannot_be_written(world: World, superuser: Session) -> None:
    await world.data(CREATE, {"row": locker("owners", "owner", key="k")})
    update = 'mutation { updateLocker(by: {name: "owners"}, set: {key: "x"}) { id } }'
    for query, variables in ((UPSERT, {"row": locker("owners", key="x")}), (update, {})):
        assert await world.code(query, variables, as_=ACME.principal("member")) == "FORBIDDEN"
    assert await opened(superuser, "owners") == ("k", None)


async def test_rotation_goes_through_every_column(world: World, catalog: Catalog, superuser: Session) -> None:
    await world.data(CREATE, {"row": locker("r", key="k", pin="p")})
    async with open_platform(world.database.owner_url) as platform:
        rotated = await rotate_tenant(platform, catalog, Vault(MASTER_KEYS), ACME.id)
    assert rotated is not None
    assert rotated.unopened == ()
    assert await opened(superuser, "r") == ("k", "p")
    under = "select count(*) filter (where key like 'v1.1.%' or pin like 'v1.1.%') from public.lockers"
    assert await superuser.fetchval(under) == 0


async def test_doctor_finds_it_guarded_and_a_right_to_read_a_secret_a_hole(
    world: World, catalog: Catalog, superuser: Session
) -> None:
    async with world.pool.connection() as connection:
        assert (await examine(connection, catalog)).findings == ()
        await superuser.execute("grant select (pin) on public.lockers to bulkhead_app")
        (hole,) = (await examine(connection, catalog)).findings
    assert (hole.check, hole.object) == ("undeclared_privileges", "public.lockers.pin")
