"""docs/benchmarks.md, and its picture, from what was measured.

In: {part: {"result", "machine", "date", "commit"}}.  Out: files.  A part that was not measured is not told of.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.picture import picture
from bench.tables import (
    Throughput,
    fairness_table,
    growth_table,
    noise,
    ratio_table,
    schema_size_table,
    soak_table,
    start_table,
    throughput_table,
    workload_list,
    writes_table,
)

Part = dict[str, Any]
Parts = dict[str, Part]


def write_report(parts: Parts, page: Path) -> None:
    """Writes the page, and the picture beside it under the same name."""
    drawing = page.with_suffix(".svg")
    drawing.write_text(picture({name: part["result"] for name, part in parts.items()}))
    sections = [write(parts) for name, write in _SECTIONS.items() if name in parts]
    page.write_text("\n".join([_head(parts, drawing.name), *sections, _METHOD]))


def _head(parts: Parts, drawing: str) -> str:
    first = next(iter(parts.values()))
    return f"""# Benchmarks

`make bench` measures all of it anew and writes this page. {first["machine"]}.

![Throughput by that of SQL written by hand, and what a request costs as things grow]({drawing})

All figures are from one machine, which client, servers and Postgres share: what counts is ratios. **Floor** is what
somebody writes who needs no GraphQL: Starlette, asyncpg, and one query a workload, by hand, whose JSON Postgres builds,
in BEGIN, set_config, query, COMMIT; it verifies no token and writes no audit log. **Bulkhead** is `bulkhead serve` as
in production, which does both.

{workload_list()}"""


def _measured(part: Part) -> str:
    return f"_{part['date']}, commit {part['commit']}._\n"


def _throughput(parts: Parts) -> str:
    part = parts["throughput"]
    result = part["result"]
    return f"""## Throughput

{_measured(part)}
{_conditions(result)}
One process each, a pool of 10. Requests per second, by those of the floor in the same round; of `bulkhead-pgbouncer`,
by those of `floor-pgbouncer`:

{ratio_table(result)}
<details><summary>All of it</summary>

{throughput_table(result)}
</details>

{noise(result)}"""


def _conditions(result: Part) -> str:
    return (
        f"{result['connections']} connections, each busy with one request at a time; medians over "
        f"{result['rounds']} rounds of {result['seconds']:g} s."
    )


def _workers(parts: Parts) -> str:
    part = parts["workers"]
    asked = Throughput(part["result"]["runs"])
    ratios = {workload: asked.ratio("bulkhead, 2 workers", workload, "bulkhead") or 0.0 for workload in asked.workloads}
    told = ", ".join(f"{workload} {ratio:.2f}" for workload, ratio in ratios.items())
    return f"""## Two workers

{_measured(part)}
{_conditions(part["result"])} By one worker: {told}. The client and Postgres have the same cores.

{throughput_table(part["result"])}"""


def _standby(parts: Parts) -> str:
    part = parts["standby"]
    return f"""## On a hot standby

{_measured(part)}
{_conditions(part["result"])} Both read from a replica of the same server:

{ratio_table(part["result"])}"""


def _starts(parts: Parts) -> str:
    part = parts["starts"]
    runs = len(next(iter(part["result"].values())))
    return f"""## Start and memory

{_measured(part)}
A new process, on a warm database, to its first right answer; and the memory of all its processes after 200 more. {runs}
runs: the median, and the extremes.

{start_table(part["result"])}"""


def _schema(parts: Parts) -> str:
    part = parts["schema"]
    return f"""## Size of the schema

{_measured(part)}
Entities of twelve columns, two edges and two indexes, beside those of the product; their tables are there, and examined
at each start. Catalog and GraphQL schema are those of a process that does nothing else.

{schema_size_table(part["result"])}"""


def _growth(parts: Parts) -> str:
    part = parts["growth"]
    result = part["result"]
    series = result["series"]
    texts = {
        "tenants": "Tenants, of 131 rows each.",
        "rows": "Sync jobs of a tenant. Q2 reads 20 of them, Q5 changes one, Q6 reads 1,000.",
        "depth": "Levels of a query: a user, its connections (2), their sync jobs (2), connection, user, tenant.",
        "connections": "Connections of the client, Q1.",
    }
    tables = "\n".join(f"{text}\n\n{growth_table(series[name])}" for name, text in texts.items() if name in series)
    return f"""## Growth

{_measured(part)}
Eight connections where nothing else is said, so latency here is that of a busy server; medians over {result["rounds"]}
rounds of {result["seconds"]:g} s.

{tables}"""


def _writes(parts: Parts) -> str:
    part = parts["writes"]
    return f"""## Writes, in pairs

{_measured(part)}
One connection, one request at a time, without HTTP, as the requests' role on the same tables, in turns: medians, and
the quartiles of what the first took by the second.

{writes_table(part["result"])}"""


def _soak(parts: Parts) -> str:
    part = parts["soak"]
    failures = part["result"]["failures"]
    verdict = f"**What does not hold:** {'; '.join(failures)}." if failures else "All of it holds."
    return f"""## Under load for long

{_measured(part)}
`make soak`. Mixed workloads of all tenants, at saturation. There must be no error, memory must stay, and p99 be less
than 10 × p50.

{soak_table(part["result"]["saturation"])}
Eight tenants with a connection each, beside one tenant with 400, the same mix. A client of their own measures the light
tenants; their p99 beside the heavy one must not be more than twice what it is without.

{fairness_table(part["result"]["fairness"])}
{verdict}
"""


_SECTIONS: dict[str, Callable[[Parts], str]] = {
    "throughput": _throughput,
    "workers": _workers,
    "standby": _standby,
    "starts": _starts,
    "schema": _schema,
    "growth": _growth,
    "writes": _writes,
    "soak": _soak,
}

_METHOD = """## How it is measured

- 100 tenants, 50 users each, 4 connections each, 20 sync jobs each. Ours and the floor's are two databases of one
  Postgres, with the same rows and the same settings. The floor's tables have the indexes that its queries use.
- Before and after, everybody's answers to all workloads are compared with a superuser's query, and everybody is asked
  for another tenant's rows. Who answers wrong is left out; where it is one of ours, there is no report.
- A thousand different requests a workload, of all tenants: a hundred tokens, each verified.
- `wrk` makes the load. Before each measurement we wait for the machine to be quiet; one that was disturbed is repeated,
  while patience lasts.
- CPU time is user and system time of all processes of the server, and of Postgres, by request.
- The rivals come from a folder of peers (`BULKHEAD_PEERS`), in the same rounds, with what they need installed there.
"""
