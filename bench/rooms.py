"""Where the time of one request goes, room by room. Run: `python -m bench.rooms`.

CPU microseconds of this process for each stage of a request that was seen before, each run by itself in a loop, on the
requests of the workloads; and what a whole request takes without HTTP and without Postgres. Best of several runs: what
else the machine does can only add. Postgres's own share is the backend's CPU time for the same exchange.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import psutil
import uvloop
from graphql.execution.values import VariableValues

from app.auth.principal import Principal
from app.auth.verifier import verifier_from
from app.catalog import build_catalog
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.sqlstate import ErrorTranslator
from app.db.wire import encode_parameters
from app.domains import DOMAINS
from app.graph.documents import AskedOperation
from app.graph.execution import Compiled, Engine
from app.graph.responses import Answer
from app.graph.running import Execution
from app.plan.planning import Limits
from app.web.logs import RequestLine
from app.web.protocol import parse_request, render_answer, response_type
from bench.contestants import SECRET, Tokens
from bench.postgres import Postgres, Size, running_postgres
from bench.workloads import READS, gateway_body, parameter_list

RUNS = 7
REPEATS = 2_000
Rooms = dict[str, float]


class Subject:
    """A read of the gateway that was seen before, with everything that its stages work on."""

    def __init__(self, engine: Engine, database: Database, workload: str) -> None:
        (asked,) = parameter_list(workload, 1, Size())
        self.engine, self.database = engine, database
        self.body = orjson.dumps(gateway_body(workload, asked))
        self.header = Tokens().header(asked)["Authorization"]
        self.scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": "/graphql", "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"accept", b"*/*"),
                        (b"authorization", self.header.encode()), (b"content-length", b"%d" % len(self.body))],
        }  # fmt: skip
        self.verifier = verifier_from(jwt_secret=SECRET, jwt_public_key=None, jwks_url=None, issuer=None, audience=None)

    async def prepare(self) -> None:
        """Has it answered once."""
        self.principal: Principal = await self.verifier.principal_from_header(self.header)
        self.request = parse_request(orjson.loads(self.body))
        answer = await self.whole()
        assert answer.data is not None, answer.errors
        self.answer = answer
        self.operation = self.look_up_document()
        self.variables: VariableValues = self.operation.variables.coerce(self.request.variables or {})
        self.execution = self.new_execution()
        self.compiled = self.look_up_plan()
        assert self.compiled.statement is not None
        self.statement = self.compiled.statement

    def new_execution(self) -> Execution:
        """A request at its beginning."""
        return Execution(RequestContext(self.principal, "x" * 32, "127.0.0.1", ""))

    async def whole(self) -> Answer:
        """Everything between HTTP and HTTP."""
        asked = self.request
        execution = self.new_execution()
        return await self.engine.execute(asked.query, asked.variables, asked.operation_name, execution, may_mutate=True)

    def read_http(self) -> None:
        """Headers and body as a GraphQL request."""
        headers = dict(self.scope["headers"])
        response_type(headers[b"accept"])
        parse_request(orjson.loads(self.body))

    def write_log(self) -> None:
        """The request's line, with all that it says."""
        line = RequestLine(self.scope)
        line.fields |= {"tenant": self.principal.tenant, "role": "OWNER", "operation": "Q1", "status": 200}
        line.write()

    def look_up_document(self) -> AskedOperation:
        """The kept document and its operation."""
        return self.engine._documents.operation(self.request.query, self.request.operation_name)

    def coerce(self) -> None:
        """The variables."""
        self.operation.variables.coerce(self.request.variables or {})

    def look_up_plan(self) -> Compiled:
        """The kept plan, and what it may cost."""
        self.execution.variables = self.variables
        compiled = self.engine._compiled(self.operation, self.execution)
        self.engine.cost(compiled, self.execution)
        return compiled

    def bind(self) -> list[Any]:
        """The statement's values."""
        return self.engine.bind(self.statement, self.execution)

    def encode(self) -> None:
        """The values as Postgres reads them, with those of the context."""
        who = self.principal
        encode_parameters((who.tenant, who.user, who.role.value, 10_000))
        encode_parameters((who.tenant, *self.bind()))

    def splice(self) -> None:
        """The bytes of the answer around what Postgres made."""
        render_answer(self.answer, "application/json")

    async def exchange(self) -> None:
        """To Postgres and back, its time not counted."""
        await self.database.fetch(self.execution.context, self.statement.text, self.bind())


async def cpu_us(run: Callable[[], object]) -> float:
    """CPU microseconds of one call; the best of several runs."""
    best = float("inf")
    for _ in range(RUNS):
        started = time.process_time()
        for _ in range(REPEATS):
            found = run()
            if isinstance(found, Awaitable):
                await found
        best = min(best, time.process_time() - started)
    return best / REPEATS * 1e6


async def backend_us(subject: Subject) -> float:
    """CPU microseconds of Postgres for one exchange."""
    async with subject.database.connection() as connection:
        backend = psutil.Process(connection.get_server_pid())
    best = float("inf")
    for _ in range(RUNS):
        before = sum(backend.cpu_times()[:2])
        for _ in range(REPEATS):
            await subject.exchange()
        best = min(best, sum(backend.cpu_times()[:2]) - before)
    return best / REPEATS * 1e6


async def measure_rooms(postgres: Postgres, workload: str) -> Rooms:
    """CPU microseconds by room."""
    catalog = build_catalog(DOMAINS)
    options = DatabaseOptions(pool_size=1)
    database = Database(postgres.app_url(), options, ErrorTranslator(catalog))
    await database.open()
    try:
        subject = Subject(Engine(catalog, database, Limits()), database, workload)
        await subject.prepare()
        bind = await cpu_us(subject.bind)
        return {
            "read HTTP": await cpu_us(subject.read_http),
            "token": await cpu_us(lambda: subject.verifier.principal_from_header(subject.header)),
            "document": await cpu_us(subject.look_up_document),
            "variables": await cpu_us(subject.coerce),
            "plan and cost": await cpu_us(subject.look_up_plan),
            "bind": bind,
            "encode": await cpu_us(subject.encode) - bind,
            "exchange, with bind and encode": await cpu_us(subject.exchange),
            "splice": await cpu_us(subject.splice),
            "log line": await cpu_us(subject.write_log),
            "all but HTTP, token and log": await cpu_us(subject.whole),
            "Postgres": await backend_us(subject),
        }
    finally:
        await database.close()


def main() -> None:
    """Prints a table: a row for each room, a column for each workload."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", nargs="+", default=READS, choices=READS)
    workloads = parser.parse_args().workloads
    with running_postgres() as postgres, tempfile.TemporaryFile("w") as log:
        postgres.make_gateway(Size())
        out, sys.stderr = sys.stdout, log  # log lines go to a file, as they would
        measured = [uvloop.run(measure_rooms(postgres, workload)) for workload in workloads]
        sys.stderr = sys.__stderr__
    out.write(f"| CPU µs | {' | '.join(workloads)} |\n|---|{'--:|' * len(workloads)}\n")
    for room in measured[0]:
        out.write(f"| {room} | {' | '.join(f'{rooms[room]:.1f}' for rooms in measured)} |\n")


if __name__ == "__main__":
    main()
