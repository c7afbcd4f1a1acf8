"""Puts a server under load with wrk, and tells what it did and what it cost.

In: a server, a workload.  Out: Measured.
wrk keeps each of its connections busy with one request at a time. Other users of the machine are noticed, and waited
for.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import psutil

from bench.postgres import Postgres, Size
from bench.servers import Server
from bench.workloads import Parameters, parameter_list

_LUA = Path(__file__).parent / "load.lua"
_REQUESTS = 1_000
"""Different ones, sent in turn."""
QUIET_CORES = 0.10
"""What others may use of the machine while we measure."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a server did in some seconds of a workload. CPU is user and system time, by request.

    errors          of HTTP; answers with `errors` during the warm-up; and one where the answers had not the right size
    foreign_cores   what processes took meanwhile that are neither ours nor the kernel's idling
    """

    requests_per_s: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    errors: int
    body_bytes: float
    app_cpu_us: float
    postgres_cpu_us: float
    foreign_cores: float


@dataclass(slots=True)
class Patience:
    """How many seconds are left to wait for a quiet machine, in all."""

    seconds: float


def require_wrk() -> None:
    """Ends the program where there is no wrk."""
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmark needs wrk, an HTTP load generator; on Debian and Ubuntu: apt-get install wrk")


@dataclass(frozen=True, slots=True)
class Load:
    """How hard, and for how long."""

    connections: int = 32
    seconds: float = 8
    warmup_s: float = 3


def measure(server: Server, postgres: Postgres, workload: str, size: Size, load: Load, patience: Patience) -> Measured:
    """Runs a workload; again, as long as patience lasts, when somebody else used the machine meanwhile."""
    sample = parameter_list(workload, 20, size)
    with tempfile.TemporaryDirectory() as name:
        asked = ((workload, parameters) for parameters in parameter_list(workload, _REQUESTS, size))
        requests = write_requests(server, Path(name) / "requests", asked)
        body_bytes = _body_bytes(server, workload, sample)
        # Answers are read here only: reading them takes time from those who answer fast.
        refused = wrk(server, requests, load.connections, load.warmup_s, check=True).errors
        while True:
            _wait_until_quiet(patience)
            started = time.monotonic()
            measured = _measure_once(server, postgres, requests, load, body_bytes)
            measured = replace(measured, errors=measured.errors + refused)
            if measured.foreign_cores <= QUIET_CORES or patience.seconds <= 0:
                return measured
            patience.seconds -= time.monotonic() - started


def write_requests(server: Server, file: Path, asked: Iterable[tuple[str, Parameters]]) -> Path:
    """A file of whole HTTP requests, for load.lua."""
    with file.open("wb") as out:
        for workload, parameters in asked:
            headers, body = server.request(workload, parameters)
            headers |= {"Host": f"127.0.0.1:{server.port}", "Content-Length": str(len(body))}
            head = "POST /graphql HTTP/1.1\r\n" + "".join(f"{key}: {value}\r\n" for key, value in headers.items())
            request = head.encode() + b"\r\n" + body
            out.write(b"%d\n%s" % (len(request), request))
    return file


@dataclass(frozen=True, slots=True)
class Answered:
    """What wrk says: times in microseconds. `errors` are connections, timeouts and statuses from 400 on."""

    requests: int
    duration_us: int
    bytes: int
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float
    errors: int


def wrk(server: Server, requests: Path, connections: int, seconds: float, *, check: bool = False) -> Answered:
    """Sends a file's requests for some seconds."""
    return answered(start_wrk(server, requests, connections, seconds, check=check))


def start_wrk(
    server: Server, requests: Path, connections: int, seconds: float, *, check: bool = False
) -> "subprocess.Popen[str]":
    """Begins to send a file's requests; `check` reads each answer, and counts what has `errors` in it as an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(_LUA)]
    command += [f"http://127.0.0.1:{server.port}/graphql", "--", str(requests), *(["check"] if check else [])]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603


def answered(process: "subprocess.Popen[str]") -> Answered:
    """What wrk says in the end."""
    told = process.communicate()[0]
    lines = [line for line in told.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit(f"wrk says: {told}")
    return Answered(**orjson.loads(lines[0].removeprefix("RESULT ")))


def _measure_once(server: Server, postgres: Postgres, requests: Path, load: Load, body_bytes: float) -> Measured:
    process = psutil.Process()
    app, database, ours = Cpu(server.processes()), Cpu(postgres.processes()), Cpu(process.children(recursive=True))
    own, busy, started = _own_cpu_s(), _busy_s(), time.monotonic()
    told = wrk(server, requests, load.connections, load.seconds)
    app_s, database_s = app.used_s(server.processes()), database.used_s(postgres.processes())
    ours_s = ours.used_s(process.children(recursive=True)) + _own_cpu_s() - own
    foreign_s = _busy_s() - busy - ours_s - database_s
    served = max(told.requests, 1)
    return Measured(
        requests_per_s=told.requests / told.duration_us * 1e6,
        p50_ms=told.p50_us / 1e3,
        p90_ms=told.p90_us / 1e3,
        p99_ms=told.p99_us / 1e3,
        max_ms=told.max_us / 1e3,
        errors=told.errors + (not _is_plausible(told, body_bytes)),
        body_bytes=body_bytes,
        app_cpu_us=app_s / served * 1e6,
        postgres_cpu_us=database_s / served * 1e6,
        foreign_cores=foreign_s / (time.monotonic() - started),
    )


def _is_plausible(told: Answered, body_bytes: float) -> bool:
    """Whether the answers had the size of right ones: an error in GraphQL is no error to HTTP."""
    per_request = told.bytes / max(told.requests, 1)
    return 0.95 * body_bytes <= per_request <= 1.1 * body_bytes + 1_000


def _body_bytes(server: Server, workload: str, asked: Iterable[Parameters]) -> float:
    connection = server.connect()
    try:
        return statistics.mean(len(server.post(workload, parameters, connection)) for parameters in asked)
    finally:
        connection.close()


class Cpu:
    """CPU time of some processes, from now on."""

    def __init__(self, processes: Iterable[psutil.Process]) -> None:
        self._before = _cpu_s(processes)

    def used_s(self, processes: Iterable[psutil.Process]) -> float:
        """Seconds since then. A new process counts whole; one that is gone, not at all."""
        return sum(now - self._before.get(pid, 0.0) for pid, now in _cpu_s(processes).items())


def _cpu_s(processes: Iterable[psutil.Process]) -> dict[int, float]:
    found = {}
    for process in processes:
        try:
            found[process.pid] = sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return found


def _own_cpu_s() -> float:
    """CPU seconds of this process, and of children that have ended: wrk."""
    return sum(os.times()[:4])


def _busy_s() -> float:
    """CPU seconds that all cores together have worked since the machine started."""
    times = psutil.cpu_times()
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - guests)


def _wait_until_quiet(patience: Patience) -> None:
    """Returns when the machine idles, and what the last load left is done."""
    while patience.seconds > 0:
        before, started = _busy_s(), time.monotonic()
        time.sleep(0.5)
        seconds = time.monotonic() - started
        if (_busy_s() - before) / seconds < QUIET_CORES:
            return
        patience.seconds -= seconds
