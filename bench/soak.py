"""What the gateway bears. Run: `python -m bench.soak --minutes 10`.

Saturation  500 connections ask mixed workloads of all tenants: no error, memory that stays, p99 < 10 × p50.
Fairness    8 tenants with a connection each, beside one tenant with 400: their p99 with it, by their p99 without it.
Two clients measure: the light tenants have one of their own. Exits with 1 when something does not hold.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.contestants import bulkhead
from bench.load import Answered, answered, require_wrk, start_wrk, write_requests, wrk
from bench.postgres import Postgres, running_postgres
from bench.servers import Server, running
from bench.tables import fairness_table, soak_table
from bench.throughput import SIZE
from bench.workloads import Parameters, parameters

MIX = {"Q1": 40, "Q2": 25, "Q3": 10, "Q4": 10, "Q5": 13, "Q6": 2}
"""Of a hundred requests."""
LIGHT_TENANTS = 8
HEAVY_CONNECTIONS = 400
MOST_SPREAD = 10
MOST_UNFAIR = 2
_REQUESTS = 5_000
_WARMUP_S = 15
_FLAT = 1.05
"""By how much memory may have grown between the second tenth of the time and the last."""

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard and how long."""

    seconds: float = 600
    connections: int = 500
    fairness_rounds: int = 5
    fairness_s: float = 15


def measure_saturation(server: Server, plan: Plan, folder: Path) -> Result:
    """All connections, for all the time.

    Shape   {"seconds", "connections", "rss_mib": [of each second], "grown": last tenth by second,
             "codes": {error code: how many, since the server started}, and what wrk says}
    """
    requests = write_requests(server, folder / "mixed", mixed(_of_everybody))
    wrk(server, requests, plan.connections, _WARMUP_S)
    loading = start_wrk(server, requests, plan.connections, plan.seconds, check=True)
    rss_mib = list(_sampled(server.rss_mib, loading))
    told = answered(loading)
    tenth = max(1, len(rss_mib) // 10)
    grown = statistics.median(rss_mib[-tenth:]) / statistics.median(rss_mib[tenth : 2 * tenth])
    return {
        "seconds": plan.seconds,
        "connections": plan.connections,
        "rss_mib": rss_mib,
        "grown": grown,
        "codes": dict(server.codes()),
        **asdict(told),
    }


def _sampled(sample: Callable[[], float], process: "subprocess.Popen[str]") -> Iterator[float]:
    """A value a second, until the process ends."""
    while process.poll() is None:
        yield sample()
        time.sleep(1)


def mixed(tenant: Callable[[random.Random], int]) -> Iterator[tuple[str, Parameters]]:
    """Requests of all workloads, of the tenants that `tenant` draws."""
    chance = random.Random(7)  # noqa: S311 - which rows are asked for, no secret
    for workload in chance.choices(list(MIX), list(MIX.values()), k=_REQUESTS):
        yield workload, parameters(workload, chance, SIZE, tenant(chance))


def _of_everybody(chance: random.Random) -> int:
    return chance.randrange(SIZE.tenants)


def _of_light(chance: random.Random) -> int:
    return chance.randrange(1, 1 + LIGHT_TENANTS)


def _of_heavy(chance: random.Random) -> int:
    return 0


def measure_fairness(server: Server, plan: Plan, folder: Path) -> list[Result]:
    """Rounds of the light tenants alone, then beside the heavy one.

    Shape   [{"alone": what their client says, "beside": likewise, "heavy": what the other says}]
    """
    light = write_requests(server, folder / "light", mixed(_of_light))
    heavy = write_requests(server, folder / "heavy", mixed(_of_heavy))
    wrk(server, light, LIGHT_TENANTS, _WARMUP_S)
    rounds = []
    for _ in range(plan.fairness_rounds):
        alone = wrk(server, light, LIGHT_TENANTS, plan.fairness_s, check=True)
        # The heavy one is there before the light ones come, and until they have gone.
        crowd = start_wrk(server, heavy, HEAVY_CONNECTIONS, plan.fairness_s + 6, check=True)
        time.sleep(3)
        beside = wrk(server, light, LIGHT_TENANTS, plan.fairness_s, check=True)
        rounds.append({"alone": asdict(alone), "beside": asdict(beside), "heavy": asdict(answered(crowd))})
    return rounds


def unfairness(rounds: Iterable[Result]) -> float:
    """How much worse the light tenants' p99 is beside the heavy one: the median over the rounds."""
    ratios: list[float] = [r["beside"]["p99_us"] / r["alone"]["p99_us"] for r in rounds]
    return statistics.median(ratios)


def failures(saturation: Result, fairness: list[Result]) -> list[str]:
    """What does not hold."""
    told = Answered(**{name: saturation[name] for name in Answered.__slots__})
    clients = [r[name] for r in fairness for name in ("alone", "beside", "heavy")]
    found = {
        f"{told.errors} errors at saturation {saturation['codes']}": told.errors > 0,
        f"p99 is {told.p99_us / told.p50_us:.1f} × p50": told.p99_us >= MOST_SPREAD * told.p50_us,
        f"memory grew by {saturation['grown'] - 1:.0%}": saturation["grown"] > _FLAT,
        f"light tenants' p99 is {unfairness(fairness):.1f} ×": unfairness(fairness) > MOST_UNFAIR,
        "errors beside the heavy tenant": any(client["errors"] for client in clients),
    }
    return [text for text, holds in found.items() if holds]


def measure_soak(postgres: Postgres, plan: Plan, workers: int = 1) -> Result:
    """Both, on a server that has the gateway's database.

    Shape   {"saturation": …, "fairness": […], "failures": [what does not hold]}
    """
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as name:
        contestant = replace(bulkhead(postgres.app_url()), workers=workers)
        with running(contestant, SIZE, Path(name)) as server:
            fairness = measure_fairness(server, plan, Path(name))
            saturation = measure_saturation(server, plan, Path(name))
    return {"saturation": saturation, "fairness": fairness, "failures": failures(saturation, fairness)}


def main() -> None:
    """Prints both tables, and what does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="of saturation")
    parser.add_argument("--connections", type=int, default=500, help="at saturation")
    parser.add_argument("--fairness-rounds", type=int, default=5)
    parser.add_argument("--fairness-seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    require_wrk()
    plan = Plan(options.minutes * 60, options.connections, options.fairness_rounds, options.fairness_seconds)
    with running_postgres() as postgres:
        postgres.make_gateway(SIZE)
        result = measure_soak(postgres, plan, options.workers)
    sys.stdout.write(f"{soak_table(result['saturation'])}\n{fairness_table(result['fairness'])}\n")
    if result["failures"]:
        raise SystemExit("; ".join(result["failures"]))


if __name__ == "__main__":
    main()
