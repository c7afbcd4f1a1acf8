"""Servers of their own, which these tests may stop: one that is restarted under the gateway, and its hot standby."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from app.db.database import Database
from app.db.embedded import EmbeddedServer, start_embedded
from app.errors import BulkheadError, Unavailable
from tests.db.gateways import AS_ACME, AS_GLOBEX, ECHO, echoed, gateway

SQL = ("sql/functions/apply_settings.sql", "sql/functions/set_reader.sql", "sql/functions/set_context.sql")


class Server:
    """A server that can be stopped and started again."""

    def __init__(self, data: Path, bin_path: Path) -> None:
        self.data = data
        self._bin_path = bin_path
        self.url = EmbeddedServer(data).app_url("postgres")
        self.owner_url = EmbeddedServer(data).owner_url("postgres")

    async def run(self, command: str, *arguments: str) -> None:
        user: dict[str, Any] = {"user": self.data.parent.owner()} if os.geteuid() == 0 else {}
        # No pipes: a server that is started would keep them open.
        silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        program = [str(self._bin_path / command), *arguments]
        await asyncio.to_thread(lambda: subprocess.run(program, check=True, timeout=30, **silent, **user))  # noqa: S603

    async def start(self) -> None:
        options = f'-h "" -k {self.data}'
        await self.run("pg_ctl", "-w", "-o", options, "-l", str(self.data / "log"), "-D", str(self.data), "start")

    async def stop(self, mode: str = "fast") -> None:
        await self.run("pg_ctl", "-w", "-m", mode, "-D", str(self.data), "stop")

    async def copy(self, to: Path) -> "Server":
        """A hot standby, started."""
        copy = Server(to, self._bin_path)
        await self.run("pg_basebackup", "-h", str(self.data), "-U", "postgres", "-R", "-c", "fast", "-D", str(to))
        (to / ".s.PGSQL.5432.lock").unlink()  # of the socket of the server that was copied, which lies in its folder
        await copy.start()
        return copy


@pytest.fixture(scope="module")
async def primary(repository: Path) -> AsyncIterator[Server]:
    """A server with the requests' role, and what sets who is asking."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-server-", ignore_cleanup_errors=True) as name:
        started = await asyncio.to_thread(start_embedded, Path(name))
        data = started.socket_dir
        if os.geteuid() == 0:
            os.chown(data.parent, data.stat().st_uid, data.stat().st_gid)
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        server = Server(data, Path(process.exe()).parent)
        connection = await asyncpg.connect(server.owner_url)
        await connection.execute("create role bulkhead_app login; create schema app; create table notes (note text)")
        for path in SQL:
            await connection.execute((repository / path).read_text())
        await connection.execute("grant usage on schema app to bulkhead_app; grant all on notes to bulkhead_app")
        await connection.close()
        yield server


async def ask(gate: Database, question: str) -> None:
    assert await gate.fetch(AS_ACME, ECHO, [question]) == echoed(question, AS_ACME)


async def transaction(gate: Database, question: str) -> None:
    async with gate.write(AS_GLOBEX) as tx:
        assert await tx.row(ECHO, [question]) is not None


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_gateway_outlives_a_restart_and_says_meanwhile_that_there_is_no_database(
    primary: Server, mode: str
) -> None:
    async with gateway(primary.url, pool_size=4, pool_timeout_ms=30_000) as gate:
        await asyncio.gather(*(ask(gate, f"{number}") for number in range(8)))
        running = asyncio.create_task(gate.fetch(AS_ACME, "select $1::uuid, pg_sleep(60)", []))
        await asyncio.sleep(0)
        await primary.stop(mode)
        with pytest.raises(Unavailable):
            await running
        async with asyncio.timeout(10):  # less than a connection is waited for
            for _ in range(20):
                jobs = [run(gate, "q") for run in (ask, ask, transaction) for _ in range(3)]
                for found in await asyncio.gather(*jobs, return_exceptions=True):
                    assert isinstance(found, Unavailable)
            with pytest.raises(Unavailable):
                await gate.ping()
        await primary.start()
        await asyncio.gather(*(run(gate, f"{number}") for number in range(20) for run in (ask, transaction)))


async def test_standby_serves_reads_and_says_that_it_takes_no_changes(primary: Server) -> None:
    standby = await primary.copy(primary.data.parent / "standby")
    try:
        async with gateway(standby.url, pool_size=2) as gate:
            assert await gate.fetch(AS_ACME, "select $1::uuid, pg_is_in_recovery()", []) == (
                str(AS_ACME.principal.tenant).encode(),
                b"t",
            )
            for nearest in (False, True):
                assert await gate.fetch(AS_GLOBEX, ECHO, ["q"], nearest=nearest) == echoed("q", AS_GLOBEX)
            async with gate.read(AS_ACME) as tx:
                row = await tx.row(ECHO, ["q"])
                assert row is not None
                assert row[2] == str(AS_ACME.principal.tenant)
            with pytest.raises(BulkheadError) as raised:
                await gate.change(AS_ACME, "insert into notes values ($1::text) returning 1", [])
            assert (raised.value.code, raised.value.message) == (
                "UNAVAILABLE",
                "The database takes no changes now; try again.",
            )
            assert await gate.fetch(AS_GLOBEX, ECHO, ["r"]) == echoed("r", AS_GLOBEX)
    finally:
        await standby.stop()
