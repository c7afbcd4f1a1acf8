"""The connections of the requests' role, and whose turn it is.

In: exchanges, and requests for a connection of one's own.  Out: rows, connections.
Rejects: who has waited too long (DeadlineExceeded); everybody, while there is no database (Unavailable).

Tenants take turns: while connections are short, each tenant that waits gets about as many as the usual one asks for
before it is last again, however much it asks for; who comes new waits for one such round. And no tenant holds more than
its share of them, so that slow statements of one leave connections for the next.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from copy import copy
from math import inf
from typing import Any

from app.db.exchange import Call, DriverConnection, Exchange, Lane
from app.db.wire import Row
from app.errors import DeadlineExceeded

Tenant = str | None
"""Who asks; None is the gateway itself."""

MAX_TURNS = 15
"""How many turns a tenant gets in a row, at most."""


class Turn:
    """Someone who waits for a connection: to run an exchange on it, or to have it for himself."""

    __slots__ = ("calls", "future", "gives_up_at", "tenant")

    def __init__(
        self, tenant: Tenant, calls: Sequence[Call] | None, future: "asyncio.Future[Any]", gives_up_at: float
    ) -> None:
        self.tenant = tenant
        self.calls = calls
        self.future = future
        self.gives_up_at = gives_up_at


class _Queue:
    """What a tenant has waiting, in the order it came, and how many turns it has left before the others'."""

    __slots__ = ("left", "turns")

    def __init__(self) -> None:
        self.left = 0
        self.turns: deque[Turn] = deque()


class Waiting:
    """The turns to come: tenants in the order in which they are next, each with its own in the order they came.

    A tenant that is next gets up to twice as many turns as the usual tenant has waiting, before it is last again. With
    one turn each, and as well with as many as usual, whoever asks a little more than others, if only by chance, would
    wait for many rounds: with 500 requests of 100 tenants, the 99th percentile was 19 and 16 medians.

    `_usual` follows what tenants have waiting when they are next: one more after each that has more, one less after
    each that has less, so it stays near their median, which one tenant's crowd does not move. Where crowds are the
    median, MAX_TURNS bounds it.
    """

    def __init__(self) -> None:
        self.tenants: OrderedDict[Tenant, _Queue] = OrderedDict()
        self._usual = 1

    def add(self, turn: Turn) -> None:
        """Puts a turn behind the tenant's others."""
        self.tenants.setdefault(turn.tenant, _Queue()).turns.append(turn)

    def next(self, may_have_more: Callable[[Tenant], bool]) -> Turn | None:
        """Takes the next turn of a tenant that may have more connections."""
        for tenant, queue in self.tenants.items():
            if may_have_more(tenant):
                queue.left = (queue.left or self._turns_for(len(queue.turns))) - 1
                turn = queue.turns.popleft()
                if not queue.turns:
                    del self.tenants[tenant]
                elif not queue.left:
                    self.tenants.move_to_end(tenant)
                return turn
        return None

    def _turns_for(self, waiting: int) -> int:
        """How many turns a tenant gets that has so many waiting."""
        if len(self.tenants) == 1:
            return 1  # nobody else waits, and who comes now should not wait for long
        usual = self._usual
        self._usual = min(usual + (waiting > usual) - (waiting < usual), MAX_TURNS)
        return min(2 * usual - 1, MAX_TURNS)

    def overdue(self, now: float) -> list[Turn]:
        """Takes out all turns that gave up by now."""
        found: list[Turn] = []
        for tenant, queue in list(self.tenants.items()):
            while queue.turns and queue.turns[0].gives_up_at <= now:
                found.append(queue.turns.popleft())
            if not queue.turns:
                del self.tenants[tenant]
        return found

    def first_gives_up_at(self) -> float:
        """When the next turn gives up. There must be one."""
        return min(queue.turns[0].gives_up_at for queue in self.tenants.values())


class Pool:
    """Up to `size` connections, made when they are needed.

    share       how many of them one tenant may hold
    patience_s  how long a turn is waited for
    silence_s   how long an exchange may take; its connection counts as lost then
    """

    def __init__(
        self,
        connect: "Callable[[Callable[[Lane], None]], Coroutine[Any, Any, Lane]]",
        size: int,
        share: int,
        patience_s: float,
        silence_s: float,
    ) -> None:
        self._connect = connect
        self._size = size
        self._share = share
        self._patience_s = patience_s
        self._silence_s = silence_s
        self._idle: list[Lane] = []
        self._busy: dict[Lane, Tenant] = {}
        self._held: dict[Tenant, int] = {}
        self._connecting: set[asyncio.Task[Lane]] = set()
        self._waiting = Waiting()
        self._alarm: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._is_quiet = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop

    async def open(self) -> None:
        """Makes the first connection. Raises what the driver raises when it cannot."""
        self._loop = asyncio.get_running_loop()  # once: to ask for it takes a system call, until Python 3.12
        self._freed(await self._connect(self._freed))

    async def close(self) -> None:
        """Lets what runs or waits come to its end, then says goodbye."""
        while self._busy or self._waiting.tenants:
            self._is_quiet.clear()
            await self._is_quiet.wait()
        connecting = list(self._connecting)
        for task in connecting:
            task.cancel()
        await asyncio.gather(*connecting, return_exceptions=True)
        lanes, self._idle = self._idle, []
        await asyncio.gather(*(lane.close() for lane in lanes))
        for timer in (self._alarm, self._watch):
            if timer is not None:
                timer.cancel()

    def exchange(self, tenant: Tenant, calls: Sequence[Call]) -> "asyncio.Future[Row | None]":
        """Runs statements in one round trip; the first row of the last."""
        return self._take_turn(tenant, calls).future

    @asynccontextmanager
    async def connection(self, tenant: Tenant) -> AsyncIterator[DriverConnection]:
        """A connection of one's own."""
        turn = self._take_turn(tenant, None)
        try:
            lane: Lane = await turn.future
        except asyncio.CancelledError:
            if turn.future.done() and not turn.future.cancelled() and turn.future.exception() is None:
                self._freed(turn.future.result())  # it was ours already
            raise
        try:
            yield lane.lend()
        finally:
            lane.take_back()
            self._freed(lane)

    def _take_turn(self, tenant: Tenant, calls: Sequence[Call] | None) -> Turn:
        turn = Turn(tenant, calls, self._loop.create_future(), self._loop.time() + self._patience_s)
        # Should others wait while a connection is idle, their tenants hold their share already.
        if self._idle and self._may_have_more(tenant):
            self._begin(turn, self._idle.pop())
        else:
            self._waiting.add(turn)
            self._serve()
        return turn

    def _may_have_more(self, tenant: Tenant) -> bool:
        return self._held.get(tenant, 0) < self._share

    def _begin(self, turn: Turn, lane: Lane) -> None:
        self._busy[lane] = turn.tenant
        self._held[turn.tenant] = self._held.get(turn.tenant, 0) + 1
        if turn.calls is None:
            turn.future.set_result(lane)
        else:
            lane.run(Exchange(turn.calls, turn.future))
            if self._watch is None:
                self._set_watch(lane.sent_at)

    def _freed(self, lane: Lane) -> None:
        """A connection has nothing to do any more, or is gone."""
        if lane in self._busy:
            self._give_back(self._busy.pop(lane))
        elif lane in self._idle:
            self._idle.remove(lane)
        if not lane.is_lost:
            self._idle.append(lane)
        if self._waiting.tenants:
            self._serve()
        if not self._busy:
            self._tell_quiet()

    def _give_back(self, tenant: Tenant) -> None:
        held = self._held.pop(tenant)
        if held > 1:
            self._held[tenant] = held - 1

    def _serve(self) -> None:
        """Gives idle connections to those who are next; when there are none, sees that there will be."""
        while self._idle and (turn := self._waiting.next(self._may_have_more)) is not None:
            if not turn.future.done():  # else whoever waited has gone away
                self._begin(turn, self._idle.pop())
        if not self._waiting.tenants:
            return
        if self._alarm is None:
            self._set_alarm()
        if not self._idle and len(self._busy) + len(self._connecting) < self._size:
            task = asyncio.create_task(self._connect(self._freed))
            self._connecting.add(task)
            task.add_done_callback(self._connected)

    def _connected(self, task: "asyncio.Task[Lane]") -> None:
        """A connection is made, or could not be. Who waits is told so unless there are others to wait for."""
        self._connecting.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._freed(task.result())
        elif not self._busy and not self._connecting:
            for turn in self._waiting.overdue(inf):
                self._fail(turn, _again(error))
            self._tell_quiet()

    def _set_alarm(self) -> None:
        self._alarm = self._loop.call_at(self._waiting.first_gives_up_at(), self._give_up)

    def _set_watch(self, since: float) -> None:
        self._watch = self._loop.call_at(since + self._silence_s, self._give_up_silent)

    def _give_up_silent(self) -> None:
        """Gives up connections on which Postgres has been silent for too long: its host may be gone without a word."""
        self._watch = None
        now = self._loop.time()
        for lane in [lane for lane in self._busy if lane.sent_at + self._silence_s <= now]:
            lane.abort()
        since = min((lane.sent_at for lane in self._busy), default=inf)
        if since < inf:
            self._set_watch(since)

    def _give_up(self) -> None:
        """Fails who has waited too long."""
        self._alarm = None
        for turn in self._waiting.overdue(self._loop.time()):
            self._fail(turn, DeadlineExceeded("No database connection became free in time."))
        self._tell_quiet()
        if self._waiting.tenants:
            self._set_alarm()

    def _fail(self, turn: Turn, error: BaseException) -> None:
        if not turn.future.done():
            turn.future.set_exception(error)

    def _tell_quiet(self) -> None:
        if not self._busy and not self._waiting.tenants:
            self._is_quiet.set()


def _again(error: BaseException) -> BaseException:
    """The same error for somebody else: what becomes of it there, such as its path, is nobody else's to see."""
    again = copy(error)
    again.__cause__ = error.__cause__
    return again
