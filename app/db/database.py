"""The pool of the requests' role, and the transactions that carry a tenant.

`Database.read` and `Database.write` are the only BEGINs of the gateway. Each sets who is asking, with SET LOCAL, before
anything else runs, so that nothing survives the transaction: not in a pool, not behind a transaction-mode PgBouncer.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from app.auth.principal import Principal
from app.db.sqlstate import CONNECTION_FAILURES, ErrorTranslator, translated_connection_errors
from app.errors import DeadlineExceeded

# For a statement that orders by nearness; `set local` before anything is read, so behind PgBouncer as well. Without the
# first, an index of vectors gives its forty nearest rows, of whatever tenants; without the next two it gives up after
# 20,000 rows of others. Without the last, the sixth time a statement runs it is planned for an average tenant, and
# reads all rows of a large one: 1 ms became 1 s (200,000 rows).
NEAREST_SETTINGS = "; ".join(
    f"set local {setting}"
    for setting in (
        "hnsw.iterative_scan = strict_order",
        "hnsw.max_scan_tuples = 2147483647",
        "hnsw.scan_mem_multiplier = 64",
        "plan_cache_mode = force_custom_plan",
    )
)
_SET_CONTEXT = "select app.set_context($1, $2, $3, $4, $5, $6, $7)"

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who is asking, and how the audit log will know the request."""

    principal: Principal
    request_id: str = ""
    client_ip: str = ""
    user_agent: str = ""


class ReadTransaction:
    """A READ ONLY transaction of one tenant."""

    def __init__(self, connection: Connection, context: RequestContext) -> None:
        self._connection = connection
        self.context = context

    async def row(self, text: str, values: Sequence[Any] = ()) -> Sequence[Any] | None:
        """Runs a statement whose `$1` is the tenant; its first row."""
        row: Sequence[Any] | None = await self._connection.fetchrow(text, self.context.principal.tenant, *values)
        return row

    async def rows(self, text: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a statement whose `$1` is the tenant; all its rows."""
        rows: Sequence[Sequence[Any]] = await self._connection.fetch(text, self.context.principal.tenant, *values)
        return rows


class WriteTransaction(ReadTransaction):
    """A transaction of one tenant that may write. A read path cannot be given one by mistake: the types differ."""

    def savepoint(self) -> "asyncpg.transaction.Transaction":
        """A part that can fail without the whole."""
        return self._connection.transaction()


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """Sizes and times of the pool. Times are in milliseconds."""

    pool_size: int = 10
    pool_timeout_ms: int = 5_000
    statement_timeout_ms: int = 10_000


class Database:
    """The requests' role in one database."""

    def __init__(self, url: str, options: DatabaseOptions, errors: ErrorTranslator) -> None:
        self._url = url
        self._options = options
        self._errors = errors
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Connects. Raises Unavailable when the database cannot be reached."""
        with translated_connection_errors():
            self._pool = await asyncpg.create_pool(
                self._url, min_size=1, max_size=self._options.pool_size, reset=_nothing_to_reset
            )

    async def close(self) -> None:
        """Lets running transactions end, then disconnects."""
        if self._pool is not None:
            await self._pool.close()

    @asynccontextmanager
    async def read(self, context: RequestContext, *, nearest: bool = False) -> AsyncIterator[ReadTransaction]:
        """A transaction that reads; `nearest`, where a statement of it orders by nearness."""
        begin = f"begin read only; {NEAREST_SETTINGS}" if nearest else "begin read only"
        async with self._transaction(begin, context) as connection:
            yield ReadTransaction(connection, context)

    @asynccontextmanager
    async def write(self, context: RequestContext) -> AsyncIterator[WriteTransaction]:
        """A transaction that writes; committed when the block ends, undone when it raises."""
        async with self._transaction("begin", context) as connection:
            yield WriteTransaction(connection, context)

    async def ping(self) -> None:
        """Raises Unavailable when no connection answers."""
        async with self.connection() as connection:
            await connection.execute("select")

    @asynccontextmanager
    async def _transaction(self, begin: str, context: RequestContext) -> AsyncIterator[Connection]:
        async with self.connection() as connection:
            with self._errors:
                # All of it inside: a task that is cancelled at any step leaves no transaction open.
                try:
                    await connection.execute(begin)
                    await connection.fetchrow(_SET_CONTEXT, *self._context_values(context))
                    yield connection
                    await connection.execute("commit")
                except BaseException:
                    await _rollback(connection)
                    raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a tenant: it sees no row of anybody's."""
        assert self._pool is not None, "Database.open() comes first"
        timeout_s = self._options.pool_timeout_ms / 1000
        with translated_connection_errors():
            try:
                connection = await self._pool.acquire(timeout=timeout_s)
            except TimeoutError as exc:
                raise DeadlineExceeded("No database connection became free in time.") from exc
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    def _context_values(self, context: RequestContext) -> tuple[Any, ...]:
        principal = context.principal
        return (
            principal.tenant,
            principal.user,
            principal.role.value,
            context.request_id,
            context.client_ip,
            context.user_agent,
            self._options.statement_timeout_ms,
        )


async def _nothing_to_reset(connection: object) -> None:
    """Every setting is local to its transaction, so a connection comes back as it went: no round trip to reset it."""


async def _rollback(connection: Connection) -> None:
    """Undoes the transaction. A connection that cannot even do that is of no more use, and closed."""
    try:
        await connection.execute("rollback")
    except (asyncpg.PostgresError, *CONNECTION_FAILURES):
        connection.terminate()
