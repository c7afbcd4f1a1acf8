"""How the cost of a request grows: with tenants, rows, depth and connections. Run: `python -m bench.growth`.

In each series one thing grows and all else stays. A point is the median over rounds, in which the contestants take
turns.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.contestants import Contestant, bulkhead, floor
from bench.load import Load, Patience, measure, require_wrk
from bench.postgres import FLOOR, GATEWAY, Postgres, Size, running_postgres
from bench.servers import running
from bench.tables import growth_table
from bench.throughput import SIZE, say
from bench.workloads import DEPTHS

Point = dict[str, Any]
"""A measured point: `x`, `contestant`, `workload`, and the medians of Measured."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How far each thing grows, and how long each point is measured."""

    tenants: tuple[int, ...] = (10, 100, 1_000, 10_000)
    rows: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    depths: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    connections: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
    rounds: int = 3
    load: Load = field(default_factory=lambda: Load(connections=8, seconds=4, warmup_s=1))
    patience_s: float = 600


QUICK = Steps((10, 100), (1_000, 10_000), (1, 3, 6), (1, 8, 32), 1, Load(connections=8, seconds=1, warmup_s=1), 0)


def measure_growth(postgres: Postgres, steps: Steps) -> dict[str, list[Point]]:
    """All series, on a server that has both databases of the usual size.

    Shape   {"tenants": [Point], "rows": […], "depth": […], "connections": […]}
    """
    patience = Patience(steps.patience_s)
    both = (floor(postgres.url(FLOOR, "app_user")), bulkhead(postgres.app_url()))
    depths = {depth: (DEPTHS[depth - 1],) for depth in steps.depths}
    return {
        "tenants": [
            point
            for count in steps.tenants
            for point in _of_size(postgres, count, Size(count, 10, 2, 5), ("Q1", "Q2"), steps, patience)
        ],
        "rows": [
            point
            for count in steps.rows
            for point in _of_size(postgres, count, _tenants_of(count), ("Q2", "Q5", "Q6"), steps, patience)
        ],
        "depth": _points(postgres, both, SIZE, depths, steps, patience),
        "connections": _connections(postgres, both, steps, patience),
    }


def _tenants_of(rows: int) -> Size:
    """Two tenants of so many sync jobs each: on 200 connections, so that a page of 1,000 is full."""
    return Size(tenants=2, users=50, connections=4, jobs=rows // 200)


def _of_size(
    postgres: Postgres, x: int, size: Size, workloads: tuple[str, ...], steps: Steps, patience: Patience
) -> list[Point]:
    """A point of a series for which databases of their own are made."""
    floor_rows, gateway_rows = "growth_floor", "growth_gateway"
    postgres.make_floor(size, floor_rows)
    postgres.make_gateway(size, gateway_rows)
    try:
        both = (
            floor(postgres.url(floor_rows, "app_user"), rows=floor_rows),
            bulkhead(postgres.app_url(gateway_rows), rows=gateway_rows),
        )
        return _points(postgres, both, size, {x: workloads}, steps, patience)
    finally:
        postgres.drop(floor_rows)
        postgres.drop(gateway_rows)


def _connections(postgres: Postgres, both: Iterable[Contestant], steps: Steps, patience: Patience) -> list[Point]:
    """Q1 from ever more connections at once."""
    points = []
    for count in steps.connections:
        load = Load(count, steps.load.seconds, steps.load.warmup_s)
        points += _points(postgres, both, SIZE, {count: ("Q1",)}, steps, patience, load)
    return points


def _points(
    postgres: Postgres,
    contestants: Iterable[Contestant],
    size: Size,
    workloads: Mapping[int, Sequence[str]],
    steps: Steps,
    patience: Patience,
    load: Load | None = None,
) -> list[Point]:
    """The points of some workloads, by what they are drawn over."""
    measured: dict[tuple[int, str, str], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as name, ExitStack() as stack:
        servers = [stack.enter_context(running(contestant, size, Path(name))) for contestant in contestants]
        for _ in range(steps.rounds):
            postgres.settle(*(server.contestant.rows for server in servers))
            for x, workload in ((x, workload) for x, names in workloads.items() for workload in names):
                for server in servers:
                    run = measure(server, postgres, workload, size, load or steps.load, patience)
                    say(f"{x:,}: {workload}, {server.name}", run)
                    measured.setdefault((x, server.name, workload), []).append(asdict(run))
    return [
        {"x": x, "contestant": contestant, "workload": workload, **_medians(runs)}
        for (x, contestant, workload), runs in measured.items()
    ]


def _medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few points, a second each")
    options = parser.parse_args()
    require_wrk()
    with running_postgres() as postgres:
        postgres.make_floor(SIZE, FLOOR)
        postgres.make_gateway(SIZE, GATEWAY)
        series = measure_growth(postgres, QUICK if options.quick else Steps())
    for name, points in series.items():
        sys.stdout.write(f"\n{name}\n\n{growth_table(points)}")


if __name__ == "__main__":
    main()
