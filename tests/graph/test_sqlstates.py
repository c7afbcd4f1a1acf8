"""What Postgres may say to a write, and what the caller is told: a code to act on, and nothing of the database."""

import pytest

from tests.conftest import World
from tests.world import ACME

RAISES = """
    create function raise_name() returns trigger language plpgsql as $$
    begin
      raise exception 'secret words' using errcode = new.name, detail = 'secret detail', hint = 'secret hint';
    end $$;
    create trigger raise_name before update on public.users for each row execute function raise_name()
"""
UPDATE = "mutation ($id: ID!, $name: String!) { updateUser(by: {id: $id}, set: {name: $name}) { id } }"
CODES = {
    "BAD_USER_INPUT": ("22001", "22003", "22P02", "22021", "23502", "23514"),
    "CONFLICT": ("23505", "23P01", "40001", "40P01", "55P03", "55006"),
    "NOT_FOUND": ("23503",),
    "FORBIDDEN": ("42501",),
    "DEADLINE_EXCEEDED": ("57014",),
    "QUERY_TOO_COMPLEX": ("54001",),
    "UNAVAILABLE": ("57P01", "53300"),
    "INTERNAL": ("XX000", "42P01", "P0001", "55000"),
}


@pytest.fixture(scope="module", autouse=True)
async def raises(world: World) -> None:
    """A table whose updates fail as they are told to."""
    superuser = await world.database.superuser()
    await superuser.execute(RAISES)
    await superuser.close()


@pytest.mark.parametrize(("state", "code"), [(state, code) for code, states in CODES.items() for state in states])
async def test_what_postgres_says_becomes_a_code(world: World, state: str, code: str) -> None:
    answer = await world.answer(UPDATE, {"id": str(ACME.user("member")), "name": state})
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == code
    assert "secret" not in str(answer)
