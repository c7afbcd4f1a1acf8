"""Throughput, latency and CPU of the six workloads. Run: `python -m bench.throughput`.

All contestants run at once and take turns: in each round, for each workload, one after the other, so that what a
machine does to one it does to the next. A ratio is of two neighbours in one round; the table shows medians over rounds.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import check
from bench.contestants import Contestant, all_contestants
from bench.load import Load, Patience, measure, require_wrk
from bench.postgres import FLOOR, GATEWAY, Postgres, Size
from bench.servers import Server, StartFailed, pgbouncer, running
from bench.workloads import WORKLOADS

NEEDED = ("floor", "bulkhead")
"""Without these there is nothing to compare; of the others, whoever fails is left out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    rounds: int = 5
    load: Load = field(default_factory=Load)
    workloads: tuple[str, ...] = WORKLOADS
    contestants: tuple[str, ...] | None = None
    workers: int = 1
    patience_s: float = 600


@contextmanager
def bench_postgres() -> Iterator[Postgres]:
    """A new server in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder))
        try:
            yield postgres
        finally:
            postgres.stop()


def measure_throughput(postgres: Postgres, plan: Plan, size: Size, say: "Say") -> dict[str, Any]:
    """Runs the rounds on a server that has both databases.

    Shape   {"workers", "connections", "rounds", "runs": [Measured and its contestant, workload and round],
             "left_out": {contestant: why}}
    """
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as name, ExitStack() as stack:
        everybody = all_contestants(postgres, stack.enter_context(pgbouncer(postgres)))
        wanted = _chosen(everybody, plan.contestants)
        left_out: dict[str, str] = {}
        servers = [s for c in wanted if (s := _started(stack, postgres, c, size, plan.workers, Path(name), left_out))]
        runs = list(_rounds(servers, postgres, plan, size, say))
        for server in servers:
            _refuse(server, asyncio.run(_problems(server, postgres, size)), left_out)
    return {
        "workers": plan.workers,
        "connections": plan.load.connections,
        "rounds": plan.rounds,
        "seconds": plan.load.seconds,
        "runs": [run for run in runs if run["contestant"] not in left_out],
        "left_out": left_out,
    }


def _chosen(everybody: dict[str, Contestant], names: Sequence[str] | None) -> list[Contestant]:
    unknown = set(names or ()) - set(everybody)
    if unknown:
        raise SystemExit(f"Not here: {', '.join(sorted(unknown))}. There are {', '.join(everybody)}.")
    return [contestant for name, contestant in everybody.items() if names is None or name in names]


def _started(
    stack: ExitStack,
    postgres: Postgres,
    contestant: Contestant,
    size: Size,
    workers: int,
    folder: Path,
    left_out: dict[str, str],
) -> Server | None:
    """A contestant that runs and answers right; None when it does not."""
    try:
        server = stack.enter_context(running(contestant, size, folder, workers))
    except StartFailed as failure:
        if contestant.name in NEEDED:
            raise
        left_out[contestant.name] = str(failure)
        return None
    return None if _refuse(server, asyncio.run(_problems(server, postgres, size)), left_out) else server


def _refuse(server: Server, problems: list[str], left_out: dict[str, str]) -> bool:
    """Whether something is wrong with its answers. Ends the program when it is one of ours."""
    if problems and server.name in NEEDED:
        raise SystemExit(f"{server.name} answers wrong:\n" + "\n".join(problems))
    if problems:
        left_out[server.name] = problems[0]
    return bool(problems)


async def _problems(server: Server, postgres: Postgres, size: Size) -> list[str]:
    superuser = await postgres.connect(server.contestant.rows)
    try:
        return await check.problems(server, superuser, size)
    finally:
        await superuser.close()


class Say:
    """Prints lines as they come."""

    def __call__(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _rounds(
    servers: Sequence[Server], postgres: Postgres, plan: Plan, size: Size, say: Say
) -> Iterator[dict[str, Any]]:
    patience = Patience(plan.patience_s)
    for number in range(plan.rounds):
        for workload in plan.workloads:
            postgres.settle(FLOOR, GATEWAY)
            for server in (s for s in servers if workload in s.contestant.workloads):
                measured = measure(server, postgres, workload, size, plan.load, patience)
                say(
                    f"round {number + 1} {workload} {server.name:18} {measured.requests_per_s:8.0f}/s "
                    f"p50 {measured.p50_ms:6.2f} p99 {measured.p99_ms:6.2f} ms, CPU {measured.app_cpu_us:5.0f} + "
                    f"{measured.postgres_cpu_us:5.0f} µs, {measured.errors} errors, others {measured.foreign_cores:.2f}"
                )
                yield {"contestant": server.name, "workload": workload, "round": number, **asdict(measured)}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What throughput can be told."""
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS)
    parser.add_argument("--contestants", nargs="+", help="names; everybody who can run here without it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument("--warmup", type=float, default=3, help="seconds before each measurement")
    parser.add_argument("--workers", type=int, default=1, help="processes of each contestant")
    parser.add_argument("--connections", type=int, default=32, help="of the client")
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait for a quiet machine, in all")


def plan_of(options: argparse.Namespace) -> Plan:
    """The options as a plan."""
    load = Load(options.connections, options.seconds, options.warmup)
    contestants = tuple(options.contestants) if options.contestants else None
    return Plan(options.rounds, load, tuple(options.workloads), contestants, options.workers, options.patience)


def main() -> None:
    """Prints the table."""
    from bench.tables import throughput_table

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    plan = plan_of(parser.parse_args())
    require_wrk()
    size = Size()
    with bench_postgres() as postgres:
        postgres.make_floor(size)
        postgres.make_gateway(size)
        result = measure_throughput(postgres, plan, size, Say())
    sys.stdout.write(throughput_table(result))


if __name__ == "__main__":
    main()
