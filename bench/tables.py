"""Markdown tables of what was measured.

In: results, as the measuring modules give them.  Out: text.  Pure.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.load import QUIET_CORES
from bench.workloads import TITLES

Run = dict[str, Any]
_FLOOR_OF = {"bulkhead-pgbouncer": "floor-pgbouncer"}
"""Like is compared with like."""
_RIVAL = "postgraphile"
"""The fastest that we know."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; every column but the first is of numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Throughput:
    """The runs of a throughput result, to be asked."""

    runs: list[Run]

    @property
    def contestants(self) -> list[str]:
        """In the order in which they took turns."""
        return list(dict.fromkeys(run["contestant"] for run in self.runs))

    @property
    def workloads(self) -> list[str]:
        """In order."""
        return list(dict.fromkeys(run["workload"] for run in self.runs))

    def values(self, contestant: str, workload: str, name: str) -> list[float]:
        """A measure, round by round. Whoever made an error in a workload has none: it is fast to answer nothing."""
        runs = [r for r in self.runs if r["contestant"] == contestant and r["workload"] == workload]
        return [] if any(run["errors"] for run in runs) else [run[name] for run in runs]

    def median(self, contestant: str, workload: str, name: str) -> float | None:
        """Over the rounds; None where it did not run."""
        values = self.values(contestant, workload, name)
        return statistics.median(values) if values else None

    def ratio(self, contestant: str, workload: str, to: str | None = None) -> float | None:
        """The median over the rounds of its throughput by the other's in the same round; by the floor's without one."""
        pairs = zip(
            self.values(contestant, workload, "requests_per_s"),
            self.values(to or _FLOOR_OF.get(contestant, "floor"), workload, "requests_per_s"),
            strict=False,  # where one did not run, there are no pairs
        )
        ratios = [own / other for own, other in pairs if other]
        return statistics.median(ratios) if ratios else None


def ratio_table(result: dict[str, Any]) -> str:
    """Throughput by the floor's: a row for each workload, a column for each contestant."""
    asked = Throughput(result["runs"])
    names = [name for name in asked.contestants if name not in ("floor", "constant")]
    head = ["", "floor", *names]
    if _RIVAL in names:
        head.append(f"bulkhead / {_RIVAL}")
    rows = []
    for workload in asked.workloads:
        ratios = [asked.ratio(name, workload) for name in names]
        if _RIVAL in names:
            ratios.append(asked.ratio("bulkhead", workload, _RIVAL))
        rate = asked.median("floor", workload, "requests_per_s")
        rows.append([workload, f"{rate:,.0f}/s" if rate else "", *(f"{r:.2f}" if r else "" for r in ratios)])
    return table(head, rows)


def throughput_table(result: dict[str, Any]) -> str:
    """All of a throughput result."""
    asked = Throughput(result["runs"])
    head = ["workload", "contestant", "requests/s", "min to max", "× floor", "p50 ms", "p90 ms", "p99 ms"]
    head += ["CPU µs app", "CPU µs Postgres"]
    rows = [
        _throughput_row(asked, contestant, workload)
        for workload in asked.workloads
        for contestant in asked.contestants
        if asked.values(contestant, workload, "requests_per_s")
    ]
    return table(head, rows)


def _throughput_row(asked: Throughput, contestant: str, workload: str) -> list[str]:
    rates = asked.values(contestant, workload, "requests_per_s")
    ratio = asked.ratio(contestant, workload)
    names = ("p50_ms", "p90_ms", "p99_ms", "app_cpu_us", "postgres_cpu_us")
    p50, p90, p99, app, postgres = (asked.median(contestant, workload, name) or 0.0 for name in names)
    return [
        workload,
        contestant,
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f} to {max(rates):,.0f}",
        f"**{ratio:.2f}**" if ratio and contestant == "bulkhead" else f"{ratio:.2f}" if ratio else "",
        f"{p50:.1f}",
        f"{p90:.1f}",
        f"{p99:.1f}",
        f"{app:,.0f}",
        f"{postgres:,.0f}",
    ]


def noise(result: dict[str, Any]) -> str:
    """What speaks against the figures."""
    runs = result["runs"]
    noisy = sum(run["foreign_cores"] > QUIET_CORES for run in runs)
    failed = [f"{run['contestant']} on {run['workload']}" for run in runs if run["errors"]]
    text = f"In {noisy} of {len(runs)} measurements somebody else used more than {QUIET_CORES} cores of the machine.\n"
    if failed:
        text += f"No figures, because of errors: {', '.join(dict.fromkeys(failed))}.\n"
    for name, why in result["left_out"].items():
        text += f"Left out: {name}, since `{' '.join(why.split())[:200]}`.\n"
    return text


def workload_list() -> str:
    """What the names stand for."""
    return "".join(f"- **{name}**: {title}\n" for name, title in TITLES.items())


def growth_table(points: Sequence[Run]) -> str:
    """A series: what a request costs at each step. Latency is that of a few connections that are always busy."""
    head = ["", "workload", "contestant", "requests/s", "p50 ms", "p99 ms", "CPU µs app", "CPU µs Postgres"]
    rows = [
        [
            f"{point['x']:,}",
            point["workload"],
            point["contestant"],
            f"{point['requests_per_s']:,.0f}",
            f"{point['p50_ms']:.2f}",
            f"{point['p99_ms']:.2f}",
            f"{point['app_cpu_us']:,.0f}",
            f"{point['postgres_cpu_us']:,.0f}",
        ]
        for point in sorted(points, key=lambda point: (point["workload"], point["contestant"], point["x"]))
    ]
    return table(head, rows)


def start_table(starts: dict[str, list[dict[str, float]]]) -> str:
    """Medians, with the extremes."""
    rows = [
        [contestant, *(_spread([run[name] for run in runs], digits) for name, digits in _START_MEASURES)]
        for contestant, runs in starts.items()
    ]
    return table(["", "first answer, s", "resident memory, MiB"], rows)


_START_MEASURES = (("first_answer_s", 2), ("rss_mib", 0))


def _spread(values: Sequence[float], digits: int) -> str:
    median, low, high = statistics.median(values), min(values), max(values)
    return f"{median:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


_SCHEMA_SIZE_COLUMNS = (
    ("entities", "entities", 0),
    ("catalog, s", "catalog_s", 2),
    ("GraphQL schema, s", "schema_s", 2),
    ("first answer, s", "first_answer_s", 2),
    ("resident memory, MiB", "rss_mib", 0),
    ("Q1: p50 ms", "p50_ms", 2),
    ("Q1: CPU µs app", "app_cpu_us", 0),
    ("Q1: CPU µs Postgres", "postgres_cpu_us", 0),
)


def schema_size_table(rows: Sequence[dict[str, float]]) -> str:
    """What was measured at each size."""
    columns = [column for column in _SCHEMA_SIZE_COLUMNS if all(column[1] in row for row in rows)]
    cells = [[f"{row[name]:,.{digits}f}" for _, name, digits in columns] for row in rows]
    return table([title for title, _, _ in columns], cells)


def soak_table(saturation: Run) -> str:
    """What the gateway did at saturation."""
    rss = saturation["rss_mib"]
    return table(
        ["", ""],
        [
            ["connections", f"{saturation['connections']}"],
            ["minutes", f"{saturation['seconds'] / 60:.3g}"],
            ["requests", f"{saturation['requests']:,}"],
            ["requests/s", f"{saturation['requests'] / saturation['duration_us'] * 1e6:,.0f}"],
            ["errors", f"{saturation['errors']}"],
            [
                "p50, p90, p99 ms",
                ", ".join(f"{saturation[name] / 1e3:,.0f}" for name in ("p50_us", "p90_us", "p99_us")),
            ],
            ["p99 by p50", f"{saturation['p99_us'] / saturation['p50_us']:.1f}"],
            ["resident memory, MiB", f"{rss[0]:.0f} at first, {max(rss):.0f} at most, {rss[-1]:.0f} at last"],
        ],
    )


def fairness_table(rounds: Sequence[Run]) -> str:
    """The light tenants' latency, alone and beside the heavy tenant: medians over the rounds."""

    def medians(client: str) -> list[str]:
        return [f"{statistics.median(r[client][name] for r in rounds) / 1e3:,.1f}" for name in ("p50_us", "p99_us")]

    ratios = [r["beside"]["p99_us"] / r["alone"]["p99_us"] for r in rounds]
    return table(
        ["", "p50 ms", "p99 ms"],
        [
            ["light tenants alone", *medians("alone")],
            ["light tenants beside the heavy one", *medians("beside")],
            ["the heavy tenant", *medians("heavy")],
            ["beside, by alone", "", f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"],
        ],
    )


_WRITES = {
    "bulk": "1,000 rows by `createSyncJobs`; by hand: `insert … select … from unnest`",
    "tree": "a connection with 20 sync jobs, by one `createConnection`; by hand: two statements",
    "update": "one row of one table, with its entry in the audit log; then without",
}


def writes_table(pairs: dict[str, dict[str, list[float]]]) -> str:
    """Milliseconds of what was compared: the first by the second, turn by turn, with the quartiles of the ratio."""
    rows = []
    for name, taken in pairs.items():
        first, second = taken.values()
        low, middle, high = statistics.quantiles([a / b for a, b in zip(first, second, strict=True)], n=4)
        times = [f"{statistics.median(values):.2f}" for values in (first, second)]
        rows.append([_WRITES[name], *times, f"{middle:.2f} ({low:.2f} – {high:.2f})"])
    return table(["", "ms", "the other, ms", "times as long"], rows)
