"""All benchmarks, and the page about them. Run: `make bench`, or `python -m bench --parts throughput growth`.

What was measured is kept in bench/results/, part by part, so a part can be measured alone; the page tells of all that
is there. A quick run has a page of its own there, and does not change docs/benchmarks.md. With --rounds and --seconds a
contest, or growth, is shorter or longer; the page tells how long it was.
"""

import argparse
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil

from bench.contestants import all_contestants, bulkhead, floor
from bench.growth import QUICK as QUICK_STEPS
from bench.growth import Steps, measure_growth
from bench.load import Load, require_wrk
from bench.postgres import FLOOR, Postgres, running_postgres
from bench.report import Parts, write_report
from bench.schema_size import LOAD, SIZES, measure_schema_sizes
from bench.servers import pgbouncer
from bench.soak import Plan as SoakPlan
from bench.soak import measure_soak
from bench.start import RUNS, measure_starts, start_contestants
from bench.throughput import SIZE, Plan, compete
from bench.workloads import READS
from bench.writes import QUICK as QUICK_TURNS
from bench.writes import Turns, measure_writes
from tests.processes import REPOSITORY

RESULTS = REPOSITORY / "bench" / "results"
PAGE = REPOSITORY / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    throughput: Plan
    workers: Plan
    standby: Plan
    starts: int
    schema: tuple[int, ...]
    schema_load: Load
    growth: Steps
    writes: Turns
    soak: SoakPlan


FULL = Scale(Plan(), Plan(rounds=3), Plan(3, workloads=READS), RUNS, SIZES, LOAD, Steps(), Turns(), SoakPlan())
_SHORT = Load(seconds=2, warmup_s=1)
QUICK = Scale(
    throughput=Plan(1, _SHORT, patience_s=0),
    workers=Plan(1, _SHORT, ("Q1",), patience_s=0),
    standby=Plan(1, _SHORT, ("Q1", "Q2"), patience_s=0),
    starts=2,
    schema=(10, 30),
    schema_load=Load(8, 1, 1),
    growth=QUICK_STEPS,
    writes=QUICK_TURNS,
    soak=SoakPlan(20, 500, 1, 5),
)


def measure_throughput(postgres: Postgres, scale: Scale) -> Any:
    """Everybody who can run here."""
    with pgbouncer(postgres) as bouncer_port:
        return compete(postgres, all_contestants(postgres, bouncer_port).values(), scale.throughput, SIZE)


def measure_workers(postgres: Postgres, scale: Scale) -> Any:
    """One worker and two, in the same rounds."""
    both = (floor(postgres.url(FLOOR, "app_user")), bulkhead(postgres.app_url()))
    twice = [replace(contestant, name=f"{contestant.name}, 2 workers", workers=2) for contestant in both]
    return compete(postgres, [*both, *twice], scale.workers, SIZE)


def measure_standby(postgres: Postgres, scale: Scale) -> Any:
    """What only reads, on a hot standby."""
    with postgres.standby() as standby:
        both = (floor(standby.url(FLOOR, "app_user")), bulkhead(standby.app_url()))
        return compete(standby, [replace(c, workloads=scale.standby.workloads) for c in both], scale.standby, SIZE)


def measure_growing(postgres: Postgres, scale: Scale) -> Any:
    """Growth, and how long each point of it was measured."""
    steps = scale.growth
    return {"rounds": steps.rounds, "seconds": steps.load.seconds, "series": measure_growth(postgres, steps)}


PARTS: dict[str, Callable[[Postgres, Scale], Any]] = {
    "throughput": measure_throughput,
    "workers": measure_workers,
    "standby": measure_standby,
    "starts": lambda postgres, scale: measure_starts(start_contestants(postgres), SIZE, scale.starts),
    "schema": lambda postgres, scale: measure_schema_sizes(postgres, scale.schema, scale.schema_load),
    "growth": measure_growing,
    "writes": lambda postgres, scale: measure_writes(postgres, scale.writes),
    "soak": lambda postgres, scale: measure_soak(postgres, scale.soak),
}
USUAL = tuple(name for name in PARTS if name != "soak")


def machine() -> str:
    """What it ran on, in a line."""
    cpu = Path("/proc/cpuinfo")
    models = [line.split(":")[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{psutil.cpu_count()} cores ({models[0] if models else platform.processor()}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def commit() -> str:
    """The commit that is measured; with a plus where files are not as it has them."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def _measured(names: Sequence[str], scale: Scale, parts: Parts) -> Iterator[str]:
    """Measures one part after the other into `parts`, and tells its name."""
    if not names:
        return
    require_wrk()
    with running_postgres() as postgres:
        postgres.make_floor(SIZE)
        postgres.make_gateway(SIZE)
        on = f"{machine()}, {postgres.version()}"
        for name in names:
            date = f"{datetime.now(UTC):%Y-%m-%d}"
            result = PARTS[name](postgres, scale)
            parts[name] = {"machine": on, "date": date, "commit": commit(), "result": result}
            yield name


def _shortened(scale: Scale, rounds: int | None, seconds: float | None) -> Scale:
    """The scale with other numbers of rounds and seconds, where they are given. The page tells both."""

    def of_contest(plan: Plan) -> Plan:
        load = replace(plan.load, seconds=seconds or plan.load.seconds)
        return replace(plan, rounds=rounds or plan.rounds, load=load)

    return replace(
        scale,
        throughput=of_contest(scale.throughput),
        workers=of_contest(scale.workers),
        standby=of_contest(scale.standby),
        growth=replace(
            scale.growth,
            rounds=rounds or scale.growth.rounds,
            load=replace(scale.growth.load, seconds=seconds or scale.growth.load.seconds),
        ),
    )


def main() -> None:
    """Measures the parts, keeps them, and writes the page. Exits with 1 when the soak found something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=USUAL, help="none: only write the page")
    parser.add_argument("--quick", action="store_true", help="seconds where it would be minutes")
    parser.add_argument("--rounds", type=int, help="of contests and of growth, where their own number takes too long")
    parser.add_argument("--seconds", type=float, help="of each measurement in a contest, likewise")
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / ("quick.json" if options.quick else "results.json")
    parts: Parts = orjson.loads(kept.read_bytes()) if kept.exists() else {}
    scale = _shortened(QUICK if options.quick else FULL, options.rounds, options.seconds)
    for name in _measured(options.parts, scale, parts):
        kept.write_bytes(orjson.dumps(parts, option=orjson.OPT_INDENT_2))
        sys.stderr.write(f"{name} is measured.\n")
    page = RESULTS / "quick.md" if options.quick else PAGE
    write_report({name: parts[name] for name in PARTS if name in parts}, page)
    sys.stdout.write(f"Wrote {page.relative_to(REPOSITORY)}.\n")
    if "soak" in options.parts and parts["soak"]["result"]["failures"]:
        raise SystemExit("; ".join(parts["soak"]["result"]["failures"]))


if __name__ == "__main__":
    main()
