"""What it costs to refuse a document that asks for too much. Run: `python -m bench.refusals`.

CPU time of this process, in milliseconds: the engine's whole answer, and what parsing and validating the same document
would have taken without limits. Medians of several runs; documents of tests/graph/heavy_documents.py.
"""

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from graphql import GraphQLError, parse

from app.catalog import build_catalog
from app.db.database import RequestContext
from app.domains import DOMAINS
from app.graph.documents import validate_document
from app.graph.execution import Engine
from app.graph.running import Execution
from tests.graph.heavy_documents import HEAVY
from tests.offline import offline_engine
from tests.world import ACME

RUNS = 7
RUNS_WITHOUT_LIMITS = 3


def cpu_ms(run: Callable[[], object], runs: int) -> float:
    """The median CPU time of several runs."""
    taken = []
    for _ in range(runs):
        gc.collect()
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return statistics.median(taken) * 1_000


def refuse(engine: Engine, query: str) -> None:
    """Asks the engine, which has no database: what it does not refuse fails."""
    execution = Execution(RequestContext(ACME.principal()))
    answer = asyncio.run(engine.execute(query, None, None, execution, may_mutate=True))
    assert answer.errors[0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


def parse_and_validate(engine: Engine, query: str) -> None:
    """What would come without limits."""
    try:
        validate_document(engine.schema, parse(query))
    except GraphQLError:
        return


def main() -> None:
    """Prints a table, and the worst."""
    engine = offline_engine(build_catalog(DOMAINS))
    worst = 0.0
    sys.stdout.write("| document | refused by | refused in | without limits |\n|---|---|--:|--:|\n")
    for name, heavy in HEAVY.items():
        refused = cpu_ms(partial(refuse, engine, heavy.query), RUNS)
        without = cpu_ms(partial(parse_and_validate, engine, heavy.query), RUNS_WITHOUT_LIMITS)
        worst = max(worst, refused)
        sys.stdout.write(f"| {name} | {heavy.reason} | {refused:.1f} ms | {without:.0f} ms |\n")
    sys.stdout.write(f"worst refusal: {worst:.1f} ms\n")


if __name__ == "__main__":
    main()
