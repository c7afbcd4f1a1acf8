"""A server that is told to end answers what it has begun, and leaves no Postgres behind."""

import asyncio
import signal
import subprocess

import asyncpg
import httpx
import psutil
import pytest

from app.db.embedded import EmbeddedServer
from tests.processes import PROGRAM, bulkhead, environment, free_port, wait_until_ready

RENAME = 'mutation { updateUser(by: {email: "viewer@acme.example"}, set: {name: "Renamed"}) { name } }'


async def test_request_that_has_begun_is_answered_before_the_server_ends(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    port, tmp_path = free_port(), tmp_path_factory.mktemp("demo")  # the path of a socket has 107 characters at most
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(  # noqa: S603, ASYNC220 - our own command
            [*PROGRAM, "demo", "--port", str(port)], cwd=tmp_path, env=environment(), stdout=log, stderr=log
        )
    try:
        await asyncio.to_thread(wait_until_ready, f"http://127.0.0.1:{port}", server, tmp_path / "log")
        token = (
            await asyncio.to_thread(bulkhead, "token", "--tenant", "acme", "--role", "OWNER", cwd=tmp_path)
        ).stdout.strip()
        postgres = EmbeddedServer(tmp_path / ".bulkhead" / "postgres")
        blocker = await asyncpg.connect(postgres.owner_url())
        async with blocker.transaction():
            await blocker.execute("select from public.users where email = 'viewer@acme.example' for update")
            async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http:
                asked = asyncio.create_task(http.post(f"http://127.0.0.1:{port}/graphql", json={"query": RENAME}))
                await _until_somebody_waits(blocker)
                server.send_signal(signal.SIGTERM)
                await _until_port_is_closed(port)
                assert not asked.done()
                await blocker.execute("rollback; begin")
                answer = await asked
        await blocker.close()
        assert answer.json() == {"data": {"updateUser": {"name": "Renamed"}}}
        assert await asyncio.to_thread(server.wait, 20) == 0
        assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or [])]
    finally:
        server.kill()
        server.wait()


async def _until_somebody_waits(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Returns once another connection waits for a lock."""
    async with asyncio.timeout(10):
        while not await connection.fetchval("select count(*) from pg_locks where not granted"):
            await asyncio.sleep(0)


async def _until_port_is_closed(port: int) -> None:
    """Returns once nobody listens any more."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
            except ConnectionRefusedError:
                return
            except ConnectionError:
                pass  # it stopped listening after our knock: the next one is refused
