"""How long a process takes to its first answer, and how much memory it holds then. Run: `python -m bench.start`.

The database is warm: migrated, filled and running before the clock starts. Each run is a new process with one worker;
the clock stops at the first right answer to Q1, with a verified token where that is the contestant's way.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bench.contestants import Contestant, all_contestants
from bench.postgres import Postgres, Size, running_postgres
from bench.servers import Server, StartFailed, running
from bench.tables import start_table
from bench.workloads import parameter_list

RUNS = 9
_MORE_REQUESTS = 200

Starts = dict[str, list[dict[str, float]]]
"""Of each contestant, its runs: `first_answer_s`, and `rss_mib` of all its processes after 200 more answers."""


def measure_starts(contestants: Iterable[Contestant], size: Size, runs: int = RUNS) -> Starts:
    """Starts each contestant in turn, some rounds long. Whoever does not start is left out."""
    starts: Starts = {}
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as name:
        for contestant in (contestant for _ in range(runs) for contestant in contestants):
            try:
                measured = measure_start(contestant, size, Path(name))
            except StartFailed:
                continue
            starts.setdefault(contestant.name, []).append(measured)
    return starts


def measure_start(contestant: Contestant, size: Size, folder: Path) -> dict[str, float]:
    """One start."""
    with running(contestant, size, folder) as server:
        ask_many(server, size)
        return {"first_answer_s": server.first_answer_s, "rss_mib": server.rss_mib()}


def ask_many(server: Server, size: Size) -> None:
    """What a process needs memory for shows after some requests."""
    connection = server.connect()
    for asked in parameter_list("Q1", _MORE_REQUESTS, size):
        server.post("Q1", asked, connection)
    connection.close()


def start_contestants(postgres: Postgres) -> list[Contestant]:
    """Whose start is measured: everybody's but through PgBouncer, which is no other process."""
    return list(all_contestants(postgres, None).values())


def main() -> None:
    """Prints the medians, with the extremes."""
    size = Size()
    with running_postgres() as postgres:
        postgres.make_floor(size)
        postgres.make_gateway(size)
        sys.stdout.write(start_table(measure_starts(start_contestants(postgres), size)))


if __name__ == "__main__":
    main()
