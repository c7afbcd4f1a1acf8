"""One round trip: statements that are sent together and run in order, in one transaction.

Between the first message and Sync, Postgres runs everything in one implicit transaction: the statement that sets who
is asking has completed before the next is even bound, and should it fail, Postgres skips all that follows. Nothing
survives the transaction, so this holds behind a transaction-mode PgBouncer and on a standby as well
(docs/decisions/0013-one-round-trip.md).
"""

import asyncio
import hashlib
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from typing import Any, Protocol, TypeAlias

import asyncpg

from app.db import wire

Call: TypeAlias = tuple[str, bytes]
"""A statement's text and its parameters, as `wire.encode_parameters` makes them."""

MAX_PREPARED = 200
"""Statements that a connection keeps prepared. Each is a plan in the memory of its backend."""
MAX_PREPARED_CHARACTERS = 15_000
"""Longer ones are parsed each time: a plan takes some 200 bytes for a character, and whoever asks can make it long."""

_GOODBYE_S = 1

# What Postgres says when a pooler gave us another backend since we prepared a statement, unknown to us.
_PREPARED_ELSEWHERE = ("26000", "42P05")  # there is no statement of this name, there is one already
# What it says when a migration changed a type, of a result or of what a parameter was compared with, since then.
_PREPARED_BEFORE = ("0A000", "42883", "42804")


class Exchange:
    """Statements on their way; `answer` becomes the first row of the last one, or None where it has none."""

    __slots__ = ("answer", "calls", "error", "is_second_try", "row", "unanswered", "unconfirmed")

    def __init__(
        self, calls: Sequence[Call], answer: "asyncio.Future[wire.Row | None]", *, is_second_try: bool = False
    ) -> None:
        self.calls = calls
        self.answer = answer
        self.is_second_try = is_second_try
        self.unanswered = len(calls)  # statements that Postgres has not begun with
        self.row: wire.Row | None = None
        self.error: Exception | None = None
        self.unconfirmed: list[str] = []  # texts that were sent to be prepared, until Postgres says that they are

    def finish(self) -> None:
        """Tells who waits, who may have gone away meanwhile."""
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.row)
        else:
            self.answer.set_exception(self.error)


class Statements(Protocol):
    """How a connection comes by its statements."""

    def messages(self, exchange: Exchange) -> bytes:
        """All messages of an exchange."""

    def forget(self, texts: Sequence[str]) -> None:
        """Postgres did not get as far as to prepare these, or has to do it anew."""


class PreparedStatements:
    """What a connection has prepared, by text; the statement used longest ago makes room."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._unwanted: list[bytes] = []

    def messages(self, exchange: Exchange) -> bytes:
        """All messages of an exchange, with the preparation of what is new to the connection."""
        parts: list[bytes] = []
        for text, parameters in exchange.calls:
            name = self._names.get(text)
            if len(text) > MAX_PREPARED_CHARACTERS:
                name = b""
                parts.append(wire.parse(name, text))
            elif name is None:
                name = self._add(text)
                exchange.unconfirmed.append(text)
                parts.append(wire.parse(name, text))
            else:
                self._names.move_to_end(text)
            parts.append(wire.bind_execute(name, parameters))
        while len(self._names) > MAX_PREPARED:
            self._unwanted.append(self._names.popitem(last=False)[1])
        if self._unwanted:
            parts[:0] = map(wire.close, self._unwanted)
            self._unwanted.clear()
        parts.append(wire.SYNC)
        return b"".join(parts)

    def forget(self, texts: Sequence[str]) -> None:
        """Postgres did not get as far as to prepare these, or has to do it anew."""
        # It may be closed without being there.
        self._unwanted += [self._names.pop(text) for text in texts if text in self._names]

    def _add(self, text: str) -> bytes:
        """The name tells the text: behind a pooler, it never stands for what another connection prepared."""
        name = self._names[text] = hashlib.blake2b(text.encode(), digest_size=16).hexdigest().encode()
        return name


class UnpreparedStatements:
    """For a pooler that gives each transaction another connection: nothing is prepared beyond it."""

    def messages(self, exchange: Exchange) -> bytes:
        """All messages of an exchange; each statement is parsed in it."""
        calls = (wire.parse(b"", text) + wire.bind_execute(b"", parameters) for text, parameters in exchange.calls)
        return b"".join([*calls, wire.SYNC])

    def forget(self, texts: Sequence[str]) -> None:
        """There is nothing to forget."""


class DriverConnection(asyncpg.Connection):  # type: ignore[misc]
    """asyncpg's connection: it signs in, speaks TLS and runs transactions of several round trips."""

    def __init__(
        self, protocol: asyncio.Protocol, transport: asyncio.Transport, *more: object, **named: object
    ) -> None:
        super().__init__(protocol, transport, *more, **named)
        self.driver: Any = protocol
        self.transport = transport

    def is_clean(self) -> bool:
        """Whether Postgres has answered all that was asked, and no transaction is open."""
        return not (self.is_closed() or self.driver._is_cancelling() or self.is_in_transaction())


# Within half a minute. An idle connection is asked whether its host is there; what is sent is sent anew so long.
_VANISHED_HOST = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}


def notice_vanished_host(transport: asyncio.Transport) -> None:
    """Has the kernel break a connection to a host that went without a word. Does nothing for a Unix socket."""
    connected = transport.get_extra_info("socket")
    if connected.family == socket.AF_UNIX:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _VANISHED_HOST.items():
        if hasattr(socket, name):  # not all systems have all of them
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class Lane(asyncio.Protocol):
    """A connection: asyncpg's while it is lent out, and otherwise ours, for one exchange at a time.

    Both speak through the same transport, and only ever take over from each other while Postgres has nothing to say.
    `freed` is called when an exchange is done, and when the connection is lost.
    """

    def __init__(self, connection: DriverConnection, statements: Statements, freed: "Callable[[Lane], None]") -> None:
        self.connection = connection
        self.is_lost = connection.is_closed()
        self.sent_at = inf  # when the exchange that runs was sent
        self._loop = asyncio.get_running_loop()
        self._statements = statements
        self._freed = freed
        self._exchange: Exchange | None = None
        self._buffer = bytearray()
        self._transport = connection.transport
        self._transport.set_protocol(self)

    def run(self, exchange: Exchange) -> None:
        """Sends an exchange."""
        self._exchange = exchange
        self.sent_at = self._loop.time()
        self._transport.write(self._statements.messages(exchange))

    def lend(self) -> DriverConnection:
        """The connection, for transactions of several round trips."""
        self._transport.set_protocol(self.connection.driver)
        if self._buffer:  # half a message: asyncpg would not know where the next begins
            self.connection.terminate()
        return self.connection

    def take_back(self) -> None:
        """Ends a loan. A connection that still has something to say is given up: we would take it for our answer."""
        if not self.connection.is_clean():
            self.connection.terminate()
            self.is_lost = True
        else:
            self._transport.set_protocol(self)

    def abort(self) -> None:
        """Gives the connection up, and with it the exchange."""
        self.sent_at = inf
        self._transport.abort()

    async def close(self) -> None:
        """Says goodbye to Postgres, without waiting long for it to hang up."""
        with suppress(OSError):  # it has gone already, or does not answer
            await self.lend().close(timeout=_GOODBYE_S)

    def data_received(self, data: bytes) -> None:
        """What Postgres says: whole messages, and perhaps the beginning of one.

        Unasked, it says why it ends the connection, or what a setting has become.
        """
        buffer: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            buffer = self._buffer
        at = 0
        for kind, start, after in wire.messages(buffer):
            if self._exchange is not None and kind not in wire.TELLS_NOTHING:
                self._take(self._exchange, kind, buffer, start, after)
            at = after
        if buffer is self._buffer:
            del self._buffer[:at]
        elif at < len(buffer):
            self._buffer += buffer[at:]

    def _take(self, exchange: Exchange, kind: int, buffer: bytes | bytearray, start: int, end: int) -> None:
        if kind == wire.DATA_ROW:
            if not exchange.unanswered and exchange.row is None:
                exchange.row = wire.read_row(buffer, start)
        elif kind == wire.BIND_COMPLETE:
            exchange.unanswered -= 1
        elif kind == wire.PARSE_COMPLETE:
            exchange.unconfirmed = exchange.unconfirmed[1:]
        elif kind == wire.ERROR:
            exchange.error = wire.read_error(bytes(buffer[start:end]))
        elif kind == wire.READY:
            self._end(exchange)

    def _end(self, exchange: Exchange) -> None:
        if exchange.unconfirmed:
            self._statements.forget(exchange.unconfirmed)
        if exchange.error is not None and self._may_succeed_now(exchange):
            # Nothing of the exchange stayed.
            self.run(Exchange(exchange.calls, exchange.answer, is_second_try=True))
            return
        self._exchange = None
        self.sent_at = inf
        exchange.finish()
        self._freed(self)

    def _may_succeed_now(self, exchange: Exchange) -> bool:
        """Whether an exchange failed for what was prepared, and not for what it is. Sees to it that this is no more."""
        state = getattr(exchange.error, "sqlstate", None)
        if exchange.is_second_try or state not in (*_PREPARED_ELSEWHERE, *_PREPARED_BEFORE):
            return False
        if state in _PREPARED_ELSEWHERE:
            self._statements = UnpreparedStatements()
        else:
            self._statements.forget([text for text, _ in exchange.calls])
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; so is the exchange on it, and nobody knows how it ended."""
        self.is_lost = True
        self.connection.driver.connection_lost(exc)
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.error = exchange.error or ConnectionError("The connection was lost.")
            exchange.finish()
        self._freed(self)
