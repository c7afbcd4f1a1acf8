"""The `bulkhead` command as a process of its own, the way a user runs it."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAM = [sys.executable, "-c", "from app.cli import main; main()"]


def environment(**values: str) -> dict[str, str]:
    """The environment of a user who has set nothing but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BULKHEAD_", "DATABASE_URL"))}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **values}


def bulkhead(*arguments: str, cwd: Path, timeout_s: int = 60, **values: str) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    command = [*PROGRAM, *arguments]
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=cwd, env=environment(**values), capture_output=True, text=True, timeout=timeout_s, check=False
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*arguments: str, cwd: Path, log: Path, **values: str) -> Iterator[str]:
    """Runs a command that serves; gives its URL once it answers, and ends it by SIGTERM."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*PROGRAM, *arguments, "--port", str(port)],
            cwd=cwd,
            env=environment(**values),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(url, process, log)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Asks `/readyz` again and again until it answers. Fails when the process ends first."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
    raise AssertionError(f"it ended with {process.returncode}: {log.read_text()[-2000:]}")
