"""A real PgBouncer in transaction mode, in front of the test server, with fewer connections than the gateway has."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection

import pytest

from tests.conftest import TestDatabase
from tests.processes import free_port

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

# In CI there is one, so that these tests run there: a missing one fails.
needs_pgbouncer = pytest.mark.skipif(
    PGBOUNCER is None and not os.environ.get("CI"), reason="there is no PgBouncer here; .ci/run installs one"
)

_SETTINGS = """
[databases]
{name} = host={socket_dir} dbname={name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
server_reset_query =
"""


@contextmanager
def pgbouncer(database: TestDatabase, size: int = 2) -> Iterator[str]:
    """Runs one that has so many connections to a database; its URL for the requests' role."""
    assert PGBOUNCER is not None, "there is no PgBouncer: apt-get install pgbouncer"
    with tempfile.TemporaryDirectory(prefix="bulkhead-pgbouncer-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        settings = _SETTINGS.format(
            name=database.name, socket_dir=database.server.socket_dir, port=port, folder=folder, size=size
        )
        (folder / "pgbouncer.ini").write_text(settings)
        (folder / "users").write_text('"bulkhead_app" ""\n')
        # Only the server's own user reaches its socket, and PgBouncer does not run as root.
        as_server = ["-u", database.server.socket_dir.owner()] if os.geteuid() == 0 else []
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(  # noqa: S603 - what .ci/run installs
                [PGBOUNCER, *as_server, str(folder / "pgbouncer.ini")], stdout=log, stderr=subprocess.STDOUT
            )
        try:
            _wait_until_it_listens(process, port, folder / "log")
            yield f"postgresql://bulkhead_app@127.0.0.1:{port}/{database.name}"
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    while process.poll() is None:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    raise AssertionError(f"PgBouncer ended with {process.returncode}: {log.read_text()[-2000:]}")
