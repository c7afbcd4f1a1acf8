"""Throughput, latency and CPU of the six workloads. Run: `python -m bench.throughput`.

All contestants run at once and take turns: in each round, for each workload, one after the other, so that what a
machine does to one it does to the next. A ratio is of two neighbours in one round; the table shows medians over rounds.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bench import check
from bench.contestants import Contestant, all_contestants
from bench.load import Load, Measured, Patience, measure, require_wrk
from bench.postgres import Postgres, Size, running_postgres
from bench.servers import Server, StartFailed, pgbouncer, running
from bench.tables import noise, throughput_table
from bench.workloads import WORKLOADS

NEEDED = ("floor", "bulkhead")
"""Without these there is nothing to compare; of the others, whoever fails is left out."""
SIZE = Size()
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    rounds: int = 5
    load: Load = field(default_factory=Load)
    workloads: tuple[str, ...] = WORKLOADS
    patience_s: float = 600


def compete(postgres: Postgres, contestants: Iterable[Contestant], plan: Plan, size: Size) -> Result:
    """Runs the rounds on a server that has the contestants' databases.

    Shape   {"connections", "rounds", "seconds", "runs": [Measured and its contestant, workload and round],
             "left_out": {contestant: why}}
    """
    left_out: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as name, ExitStack() as stack:
        starting = (_started(stack, postgres, contestant, size, Path(name), left_out) for contestant in contestants)
        servers = [server for server in starting if server]
        runs = list(_rounds(servers, postgres, plan, size))
        for server in servers:
            _refuse(server, asyncio.run(_problems(server, postgres, size)), left_out)
    return {
        "connections": plan.load.connections,
        "rounds": plan.rounds,
        "seconds": plan.load.seconds,
        "runs": [run for run in runs if run["contestant"] not in left_out],
        "left_out": left_out,
    }


def chosen(everybody: Mapping[str, Contestant], names: Sequence[str] | None) -> list[Contestant]:
    """Those of these names; everybody without any. Ends the program when there is no such contestant."""
    unknown = set(names or ()) - set(everybody)
    if unknown:
        raise SystemExit(f"Not here: {', '.join(sorted(unknown))}. There are {', '.join(everybody)}.")
    return [contestant for name, contestant in everybody.items() if names is None or name in names]


def _started(
    stack: ExitStack, postgres: Postgres, contestant: Contestant, size: Size, folder: Path, left_out: dict[str, str]
) -> Server | None:
    """A contestant that runs and answers right; None when it does not."""
    try:
        server = stack.enter_context(running(contestant, size, folder))
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


def _rounds(servers: Sequence[Server], postgres: Postgres, plan: Plan, size: Size) -> Iterator[dict[str, Any]]:
    patience = Patience(plan.patience_s)
    databases = {server.contestant.rows for server in servers}
    for number in range(plan.rounds):
        for workload in plan.workloads:
            postgres.settle(*databases)
            for server in (s for s in servers if workload in s.contestant.workloads):
                measured = measure(server, postgres, workload, size, plan.load, patience)
                say(f"round {number + 1}, {workload}, {server.name}", measured)
                yield {"contestant": server.name, "workload": workload, "round": number, **asdict(measured)}


def say(what: str, measured: Measured) -> None:
    """A line on standard error: long runs are watched."""
    m = measured
    sys.stderr.write(
        f"{what:36} {m.requests_per_s:8,.0f}/s, p50 {m.p50_ms:6.2f}, p99 {m.p99_ms:6.2f} ms, "
        f"CPU {m.app_cpu_us:5,.0f} + {m.postgres_cpu_us:5,.0f} µs, {m.errors} errors, "
        f"others {m.foreign_cores:.2f} cores\n"
    )


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


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    options = parser.parse_args()
    require_wrk()
    load = Load(options.connections, options.seconds, options.warmup)
    plan = Plan(options.rounds, load, tuple(options.workloads), options.patience)
    with running_postgres() as postgres, pgbouncer(postgres) as bouncer_port:
        postgres.make_floor(SIZE)
        postgres.make_gateway(SIZE)
        contestants = chosen(all_contestants(postgres, bouncer_port), options.contestants)
        served = [replace(contestant, workers=options.workers) for contestant in contestants]
        result = compete(postgres, served, plan, SIZE)
    sys.stdout.write(f"{throughput_table(result)}\n{noise(result)}")


if __name__ == "__main__":
    main()
