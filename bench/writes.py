"""What writes cost, in pairs: bulk inserts by those of SQL by hand, trees of rows, and the audit log's share. Run:
`python -m bench.writes`.

All of it in one process, against one Postgres, as the requests' role, without HTTP: what is measured takes turns, so
whatever else the machine does is in both.

    bulk     1,000 sync jobs by `createSyncJobs`, and by `insert … select … from unnest($1, …)`
    tree     a connection with 20 sync jobs by one `createConnection`, and by two statements
    update   one row of a table with the audit log's trigger, and with that trigger off

By hand means: in BEGIN, set_context, COMMIT.
"""

import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import uvloop

from app.auth.principal import Principal, TenantId, UserId
from app.catalog import build_catalog
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.sqlstate import ErrorTranslator
from app.domains import DOMAINS
from app.graph.execution import Engine
from app.graph.running import Execution
from app.model import Role
from app.plan.planning import Limits
from bench.postgres import GATEWAY, Postgres, Size, running_postgres
from bench.tables import writes_table

CREATE = "mutation ($rows: [SyncJobCreate!]!) { createSyncJobs(input: $rows) { count } }"
TREE = "mutation ($input: ConnectionCreate!) { createConnection(input: $input) { id syncJobs { totalCount } } }"
UPDATE = "mutation ($id: ID!, $count: Int!) { updateSyncJob(by: {id: $id}, set: {recordsProcessed: $count}) { id } }"
BY_HAND = """insert into public.sync_jobs (tenant_id, connection_id, sync_id, records_processed)
select $1, * from unnest($2::uuid[], $3::text[], $4::integer[])"""
CONNECTION_BY_HAND = """insert into public.connections (tenant_id, id, user_id, provider, connection_id)
values ($1, $2, $3, $4, $5)"""
SET_CONTEXT = "select app.set_context($1, $2, $3, $4, $5, $6, $7)"

Pairs = dict[str, dict[str, list[float]]]
"""Of each comparison, by name, what took how many milliseconds, turn by turn."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How often each takes its turn, and how many updates stand in one."""

    bulk: int = 30
    tree: int = 200
    updates: int = 20
    updates_in_turn: int = 300


QUICK = Turns(4, 10, 3, 30)


class Writer:
    """A tenant's owner who writes through the gateway and by hand."""

    def __init__(self, engine: Engine, by_hand: "asyncpg.Connection[asyncpg.Record]", row: Any) -> None:
        self._engine, self._by_hand = engine, by_hand
        self.tenant, self.user, self.connection, self.job = row
        principal = Principal(TenantId(self.tenant), UserId(self.user), Role.OWNER)
        self._context = RequestContext(principal, "bench", "127.0.0.1", "bench")

    async def ask(self, query: str, variables: dict[str, Any]) -> None:
        """Through the gateway."""
        answer = await self._engine.execute(query, variables, None, Execution(self._context), may_mutate=True)
        if answer.errors:
            raise RuntimeError(f"A write failed: {answer.errors}")

    async def run(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """By hand."""
        async with self._by_hand.transaction():
            context = (self.tenant, self.user, "OWNER", "bench", "127.0.0.1", "bench", 10_000)
            await self._by_hand.fetchrow(SET_CONTEXT, *context)
            for text, values in statements:
                await self._by_hand.execute(text, self.tenant, *values)

    async def bulk(self) -> None:
        """1,000 rows through the gateway."""
        rows = [{"connectionId": str(self.connection), "syncId": name, "recordsProcessed": 7} for name in names(1000)]
        await self.ask(CREATE, {"rows": rows})

    async def bulk_by_hand(self) -> None:
        """The same by hand."""
        await self.run((BY_HAND, ([self.connection] * 1000, names(1000), [7] * 1000)))

    async def tree(self) -> None:
        """A connection with 20 sync jobs through the gateway."""
        jobs = [{"syncId": name, "recordsProcessed": 7} for name in names(20)]
        given = {"provider": "JIRA", "connectionId": names(1)[0], "userId": str(self.user)}
        await self.ask(TREE, {"input": {**given, "syncJobs": {"create": jobs}}})

    async def tree_by_hand(self) -> None:
        """The same by hand, its id made beforehand."""
        key = uuid4()
        await self.run(
            (CONNECTION_BY_HAND, (key, self.user, "JIRA", names(1)[0])),
            (BY_HAND, ([key] * 20, names(20), [7] * 20)),
        )

    async def updates(self, times: int) -> None:
        """Changes of one row, one after the other."""
        for number in range(times):
            await self.ask(UPDATE, {"id": str(self.job), "count": number})


def names(count: int) -> list[str]:
    """New ones."""
    made = uuid4().hex
    return [f"{made}-{number}" for number in range(count)]


async def measure(postgres: Postgres, turns: Turns) -> Pairs:
    """All comparisons."""
    superuser = await postgres.connect(GATEWAY)
    row = await superuser.fetchrow(
        "select tenant_id, user_id, connection.id, job.id from public.connections as connection"
        " join public.sync_jobs as job using (tenant_id) where job.connection_id = connection.id limit 1"
    )
    by_hand = await asyncpg.connect(postgres.app_url())
    catalog = build_catalog(DOMAINS)
    database = Database(postgres.app_url(), DatabaseOptions(pool_size=1), ErrorTranslator(catalog))
    await database.open()
    try:
        writer = Writer(Engine(catalog, database, Limits()), by_hand, row)
        return {
            "bulk": await take_turns(turns.bulk, gateway=writer.bulk, by_hand=writer.bulk_by_hand),
            "tree": await take_turns(turns.tree, gateway=writer.tree, by_hand=writer.tree_by_hand),
            "update": await measure_audit(superuser, writer, turns),
        }
    finally:
        await database.close()
        await by_hand.close()
        await superuser.close()


async def take_turns(times: int, **contestants: Callable[[], Awaitable[None]]) -> dict[str, list[float]]:
    """Milliseconds of each, in turn; the first turn counts for nothing."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(times + 1):
        for name, run in contestants.items():
            started = time.perf_counter()
            await run()
            if turn:
                taken[name].append((time.perf_counter() - started) * 1e3)
    return taken


async def measure_audit(superuser: Any, writer: Writer, turns: Turns) -> dict[str, list[float]]:
    """Milliseconds of an update, with the audit log and without."""

    async def run(switch: str) -> float:
        await superuser.execute(f"alter table public.sync_jobs {switch} trigger audit_update")
        await writer.updates(10)  # plans are made anew
        started = time.perf_counter()
        await writer.updates(turns.updates_in_turn)
        return (time.perf_counter() - started) * 1e3 / turns.updates_in_turn

    taken: dict[str, list[float]] = {"audited": [], "not audited": []}
    for _ in range(turns.updates):
        taken["not audited"].append(await run("disable"))
        taken["audited"].append(await run("enable"))
        await superuser.execute("vacuum public.sync_jobs")
    return taken


def measure_writes(postgres: Postgres, turns: Turns) -> Pairs:
    """All comparisons, in an event loop of their own."""
    return uvloop.run(measure(postgres, turns))


def main() -> None:
    """Prints the medians."""
    with running_postgres() as postgres:
        postgres.make_gateway(Size())
        sys.stdout.write(writes_table(measure_writes(postgres, Turns())))


if __name__ == "__main__":
    main()
