"""HTTP/1.1 on a real socket: what goes the short way and what goes uvicorn's answer alike, byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.web.http import MAX_SHORT_BODY, HttpProtocol, ShortCycle

BOTH = pytest.mark.parametrize("protocol", [HttpProtocol, HttpToolsProtocol])
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Server(uvicorn.Server):
    """One that leaves the signals to pytest."""

    def capture_signals(self) -> Any:
        return asynccontextmanager(_nothing)()

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


async def _nothing() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def serving(app: ASGIApp, protocol: type[HttpToolsProtocol] = HttpProtocol, **more: Any) -> AsyncIterator[Server]:
    options = {"lifespan": "off", "date_header": False, "server_header": False, "log_config": None, "port": 0}
    server = Server(uvicorn.Config(app, http=protocol, loop="asyncio", interface="asgi3", **(options | more)))  # type: ignore[arg-type]
    running = asyncio.create_task(server._serve())
    try:
        while not server.started:
            await asyncio.sleep(0)
        yield server
    finally:
        server.should_exit = True
        await running


async def talk(server: Server, *parts: bytes) -> bytes:
    """All that is answered until the server hangs up; each part is sent once what came before it has been read."""
    async with connected(server) as (reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        return await asyncio.wait_for(reader.read(), 10)


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def request(body: bytes = b"", *headers: bytes, method: bytes = b"POST", target: bytes = b"/echo") -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", b"host: here", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", body])


LAST = b"connection: close"


async def read_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def answer(send: Send, body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*lengths(body), *headers]})
    await send({"type": "http.response.body", "body": body})


def lengths(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", b"%d" % len(body))]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    said = (scope["method"], scope["path"], scope["raw_path"], scope["query_string"], sorted(scope["headers"]))
    await answer(send, f"{said} {await read_body(receive)!r}\n".encode(), (b"x-told", b"yes"))


REQUESTS = {
    "a post": request(b"{}", LAST),
    "without a body": request(b"", LAST),
    "a get": b"GET /echo HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n",
    "a get with a query": b"GET /echo?a=b%20c HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n",
    "a path with an escape": request(b"{}", LAST, target=b"/ec%68o"),
    "an absolute target": request(b"{}", LAST, target=b"http://here/echo"),
    "a head": b"HEAD /echo HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n",
    "a body of the longest short": request(b"x" * MAX_SHORT_BODY, LAST),
    "a body that is longer": request(b"x" * (MAX_SHORT_BODY + 1), LAST),
    "in chunks": b"POST /echo HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    b"2\r\n{}\r\n0\r\n\r\n",
    "http 1.0": b"POST /echo HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}",
    "waiting for leave": request(b"{}", b"expect: 100-continue", LAST),
    "an upgrade": request(b"{}", b"connection: upgrade, close", b"upgrade: h2c"),
    "several in a row": request(b"1") + request(b"2") + request(b"3", LAST),
    "several after one that is long": request(b"x" * (MAX_SHORT_BODY + 1)) + request(b"2") + request(b"3", LAST),
    "names in capitals": b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\nConnection: Close\r\n\r\n{}",
    "two lengths": b"POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
    "a length and chunks": request(b"2\r\n{}\r\n0\r\n\r\n", b"transfer-encoding: chunked", LAST),
    "no request": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "a length that is none": b"POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: two\r\n\r\n{}",
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_both_ways_answer_alike(name: str) -> None:
    sent = REQUESTS[name]
    answers = []
    for protocol in (HttpProtocol, HttpToolsProtocol):
        async with serving(echo, protocol) as server:
            answers.append(await talk(server, sent))
    assert answers[0] == answers[1] != b""


async def test_body_that_comes_in_pieces_is_one_body() -> None:
    async with serving(echo) as server:
        said = await talk(server, *(bytes([byte]) for byte in request(b"0123456789", LAST)))
    assert said.endswith(b"b'0123456789'\n")


async def started_only(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": lengths(b"x")})


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("refused")


async def failing_late(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"done")
    raise RuntimeError("refused")


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    pass


async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part in (b"a", b"b"):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"c"})


async def of_unknown_length(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"all of it"})


async def of_another_length(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": lengths(b"x")})
    await send({"type": "http.response.body", "body": b"all of it"})


async def hanging_up(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"bye", (b"connection", b"close"))


async def answering_twice(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"once")
    await answer(send, b"twice")


async def with_capitals(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"x", (b"X-Told", b"Yes"))


async def with_a_break(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"x", (b"x-told", b"yes\r\nset-cookie: no"))


async def with_a_name_that_breaks(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"x", (b"x-told\nset-cookie", b"no"))


APPS = [
    failing,
    failing_late,
    silent,
    streaming,
    of_unknown_length,
    of_another_length,
    hanging_up,
    answering_twice,
    with_capitals,
    with_a_break,
    with_a_name_that_breaks,
]


@pytest.mark.parametrize("app", APPS)
async def test_apps_out_of_the_ordinary_are_answered_for_alike(app: App) -> None:
    answers = []
    for protocol in (HttpProtocol, HttpToolsProtocol):
        async with serving(app, protocol) as server:
            answers.append(await talk(server, request(b"{}") + request(b"{}", LAST)))
    assert answers[0] == answers[1]
    assert b"set-cookie" not in answers[0]


async def test_answer_that_was_only_begun_is_a_failure() -> None:
    async with serving(started_only) as server:
        assert (await talk(server, request(b"{}", LAST))).startswith(b"HTTP/1.1 500 ")


async def test_what_is_usual_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    write = ShortCycle._write

    def recorded(cycle: ShortCycle, whole: bytes) -> None:
        written.append(whole)
        write(cycle, whole)

    monkeypatch.setattr(ShortCycle, "_write", recorded)
    async with serving(echo, date_header=True) as server:
        said = [await talk(server, request(b"1", LAST)), await talk(server, request(b"2", LAST))]
    assert written == said


@BOTH
async def test_app_learns_that_its_client_has_gone(protocol: type[HttpToolsProtocol]) -> None:
    came: asyncio.Queue[Message] = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            came.put_nowait(await receive())
        await answer(send, b"nobody hears it")

    async with serving(app, protocol) as server, connected(server) as (_, writer):
        writer.write(request(b"{}"))
        assert (await asyncio.wait_for(came.get(), 10))["type"] == "http.request"
        writer.close()
        assert (await asyncio.wait_for(came.get(), 10))["type"] == "http.disconnect"


async def test_client_that_leaves_before_its_answer_does_no_harm() -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await may_answer.wait()
        await answer(send, b"x" * 100_000)

    async with serving(app) as server, connected(server) as (_, writer):
        writer.write(request(b"{}"))
        await asyncio.wait_for(asked.wait(), 10)
        writer.close()
        while server.server_state.connections:
            await asyncio.sleep(0)
        may_answer.set()
        while server.server_state.tasks:
            await asyncio.sleep(0)
        assert (await talk(server, request(b"{}", LAST))).endswith(b"x" * 100_000)


async def test_idle_connection_is_closed_and_a_busy_one_is_not() -> None:
    may_answer = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if await read_body(receive) == b"slow":
            await may_answer.wait()
        await answer(send, b"x")

    async with serving(app, timeout_keep_alive=0.05) as server, connected(server) as (reader, writer):
        writer.write(request(b"quick"))
        await reader.readuntil(b"x")
        writer.write(request(b"slow"))
        assert await asyncio.wait_for(talk(server, request(b"quick")), 10) != b""  # an idle one is closed meanwhile
        may_answer.set()
        assert (await asyncio.wait_for(reader.read(), 10)).endswith(b"x")


async def test_shutdown_waits_for_an_answer_and_says_goodbye_with_it() -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await may_answer.wait()
        await answer(send, b"after all")

    async with serving(app) as server, connected(server) as (reader, writer):
        writer.write(request(b"{}"))
        await asyncio.wait_for(asked.wait(), 10)
        server.should_exit = True
        while not server.server_state.connections or server.servers[0].is_serving():
            await asyncio.sleep(0)
        may_answer.set()
        said = await asyncio.wait_for(reader.read(), 10)
    assert said.endswith(b"connection: close\r\n\r\nafter all")


async def test_reader_that_is_slow_is_waited_for() -> None:
    whole = b"x" * 4_000_000

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, whole)

    async with serving(app) as server, connected(server) as (reader, writer):
        writer.write(request(b"1") + request(b"2") + request(b"3", LAST))
        said = await asyncio.wait_for(reader.read(), 30)
        assert said.count(b"HTTP/1.1 200 OK") == 3
        assert said.count(b"x" * 1_000) == 3 * 4_000
