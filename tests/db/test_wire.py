"""The protocol that we speak ourselves, against a real Postgres and against what asyncpg makes of the same."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import asyncpg
import pytest

from app.db.database import Database
from app.db.exchange import Exchange, Lane, UnpreparedStatements
from app.db.wire import Row, encode_parameters, messages
from app.errors import BadUserInput, QueryTooComplex
from tests.conftest import TestDatabase, create_database
from tests.db.gateways import AS_ACME, Superuser, gateway, value

HARD_TEXTS = [
    "",
    "NULL",
    "null",
    "a'b''c",
    'say "so"',
    "back\\slash\\\\",
    "{}",
    "{a,b}",
    ",",
    " ",
    "\t\r\n",
    "é€𝄞",
    "\\N",
    "$1",
]
UUIDS = [UUID(int=0), UUID(int=2**128 - 1), UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")]
VALUES: list[tuple[str, Any]] = [
    *(("uuid", item) for item in UUIDS),
    *(("int4", item) for item in (0, -1, 2**31 - 1, -(2**31))),
    *(("int8", item) for item in (2**31, 2**63 - 1, -(2**63))),
    *(("float8", item) for item in (-0.0, 0.1, 1.7976931348623157e308, 5e-324, float("inf"), float("-inf"))),
    *(("bool", item) for item in (True, False)),
    *(("text", item) for item in HARD_TEXTS),
    *(("jsonb", item) for item in ('{"a": [1, "x\\"y", null, {"é": "\\\\"}]}', "[]", '"text"', "null", "1e3")),
    ("timestamptz", datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
    ("timestamptz", datetime(9999, 12, 31, 23, 59, 59, 999998, tzinfo=UTC)),
    ("timestamptz", datetime(2026, 3, 29, 2, 30, 0, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30)))),
    ("timestamptz", datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=19, seconds=32)))),
    ("text[]", HARD_TEXTS),
    ("text[]", []),
    ("text[]", [None, "", "NULL", None]),
    ("uuid[]", [*UUIDS, None]),
    ("int8[]", [2**63 - 1, None, -(2**63)]),
    ("float8[]", [float("inf"), 0.5, None]),
    ("bool[]", [True, None, False]),
    ("timestamptz[]", [datetime(2026, 1, 1, tzinfo=UTC), None]),
    ("jsonb[]", ['{"a": "b,c"}', None]),
    *((kind, None) for kind in ("uuid", "int4", "text", "text[]", "jsonb")),
]  # fmt: skip


@pytest.fixture(scope="module")
async def shared(template: TestDatabase) -> TestDatabase:
    """A database whose rows nobody here changes."""
    return await create_database(template.server, template.name)


@pytest.fixture(scope="module")
async def database(shared: TestDatabase) -> AsyncIterator[Database]:
    async with gateway(shared.app_url, pool_size=2) as database:
        yield database


@pytest.fixture(scope="module")
async def driver(shared: TestDatabase) -> AsyncIterator[Superuser]:
    """asyncpg, which sends values in their binary forms."""
    connection = await shared.app()
    yield connection
    await connection.close()


@pytest.mark.parametrize(("kind", "given"), VALUES)
async def test_value_arrives_as_it_does_through_the_driver(
    database: Database, driver: Superuser, kind: str, given: Any
) -> None:
    expected = await driver.fetchval(f"select $1::{kind}::text", given)
    arrived = await value(database, f"select $1::uuid, $2::{kind}::text", [given])
    assert (None if arrived is None else arrived.decode()) == expected


async def test_not_a_number_arrives(database: Database) -> None:
    assert await value(database, "select $1::uuid, $2::float8", [float("nan")]) == b"NaN"


async def test_text_of_every_character_of_the_first_plane_arrives(database: Database) -> None:
    everything = "".join(chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000)
    assert await value(database, "select $1::uuid, $2::text", [everything]) == everything.encode()
    assert await value(database, "select $1::uuid, ($2::text[])[1]", [[everything]]) == everything.encode()


@pytest.mark.parametrize("given", ["a\0b", "\ud800", ["\0"], ["\udfff"]])
async def test_text_that_postgres_cannot_hold_is_the_callers_mistake(database: Database, given: Any) -> None:
    kind = "text[]" if isinstance(given, list) else "text"
    with pytest.raises(BadUserInput):
        await database.fetch(AS_ACME, f"select $1::uuid, $2::{kind}", [given])
    assert await value(database, "select $1::uuid, 1") == b"1"


@pytest.mark.parametrize(("kind", "given"), [("int4", 2**31), ("int8", 2**63), ("uuid", "no uuid"), ("jsonb", "{")])
async def test_value_that_does_not_fit_is_the_callers_mistake(database: Database, kind: str, given: Any) -> None:
    with pytest.raises(BadUserInput):
        await database.fetch(AS_ACME, f"select $1::uuid, $2::{kind}", [given])


async def test_list_within_a_list_is_two_dimensional_and_no_text(database: Database) -> None:
    assert (
        await value(database, "select $1::uuid, $2::text[]", [[["a", "b,"], ["}", None]]]) == b'{{a,"b,"},{"}",NULL}}'
    )


@pytest.mark.parametrize("count", [32_767, 40_000, 65_534])
async def test_as_many_parameters_as_postgres_takes_arrive(database: Database, count: int) -> None:
    named = ",".join(f"${number + 2}::int4" for number in range(count))
    text = f"select $1::uuid, cardinality(array[{named}])"
    assert await value(database, text, [1] * count) == str(count).encode()


def test_more_parameters_than_postgres_takes_are_too_complex() -> None:
    with pytest.raises(QueryTooComplex):
        encode_parameters([1] * 65_536)


async def test_rows_of_several_megabytes_arrive_whole(database: Database) -> None:
    size = 8_000_000
    found = await database.fetch(AS_ACME, "select $1::uuid, repeat('abcdefgh', $2 / 8), md5($3)", [size, "x" * size])
    assert found is not None
    assert found[1] == b"abcdefgh" * (size // 8)


async def test_as_many_columns_as_postgres_has_arrive_with_their_nulls(database: Database) -> None:
    columns = [None if number % 3 else number for number in range(1663)]
    text = ", ".join("null" if number is None else str(number) for number in columns)
    found = await database.fetch(AS_ACME, f"select $1::uuid, {text}", [])
    assert found is not None
    assert found[1:] == tuple(None if number is None else str(number).encode() for number in columns)


async def test_no_row_is_none_and_a_row_without_columns_is_a_row(database: Database) -> None:
    assert await database.fetch(AS_ACME, "select $1::uuid where false", []) is None
    assert await database.fetch(AS_ACME, "select from (select $1::uuid) as nothing", []) == ()


async def test_first_row_of_several_is_the_answer(database: Database) -> None:
    assert await value(database, "select $1::uuid, n from generate_series(1, 5000) as n") == b"1"


FAILING = [
    "select 1 / 0",
    "selec 1",
    "select * from nothing",
    "select 'x'::int",
    "insert into public.users (tenant_id, id) values (null, null)",
    """do $$ begin raise exception 'é: %', 1 using errcode = 'XY123', hint = 'h', detail = 'd', column = 'c',
         table = 't', constraint = 'k', schema = 's', datatype = 'y'; end $$""",
    "do $$ begin raise exception 'no detail' using hint = ''; end $$",
]


@pytest.mark.parametrize("text", FAILING)
async def test_error_is_of_the_class_and_has_the_fields_of_the_drivers(
    shared: TestDatabase, driver: Superuser, text: str
) -> None:
    with pytest.raises(asyncpg.PostgresError) as theirs:
        await driver.fetch(text)
    async with gateway(shared.app_url, pool_size=1) as database:
        with pytest.raises(asyncpg.PostgresError) as ours:
            await database._pool.exchange(None, [(text, encode_parameters(()))])
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)
    fields = {*vars(theirs.value)} - {"query"}
    assert {name: getattr(ours.value, name) for name in fields} == {
        name: getattr(theirs.value, name) for name in fields
    }


async def recorded(url: str, text: str, values: list[Any], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What Postgres says to a request, from its first byte to its last."""
    heard: list[bytes] = []
    receive = Lane.data_received

    def hear(lane: Lane, data: bytes) -> None:
        heard.append(bytes(data))
        receive(lane, data)

    calls = [("select 'before'", encode_parameters(())), (text, encode_parameters(values))]
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "data_received", hear)
        async with gateway(url, pool_size=1) as database:
            await database._pool.exchange(None, calls)
            return b"".join(heard)


async def replayed(*pieces: bytes) -> Row | None:
    """What a connection makes of an answer that arrives in pieces, and that it is ready for the next then."""
    freed: list[Lane] = []
    connection = Mock(spec=["transport", "is_closed", "driver"])
    connection.is_closed.return_value = False
    lane = Lane(connection, UnpreparedStatements(), freed.append)
    answer: asyncio.Future[Row | None] = asyncio.get_running_loop().create_future()
    lane.run(Exchange([("", b"")] * 2, answer))
    for piece in pieces:
        assert not freed
        lane.data_received(piece)
    assert freed == [lane]
    return answer.result()


async def test_answer_may_arrive_in_any_pieces(shared: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "select $1::text, null, '', repeat('x', 40), $2::text"
    answer = await recorded(shared.app_url, text, ["D\0\0\0\5E".replace("\0", "\1"), "Z"], monkeypatch)
    expected = (b"D\1\1\1\5E", None, b"", b"x" * 40, b"Z")
    assert await replayed(answer) == expected
    assert await replayed(*(answer[at : at + 1] for at in range(len(answer)))) == expected
    for at in range(1, len(answer)):
        assert await replayed(answer[:at], answer[at:]) == expected, at


def test_what_is_no_message_is_refused_rather_than_read_for_ever() -> None:
    for length in (-1, 0, 3):
        with pytest.raises(ValueError, match="wire-no-message"):
            list(messages(b"Z" + length.to_bytes(4, "big", signed=True)))


@pytest.mark.parametrize("hours", [-23, -16, -15, 15, 16, 18, 23])
async def test_moment_of_any_offset_is_the_same_moment(database: Database, hours: int) -> None:
    """RFC 3339 has offsets that Postgres refuses to read."""
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=hours)))
    text = "select (extract(epoch from $2::timestamptz)::bigint)::text where $1::uuid is not null"
    assert await database.fetch(AS_ACME, text, [moment]) == (str(int(moment.timestamp())).encode(),)
