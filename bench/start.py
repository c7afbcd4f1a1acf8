"""How long a process takes to its first answer, and how much memory it holds then. Run: `python -m bench.start`.

The database is warm: embedded, migrated, filled and running before the clock starts. Each run is a new process of
`bulkhead serve` with one worker; the clock stops when a GraphQL query with a verified token has been answered.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from tests.processes import PROGRAM, bulkhead, environment, free_port

RUNS = 9
BODY = json.dumps({"query": "{ users(first: 1) { totalCount nodes { email } } }"}).encode()


def measure(folder: Path, token: str) -> tuple[float, float]:
    """Seconds to the first answer, and the resident MiB of the process after 200 more."""
    url = f"http://127.0.0.1:{(port := free_port())}/graphql"
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*PROGRAM, "serve", "--port", str(port)], cwd=folder, env=environment(), stderr=subprocess.DEVNULL
    )
    try:
        while not answered(url, token):
            if process.poll() is not None:
                raise SystemExit("the server ended")
        seconds = time.perf_counter() - started
        for _ in range(200):
            answered(url, token)
        return seconds, psutil.Process(process.pid).memory_info().rss / 2**20
    finally:
        process.terminate()
        process.wait(30)


def answered(url: str, token: str) -> bool:
    """Whether the gateway answers a query."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, BODY, headers)) as response:  # noqa: S310 - loopback
            return "data" in json.load(response)
    except (urllib.error.URLError, ConnectionError):
        return False


def main() -> None:
    """Prints the medians, with the extremes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bulkhead("migrate", cwd=folder)
        demo = subprocess.Popen(  # noqa: S603 - keeps the database running, and fills it
            [*PROGRAM, "demo", "--port", str(free_port())],
            cwd=folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            token = ""
            while not token:
                token = bulkhead("token", "--tenant", "acme", "--user", "owner@acme.example", cwd=folder).stdout.strip()
            runs = [measure(folder, token) for _ in range(RUNS)]
        finally:
            demo.terminate()
            demo.wait(30)
    for label, values, unit in zip(("first answer", "resident"), zip(*runs, strict=True), ("s", "MiB"), strict=True):
        median, low, high = statistics.median(values), min(values), max(values)
        sys.stdout.write(f"{label}: median {median:.2f} {unit}, {low:.2f} to {high:.2f}, {RUNS} runs\n")


if __name__ == "__main__":
    main()
