"""Starts the contestants and PgBouncer, asks them single requests, and ends them.

In: a Contestant.  Out: Server, a process that answers, with its processes for CPU and memory.
"""

import http.client
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil

from bench.contestants import Contestant
from bench.postgres import Postgres, Size
from bench.workloads import Canonical, Parameters, parameters
from tests.processes import free_port

_START_TIMEOUT_S = 90


class StartFailed(Exception):
    """A contestant that does not answer; the message ends with the end of its log."""


class Server:
    """A contestant that runs."""

    def __init__(self, contestant: Contestant, folder: Path) -> None:
        self.contestant = contestant
        self.port = free_port()
        self._log = folder / f"{contestant.name}.log"
        filled = {"{port}": str(self.port), "{workers}": str(contestant.workers)}
        command = [filled.get(part, part) for part in contestant.command]
        values = {**contestant.environment, "PORT": str(self.port), "WORKERS": str(contestant.workers)}
        self.first_answer_s = 0.0
        """Seconds from its start to its first right answer, once `wait` has returned."""
        self._started = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=contestant.folder, env=values, stdout=log, stderr=log)  # noqa: S603

    @property
    def name(self) -> str:
        """The contestant's."""
        return self.contestant.name

    def processes(self) -> list[psutil.Process]:
        """It and its children."""
        main = psutil.Process(self._process.pid)
        return [main, *main.children(recursive=True)]

    def rss_mib(self) -> float:
        """Resident memory of all its processes."""
        return sum(process.memory_info().rss for process in self.processes()) / 2**20

    def codes(self) -> Counter[str]:
        """The errors that its log tells of, by their codes."""
        with self._log.open("rb") as log:
            return Counter(code for line in log if b'"codes":' in line for code in orjson.loads(line)["codes"])

    def connect(self) -> http.client.HTTPConnection:
        """A connection for requests one by one."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def request(self, workload: str, asked: Parameters) -> tuple[dict[str, str], bytes]:
        """Headers and body of a request."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        body = orjson.dumps(self.contestant.body(workload, asked))
        return headers | self.contestant.headers(asked), body

    def post(self, workload: str, asked: Parameters, connection: http.client.HTTPConnection) -> bytes:
        """The bytes of an answer."""
        headers, body = self.request(workload, asked)
        connection.request("POST", "/graphql", body, headers)
        return connection.getresponse().read()

    def ask(self, workload: str, asked: Parameters, connection: http.client.HTTPConnection) -> Canonical:
        """What a request is answered; null too where all there is is an error."""
        assert self.contestant.canonical is not None
        answer = orjson.loads(self.post(workload, asked, connection))
        data: dict[str, Any] | None = answer.get("data")
        if data is None or (answer.get("errors") and all(value is None for value in data.values())):
            return None
        return self.contestant.canonical(workload, data)

    def wait(self, size: Size) -> None:
        """Returns with the first right answer. Raises StartFailed."""
        asked = parameters("Q1", random.Random(1), size)  # noqa: S311 - which row is asked for
        while time.perf_counter() - self._started < _START_TIMEOUT_S and self._process.poll() is None:
            try:
                if self._answers(asked):
                    self.first_answer_s = time.perf_counter() - self._started
                    return
            except (OSError, http.client.HTTPException, orjson.JSONDecodeError):
                pass
            time.sleep(0.005)
        raise StartFailed(f"{self.name} does not answer: {self._log.read_text()[-2_000:]}")

    def _answers(self, asked: Parameters) -> bool:
        connection = self.connect()
        try:
            if self.contestant.canonical is None:
                return bool(self.post("Q1", asked, connection))
            answer = self.ask("Q1", asked, connection)
            return answer is not None and answer[0] == asked["id"]
        finally:
            connection.close()

    def stop(self) -> None:
        """Ends it and its children."""
        if self._process.poll() is None:
            processes = self.processes()
            self._process.terminate()
            _, alive = psutil.wait_procs(processes, timeout=15)
            for process in alive:
                process.kill()
        self._process.wait()


@contextmanager
def running(contestant: Contestant, size: Size, folder: Path) -> Iterator[Server]:
    """A contestant from its first right answer to its end."""
    server = Server(contestant, folder)
    try:
        server.wait(size)
        yield server
    finally:
        server.stop()


@contextmanager
def pgbouncer(postgres: Postgres) -> Iterator[int | None]:
    """The port of a PgBouncer in transaction mode before the server; None where it is not installed."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bulkhead-pgbouncer-") as name:
        settings = Path(name) / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={postgres.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {name}/users\n"
            "pool_mode = transaction\nmax_client_conn = 1000\ndefault_pool_size = 20\nlog_connections = 0\n"
            "log_disconnections = 0\nlog_stats = 0\n"
        )
        (Path(name) / "users").write_text('"app_user" ""\n"bulkhead_app" ""\n"postgres" ""\n')
        owner = postgres.owner
        for path in (Path(name), settings, Path(name) / "users"):
            os.chown(path, owner, owner)
        process = subprocess.Popen([program, "-q", str(settings)], user=owner, group=owner)  # noqa: S603
        try:
            yield port
        finally:
            process.terminate()
            process.wait(10)
