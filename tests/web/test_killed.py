"""The gateway is killed, and then Postgres, in the middle of mutations: each is wholly there or wholly not.

Every mutation has an Idempotency-Key and is sent until it is answered. In the end each has run once.
"""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from app.auth.mint import mint_token
from app.db.embedded import EmbeddedServer, ensure_database, start_embedded
from app.db.migrations import migrate
from tests import world as tenants
from tests.processes import PROGRAM, environment, free_port, wait_until_ready
from tests.world import ACME

SECRET = "a secret of thirty-two bytes, at least"
MUTATIONS = 1_000
CALLERS = 16
KILL_GATEWAY_AT, KILL_POSTGRES_AT = 250, 600

ROW = "mutation ($name: String!) { createUser(input: {email: $name}) { email } }"
ROWS = """mutation ($name: String!, $other: String!) {
  createIntegrations(input: [{name: $name, provider: $name}, {name: $name, provider: $other}]) { count } }"""
TREE = """mutation ($name: String!, $user: ID!, $jobs: [SyncJobCreate!]!) {
  createConnection(input: {provider: JIRA, connectionId: $name, userId: $user, syncJobs: {create: $jobs}}) { id } }"""
COUNT = """mutation { updateSyncJob(by: {syncId: "sync-owner-0"}, set: {increment: {recordsProcessed: 1}}) { id }
  again: updateSyncJob(by: {syncId: "sync-owner-3"}, set: {increment: {recordsProcessed: 1}}) { id } }"""
# Of each kind, how many stand for how many mutations: never a fraction, whoever was killed.
WHOLE = """
    select count(*) = 0 from (
      select name from public.integrations where name like 'm-%' group by name having count(*) <> 2
      union all
      select connection_id from public.connections as connection
      where connection_id like 'm-%' and 3 <> (
        select count(*) from public.sync_jobs as job where job.connection_id = connection.id
      )
    ) as in_parts"""
COUNTED = """
    select array_agg(records_processed order by sync_id) from public.sync_jobs
    where tenant_id = $1 and sync_id = any ($2)"""


def mutation(number: int) -> tuple[str, dict[str, Any]]:
    """One of four kinds."""
    name = f"m-{number}"
    match number % 4:
        case 0:
            return ROW, {"name": f"{name}@acme.example"}
        case 1:
            return ROWS, {"name": name, "other": f"{name}-other"}
        case 2:
            jobs = [{"syncId": f"{name}-{job}"} for job in range(3)]
            return TREE, {"name": name, "user": str(ACME.user("owner")), "jobs": jobs}
        case _:
            return COUNT, {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server of its own: others would notice."""
    server = start_embedded(tmp_path_factory.mktemp("killed"))
    yield server
    _postmaster(server).send_signal(signal.SIGQUIT)


@pytest.fixture
async def superuser(server: EmbeddedServer) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections that come back after Postgres did."""
    await ensure_database(server)
    await asyncio.to_thread(migrate, server.owner_url())
    connection = await asyncpg.connect(server.owner_url())
    await tenants.fill(connection)
    await connection.close()
    pool = await asyncpg.create_pool(server.owner_url(), min_size=0, max_size=1)
    yield pool
    await pool.close()


def _postmaster(server: EmbeddedServer) -> psutil.Process:
    return psutil.Process(int((server.socket_dir / "postmaster.pid").read_text().split()[0]))


@dataclass
class Gateway:
    """`bulkhead serve`, until it is killed; then another one on the same port."""

    server: EmbeddedServer
    log: Path
    port: int = field(default_factory=free_port)
    url: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}"
        settings = {"DATABASE_URL": self.server.app_url(), "BULKHEAD_JWT_SECRET": SECRET}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [*PROGRAM, "serve", "--port", str(self.port)],
                cwd=self.log.parent, env=environment(**settings), stdout=log, stderr=log,
            )  # fmt: skip
        wait_until_ready(self.url, self.process, self.log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@dataclass
class Callers:
    """Those who send every mutation until it is answered."""

    http: httpx.AsyncClient
    url: str
    answered: int = 0
    sent_again: int = 0
    reached: dict[int, asyncio.Event] = field(default_factory=dict)

    async def send_all(self) -> None:
        numbers = iter(range(MUTATIONS))

        async def caller() -> None:
            for number in numbers:
                await self.send(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(caller())

    async def send(self, number: int) -> None:
        body = await self.until_answered(number)
        if number % 10 == 3:  # an answer that was lost on its way
            assert await self.until_answered(number) == body
        self.answered += 1
        if self.answered in self.reached:
            self.reached[self.answered].set()

    async def until_answered(self, number: int) -> Any:
        query, variables = mutation(number)
        while True:
            try:
                answer = await self.http.post(
                    self.url, json={"query": query, "variables": variables}, headers={"Idempotency-Key": f"m-{number}"}
                )
                body = answer.json()
                if "errors" not in body:
                    return body
                codes = {error["extensions"]["code"] for error in body["errors"]}
                assert codes <= {"UNAVAILABLE", "UNDONE"}, body
            except httpx.TransportError:
                pass  # it is down
            self.sent_again += 1
            await asyncio.sleep(0.02)  # else those who ask would leave no time to those who come back


async def test_mutations_are_whole_and_run_once_whoever_is_killed(
    server: EmbeddedServer, superuser: "asyncpg.Pool[asyncpg.Record]", tmp_path: Path
) -> None:
    gateway = Gateway(server, tmp_path / "log")
    await asyncio.to_thread(gateway.start)
    token = mint_token(SECRET, ACME.principal(), issuer=None, audience=None, lifetime_s=600)
    reached = {at: asyncio.Event() for at in (KILL_GATEWAY_AT, KILL_POSTGRES_AT)}
    headers = {"authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(headers=headers, timeout=30) as http, asyncio.TaskGroup() as group:
            callers = Callers(http, f"{gateway.url}/graphql", reached=reached)
            group.create_task(callers.send_all())
            await reached[KILL_GATEWAY_AT].wait()
            gateway.kill()
            assert await superuser.fetchval(WHOLE)
            await asyncio.to_thread(gateway.start)
            await reached[KILL_POSTGRES_AT].wait()
            for child in _postmaster(server).children():
                with suppress(psutil.NoSuchProcess):  # the postmaster ends the others when it misses the first
                    child.kill()
            assert await _until_answered(superuser, WHOLE)
        assert callers.answered == MUTATIONS
        assert callers.sent_again
        await assert_each_ran_once(superuser)
    finally:
        gateway.kill()


async def _until_answered(superuser: "asyncpg.Pool[asyncpg.Record]", question: str) -> Any:
    """Asks until Postgres has recovered."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await superuser.fetchval(question)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0)


async def assert_each_ran_once(superuser: "asyncpg.Pool[asyncpg.Record]") -> None:
    each = MUTATIONS // 4
    assert await superuser.fetchval(WHOLE)
    assert await superuser.fetchval("select count(*) from public.users where email like 'm-%'") == each
    assert await superuser.fetchval("select count(*) from public.integrations where name like 'm-%'") == 2 * each
    assert await superuser.fetchval("select count(*) from public.sync_jobs where sync_id like 'm-%'") == 3 * each
    assert await superuser.fetchval(COUNTED, ACME.id, ["sync-owner-0", "sync-owner-3"]) == [each, 30 + each]
    # As many entries in the audit log as changes: none without, none twice.
    changes = each * (1 + 2 + 4 + 2)
    logged = "select count(*) from public.audit_logs where actor_type = 'USER'"
    assert await superuser.fetchval(logged) == changes
