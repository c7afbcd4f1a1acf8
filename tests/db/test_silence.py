"""A database that is there but says nothing: its host vanished without a word, or what stands between has stopped."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from app.db.database import Database
from app.errors import Unavailable
from tests.conftest import TestDatabase
from tests.db.gateways import AS_ACME, AS_GLOBEX, ECHO, echoed, gateway


class Proxy:
    """Hands on what it is told. While it is silent, each connection that is told something says nothing ever again."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self._is_silent = False
        self._ways: set[asyncio.Task[None]] = set()

    def fall_silent(self) -> None:
        self._is_silent = True

    def speak(self) -> None:
        self._is_silent = False

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket_path)
        for way in (self._hand_on(reader, server_writer), self._hand_on(server_reader, writer)):
            self._ways.add(asyncio.create_task(way))

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if self._is_silent:
                    await asyncio.Event().wait()
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def end(self) -> None:
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)


@asynccontextmanager
async def behind_proxy(database: TestDatabase) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy on a TCP port, and the URL of the requests' role through it."""
    proxy = Proxy(f"{database.server.socket_dir}/.s.PGSQL.5432")
    listener = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy, f"postgresql://bulkhead_app@127.0.0.1:{port}/{database.name}"
    finally:
        listener.close()
        await proxy.end()


async def trip(gate: Database) -> None:
    await gate.fetch(AS_ACME, ECHO, ["q"])


async def loan(gate: Database) -> None:
    async with gate.write(AS_ACME) as tx:
        await tx.row(ECHO, ["q"])


async def ping(gate: Database) -> None:
    await gate.ping()


@pytest.mark.parametrize("ask", [trip, loan, ping])
async def test_request_does_not_wait_for_ever_and_the_next_gets_another_connection(
    database: TestDatabase, ask: Callable[[Database], Awaitable[None]]
) -> None:
    async with (
        behind_proxy(database) as (proxy, url),
        gateway(url, pool_size=1, statement_timeout_ms=100, silence_ms=100) as gate,
    ):
        await ask(gate)
        proxy.fall_silent()
        with pytest.raises(Unavailable):
            async with asyncio.timeout(10):
                await ask(gate)
        proxy.speak()
        assert await gate.fetch(AS_GLOBEX, ECHO, ["r"]) == echoed("r", AS_GLOBEX)


async def test_connecting_to_what_says_nothing_is_given_up(database: TestDatabase) -> None:
    async with (
        behind_proxy(database) as (proxy, url),
        gateway(url, pool_size=1, statement_timeout_ms=100, silence_ms=100, pool_timeout_ms=200) as gate,
    ):
        proxy.fall_silent()
        for _ in range(3):  # the first loses the connection, the others get none
            with pytest.raises(Exception, match="database"):
                await trip(gate)
        proxy.speak()
        assert await gate.fetch(AS_GLOBEX, ECHO, ["r"]) == echoed("r", AS_GLOBEX)


async def test_closing_does_not_wait_for_what_says_nothing(database: TestDatabase) -> None:
    async with (
        behind_proxy(database) as (proxy, url),
        gateway(url, pool_size=2, silence_ms=100_000) as gate,
    ):
        await asyncio.gather(trip(gate), trip(gate))
        proxy.fall_silent()


async def test_answer_that_is_slow_but_within_its_time_is_waited_for(database: TestDatabase) -> None:
    async with gateway(database.app_url, pool_size=1, statement_timeout_ms=5_000, silence_ms=0) as gate:
        assert await gate.fetch(AS_ACME, "select $1::uuid, pg_sleep(0.2)", []) is not None
        assert await gate.fetch(AS_ACME, "select $1::uuid, pg_sleep(0.2)", []) is not None


async def test_kernel_asks_whether_an_idle_connections_host_is_still_there(database: TestDatabase) -> None:
    async with behind_proxy(database) as (_, url), gateway(url, pool_size=1) as gate, gate.connection() as connection:
        used = connection.transport.get_extra_info("socket")
        assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert used.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 25_000
            assert used.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
