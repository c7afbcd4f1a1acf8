"""uvicorn's HTTP, with a short way for what a GraphQL server does all day: a short request, answered in one piece.

In: connections.  Out: calls of the ASGI app, whose answers are sent.
uvicorn's way serves streams in both directions. A request with a short body is here in full before the app is called,
and what answers it in one piece is one write: that costs a third of it (docs/performance.md). All else goes uvicorn's
way, even when it turns out late: an answer in parts, an app that fails, or waits for its client to go.
"""

import asyncio
import re
from math import inf
from typing import Any, cast

from starlette.types import Message, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

MAX_SHORT_BODY = 2**16
"""In bytes. Longer ones are read as the app asks for them."""

_PLAIN_PATH = re.compile(rb"/[\w./-]*", re.ASCII)
"""A target that is a path, with no query, escape or fragment."""

_UNUSUAL = (b"connection", b"transfer-encoding")
"""Headers of an answer that say how it is sent."""


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    cycle: Any  # RequestResponseCycle | ShortCycle | None
    scope: Any
    _idle_since = inf  # in the loop's time; while a request is answered, nobody is idle

    def on_headers_complete(self) -> None:
        """The head of a request is here, and says which way it goes."""
        is_next = self.cycle is None or self.cycle.response_complete
        if not is_next or not self._is_short():
            super().on_headers_complete()
            return
        scope: Scope = self.scope
        scope["method"] = self.parser.get_method().decode()
        scope["path"] = self.root_path + self.url.decode()
        scope["raw_path"] = self.root_path.encode() + self.url
        scope["query_string"] = b""
        self.cycle = ShortCycle(self, scope, self.parser.should_keep_alive())

    def _is_short(self) -> bool:
        if self.parser.get_http_version() != "1.1" or self.parser.should_upgrade() or self.expect_100_continue:
            return False
        length = 0
        for name, value in self.headers:
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                return False
        if self.limit_concurrency is not None or self.parser.get_method() == b"HEAD":
            return False
        return length <= MAX_SHORT_BODY and _PLAIN_PATH.fullmatch(self.url) is not None

    def on_body(self, body: bytes) -> None:
        """A part of a request's body is here."""
        if type(self.cycle) is ShortCycle:
            self.cycle.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is here in full."""
        if type(self.cycle) is ShortCycle:
            task = self.loop.create_task(self.cycle.run())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            super().on_message_complete()

    def in_full(self, scope: Scope, keep_alive: bool) -> RequestResponseCycle:
        """A request as uvicorn has it."""
        return RequestResponseCycle(
            scope=cast(Any, scope),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    def on_response_complete(self) -> None:
        """A request is answered: the next one's turn, or time to wait for one."""
        if self.pipeline:
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_when_idle_for(self.timeout_keep_alive)

    def _look_when_idle_for(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Closes a connection that is idle for too long. One timer looks now and then: to set one each time is dear."""
        self.timeout_keep_alive_task = None
        if self._idle_since == inf:
            return
        remaining = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if remaining > 0:
            self._look_when_idle_for(remaining)
        else:
            super().timeout_keep_alive_handler()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = inf

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        super().connection_lost(exc)
        super()._unset_keepalive_if_required()


class _NoEvent:
    """uvicorn wakes whoever waits for a part of the request; of a short one, nobody does."""

    def set(self) -> None:
        """Wakes nobody."""


class ShortCycle:
    """A request that was here in full before the app is called, and its answer.

    The attributes without underscore are those that uvicorn's protocol looks for in the request it is busy with.
    """

    __slots__ = (
        "_full",
        "_head",
        "_is_read",
        "_protocol",
        "_scope",
        "body",
        "disconnected",
        "keep_alive",
        "response_complete",
    )

    message_event = _NoEvent()

    def __init__(self, protocol: HttpProtocol, scope: Scope, keep_alive: bool) -> None:
        self._protocol = protocol
        self._scope = scope
        self._head: Message | None = None
        self._full: Any = None
        self._is_read = False
        self.body = b""
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False

    async def run(self) -> None:
        """Calls the app, and sees that there is an answer."""
        try:
            await self._protocol.app(self._scope, self._receive, self._send)
        except BaseException as exc:
            await self._in_full().run_asgi(_failing(exc))
        else:
            if self._full is not None or not (self.response_complete or self.disconnected):
                await self._in_full().run_asgi(_doing_nothing)

    async def _receive(self) -> Message:
        if self._full is not None or self._is_read or self.disconnected:
            waited_for: Message = await self._in_full().receive()
            return waited_for
        self._is_read = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if self._full is None and self._head is None and message["type"] == "http.response.start":
            self._head = message
        elif self._full is None and (answer := self._in_one_piece(message)):
            self._write(answer)
        else:
            await self._send_in_full(message)

    def _in_one_piece(self, message: Message) -> bytes | None:
        """An answer as it is written; None where it has anything unusual, or cannot be written now."""
        if self._head is None or message["type"] != "http.response.body" or message.get("more_body"):
            return None
        if self.disconnected or self.response_complete or self._protocol.flow.write_paused:
            return None
        body = message.get("body", b"")
        lines = [STATUS_LINE[self._head["status"]]]
        says_length = False
        for name, value in (*self._protocol.server_state.default_headers, *self._head.get("headers", ())):
            lines.append(b"%b: %b\r\n" % (name, value))
            if name == b"content-length":
                says_length = not says_length and value == b"%d" % len(body)
            elif name in _UNUSUAL or not name.islower():
                return None
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        head = b"".join(lines)
        # A line break in a value would end its header, and begin what the caller likes.
        if not says_length or not head.count(b"\n") == head.count(b"\r") == len(lines) or b"\0" in head:
            return None
        return b"%b\r\n%b" % (head, body)

    def _write(self, answer: bytes) -> None:
        self._protocol.transport.write(answer)
        self.response_complete = True
        if not self.keep_alive:
            self._protocol.transport.close()
        self._protocol.on_response_complete()

    async def _send_in_full(self, message: Message) -> None:
        full = self._in_full()
        if self._head is not None and not full.response_started:
            await full.send(self._head)
        await full.send(message)

    def _in_full(self) -> Any:
        """This request as uvicorn has it, which goes on from here."""
        if self._full is None:
            self._full = self._protocol.in_full(self._scope, self.keep_alive)
            self._full.disconnected = self.disconnected
            self._full.response_started = self._full.response_complete = self.response_complete
            self._full.more_body = False
            if not self._is_read:
                self._full.body += self.body
                self._full.message_event.set()
            if self._protocol.cycle is self:
                self._protocol.cycle = self._full
        return self._full


def _failing(exc: BaseException) -> Any:
    async def app(*_: object) -> None:
        raise exc

    return app


async def _doing_nothing(*_: object) -> None:
    pass
