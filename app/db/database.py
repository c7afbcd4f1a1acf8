"""The transactions of the requests' role, each of one tenant.

There are three ways in, and no other transaction of a request: `fetch` and `change` run one statement in one round
trip, `read` and `write` open a transaction for several. Each sets who is asking, for the transaction only, before
anything else runs, so that nothing survives it: not in a pool, not behind a transaction-mode PgBouncer.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import asyncpg

from app.auth.principal import Principal, TenantId
from app.db.exchange import Call, DriverConnection, Lane, PreparedStatements, UnpreparedStatements, notice_vanished_host
from app.db.pool import Pool
from app.db.sqlstate import CONNECTION_FAILURES, ErrorTranslator, translated_connection_errors
from app.db.wire import Row, encode_parameters
from app.errors import Internal

# For a statement that orders by nearness. Without the first, an index of vectors gives its forty nearest rows, of
# whatever tenants; without the next two it gives up after 20,000 rows of others. Without the last, the sixth time a
# statement runs it is planned for an average tenant, and reads all rows of a large one: 1 ms became 1 s (200,000 rows).
_NEAREST_SETTINGS = {
    "hnsw.iterative_scan": "strict_order",
    "hnsw.max_scan_tuples": "2147483647",
    "hnsw.scan_mem_multiplier": "64",
    "plan_cache_mode": "force_custom_plan",
}
SET_NEAREST = "select " + ", ".join(
    f"set_config('{name}', '{value}', true)" for name, value in _NEAREST_SETTINGS.items()
)
_NEAREST: Call = SET_NEAREST, encode_parameters(())
_SET_READER = "select app.set_reader($1, $2, $3, $4)"
_SET_CONTEXT = "select app.set_context($1, $2, $3, $4, $5, $6, $7)"
MAX_KNOWN_READERS = 10_000
"""Callers whose call is kept: a few hundred bytes each."""


class RequestContext(NamedTuple):
    """Who is asking, and how the audit log will know the request."""

    principal: Principal
    request_id: str = ""
    client_ip: str = ""
    user_agent: str = ""


class ReadTransaction:
    """A READ ONLY transaction of one tenant."""

    def __init__(self, connection: DriverConnection, context: RequestContext, errors: ErrorTranslator) -> None:
        self._connection = connection
        self._errors = errors
        self.context = context

    async def row(self, text: str, values: Sequence[Any] = ()) -> Sequence[Any] | None:
        """Runs a statement whose `$1` is the tenant; its first row."""
        with self._errors:
            row: Sequence[Any] | None = await self._connection.fetchrow(text, self.context.principal.tenant, *values)
            return row

    async def rows(self, text: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a statement whose `$1` is the tenant; all its rows."""
        with self._errors:
            rows: Sequence[Sequence[Any]] = await self._connection.fetch(text, self.context.principal.tenant, *values)
            return rows


class WriteTransaction(ReadTransaction):
    """A transaction of one tenant that may write. A read path cannot be given one by mistake: the types differ."""


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """Sizes and times of the pool. Times are in milliseconds.

    tenant_connections   how many connections one tenant may hold; None for half of the pool
    prepared_statements  whether connections keep statements; "auto" unless a pooler stands before Postgres
    silence_ms           how long, beyond a statement's time, an answer may take before its connection counts as lost
    """

    pool_size: int = 10
    pool_timeout_ms: int = 5_000
    statement_timeout_ms: int = 10_000
    tenant_connections: int | None = None
    prepared_statements: Literal["auto", "on", "off"] = "auto"
    silence_ms: int = 5_000

    @property
    def share(self) -> int:
        """How many connections one tenant may hold: half of them, by default.

        With four fifths, a tenant of 400 requests made the others' 99th percentile 2.6 times as long; with half, 1.7.
        """
        return self.tenant_connections or (self.pool_size + 1) // 2

    @property
    def patience_s(self) -> float:
        """How long a connection is waited for."""
        return self.pool_timeout_ms / 1000

    @property
    def silence_s(self) -> float:
        """How long an answer may take: Postgres itself cancels what runs for longer than its time."""
        return (self.statement_timeout_ms + self.silence_ms) / 1000


class Database:
    """The requests' role in one database. `on_write` is told for which tenant something may have been written."""

    def __init__(
        self,
        url: str,
        options: DatabaseOptions,
        errors: ErrorTranslator,
        on_write: Callable[[TenantId], None] | None = None,
    ) -> None:
        self._url = url
        self._options = options
        self._errors = errors
        self._on_write = on_write
        self._is_pooled = False
        self._pool = Pool(self._connect, options.pool_size, options.share, options.patience_s, options.silence_s)

    async def open(self) -> None:
        """Connects. Raises Unavailable when the database cannot be reached."""
        with translated_connection_errors():
            self._is_pooled = await self._asks_pooler()
            await self._pool.open()

    async def close(self) -> None:
        """Lets running transactions end, then disconnects."""
        await self._pool.close()

    async def fetch(
        self, context: RequestContext, text: str, values: Sequence[Any], *, nearest: bool = False
    ) -> Row | None:
        """Reads with one statement, whose `$1` is the tenant, in one round trip; its first row.

        `nearest` says that the statement orders by nearness.
        """
        who = context.principal
        try:
            reader = _reader(who.tenant_text, who.user_text, who.role_text, self._options.statement_timeout_ms)
            read = text, encode_parameters((who.tenant_text, *values))
            calls = (reader, _NEAREST, read) if nearest else (reader, read)
            return await self._pool.exchange(who.tenant_text, calls)
        except Exception:
            with self._errors:
                raise

    async def change(
        self, context: RequestContext, text: str, values: Sequence[Any], *more: tuple[str, Sequence[Any]]
    ) -> Row | None:
        """Writes with one statement, or several, whose `$1` is the tenant, in one round trip and one transaction; the
        first row of the last one."""
        tenant = context.principal.tenant_text
        with self._errors:
            writer = _SET_CONTEXT, encode_parameters(self._context_values(context))
            calls = [(text, encode_parameters((tenant, *values))) for text, values in ((text, values), *more)]
            try:
                return await self._pool.exchange(tenant, (writer, *calls))
            finally:
                # Also when its outcome is not heard, the task cancelled or the connection lost: it may be committed.
                self._note_write(context)

    @asynccontextmanager
    async def read(self, context: RequestContext, *, nearest: bool = False) -> AsyncIterator[ReadTransaction]:
        """A transaction that reads; `nearest`, where a statement of it orders by nearness."""
        begin = f"begin read only; {SET_NEAREST}" if nearest else "begin read only"
        async with self._transaction(begin, context) as connection:
            yield ReadTransaction(connection, context, self._errors)

    @asynccontextmanager
    async def write(self, context: RequestContext) -> AsyncIterator[WriteTransaction]:
        """A transaction that writes; committed when the block ends, undone when it raises."""
        async with self._transaction("begin", context) as connection:
            yield WriteTransaction(connection, context, self._errors)
            self._note_write(context)  # before the commit: its outcome may not be heard
        self._note_write(context)  # and after it: sealing may have looked in between

    def _note_write(self, context: RequestContext) -> None:
        if self._on_write is not None:
            self._on_write(context.principal.tenant)

    async def ping(self) -> None:
        """Raises Unavailable when no connection answers."""
        with translated_connection_errors():
            async with self.connection() as connection:
                await connection.execute("select")

    @asynccontextmanager
    async def _transaction(self, begin: str, context: RequestContext) -> AsyncIterator[DriverConnection]:
        async with self.connection(context.principal.tenant_text) as connection:
            with self._errors:
                # All of it inside: a task that is cancelled at any step leaves no transaction open.
                try:
                    await connection.execute(begin)
                    await connection.fetchrow(_SET_CONTEXT, *self._context_values(context))
                    yield connection
                    if await connection.execute("commit") != "COMMIT":
                        # Postgres had given it up: an error was caught that no transaction survives.
                        raise Internal("Something went wrong on our side.")
                except BaseException:
                    await _rollback(connection)
                    raise

    @asynccontextmanager
    async def connection(self, tenant: str | None = None) -> AsyncIterator[DriverConnection]:
        """A connection on which no tenant is set: it sees no row of anybody's. Its time is the given tenant's.

        Raises Unavailable when there is none. What fails on it is the caller's to tell.
        """
        async with AsyncExitStack() as stack:
            with translated_connection_errors():
                connection = await stack.enter_async_context(self._pool.connection(tenant))
            yield connection

    async def _connect(self, freed: Callable[[Lane], None]) -> Lane:
        """A new connection."""
        mode = self._options.prepared_statements
        prepares = mode == "on" or (mode == "auto" and not self._is_pooled)
        # Behind a pooler, asyncpg keeps no statements even if we do: its names do not tell what they stand for.
        kept = {} if prepares and not self._is_pooled else {"statement_cache_size": 0}
        connection = await self._sign_in(**kept)
        notice_vanished_host(connection.transport)
        return Lane(connection, PreparedStatements() if prepares else UnpreparedStatements(), freed)

    async def _asks_pooler(self) -> bool:
        """Whether what we are connected to is a pooler: it speaks of another backend than the one that answers."""
        connection = await self._sign_in(statement_cache_size=0)
        try:
            async with connection.transaction():
                return bool(await connection.fetchval("select pg_backend_pid()") != connection.get_server_pid())
        finally:
            await connection.close()

    async def _sign_in(self, **kept: int) -> DriverConnection:
        options = self._options
        with translated_connection_errors():
            connection: DriverConnection = await asyncpg.connect(
                self._url,
                connection_class=DriverConnection,
                timeout=options.patience_s,
                command_timeout=options.silence_s,
                **kept,
            )
            return connection

    def _context_values(self, context: RequestContext) -> tuple[Any, ...]:
        principal = context.principal
        return (
            principal.tenant_text,
            principal.user_text,
            principal.role_text,
            context.request_id,
            context.client_ip,
            context.user_agent,
            self._options.statement_timeout_ms,
        )


@lru_cache(maxsize=MAX_KNOWN_READERS)
def _reader(tenant: str, user: str | None, role: str, timeout_ms: int) -> Call:
    """The call that opens a read of this caller's."""
    return _SET_READER, encode_parameters((tenant, user, role, timeout_ms))


async def _rollback(connection: DriverConnection) -> None:
    """Undoes the transaction. A connection that cannot even do that is of no more use, and closed."""
    try:
        await connection.execute("rollback")
    except (asyncpg.PostgresError, *CONNECTION_FAILURES):
        connection.terminate()
