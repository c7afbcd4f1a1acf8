"""What a large schema costs. Run: `python -m bench.schema_size --entities 10 150`; with `--build`, without a database.

build     in a new process, since types that were built once are not built again: seconds of importing, of reading the
          declarations and of building the GraphQL schema, and the process's memory
serving   a gateway of that many entities, whose tables are there: the time to its first answer, its memory, and what
          a request for Q1 costs
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import orjson

from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from app.isolation.roles import OWNER
from app.isolation.schema import guard_statements, table_statements
from bench.contestants import Contestant, bulkhead
from bench.load import Load, Patience, measure, require_wrk
from bench.postgres import Postgres, Size, running_postgres
from bench.servers import running
from bench.start import ask_many
from bench.synthetic import import_package, write_package
from bench.tables import schema_size_table
from tests.processes import environment

SIZES = (10, 50, 100, 150)
_ROWS = Size(tenants=10)
_DATABASE = "large_schema"
LOAD = Load(connections=8, seconds=4, warmup_s=1)

_BUILD = """
import sys, time
from pathlib import Path
started = time.perf_counter()
import orjson, psutil
from app.domains import DOMAINS
from app.catalog import build_catalog
from app.graph.schema import build_schema
from bench.synthetic import import_package
imported = time.perf_counter()
catalog = build_catalog((*DOMAINS, import_package(Path(sys.argv[1]))))
read = time.perf_counter()
build_schema(catalog)
built = time.perf_counter()
print(orjson.dumps({"import_s": imported - started, "catalog_s": read - imported, "schema_s": built - read,
                    "build_rss_mib": psutil.Process().memory_info().rss / 2**20}).decode())
"""

Measures = dict[str, float]


def measure_schema_sizes(postgres: Postgres, sizes: Sequence[int] = SIZES, load: Load = LOAD) -> list[Measures]:
    """A row of measures for each size; `entities` tells which."""
    return [{**measure_build(entities), **measure_serving(postgres, entities, load)} for entities in sizes]


def measure_build(entities: int) -> Measures:
    """Seconds of each step, and the MiB of a process that has built this many entities."""
    with tempfile.TemporaryDirectory() as name:
        _write(Path(name), entities)
        command = [sys.executable, "-c", _BUILD, name]
        answer = subprocess.run(command, env=environment(), check=True, capture_output=True)  # noqa: S603
    return {"entities": entities, **orjson.loads(answer.stdout)}


def _write(folder: Path, entities: int) -> None:
    """The package that is missing to this many entities of a GraphQL type."""
    own = sum(entity.access.read is not None for entity in build_catalog(DOMAINS).entities.values())
    write_package(folder, entities - own)


def measure_serving(postgres: Postgres, entities: int, load: Load) -> Measures:
    """The first answer, memory after 200 more, and Q1 under load."""
    postgres.make_gateway(_ROWS, _DATABASE)
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _write(folder, entities)
            asyncio.run(_make_tables(postgres, folder))
            with running(_contestant(postgres, folder), _ROWS, folder) as server:
                ask_many(server, _ROWS)
                rss_mib = server.rss_mib()
                measured = asdict(measure(server, postgres, "Q1", _ROWS, load, Patience(60)))
    finally:
        postgres.drop(_DATABASE)
    kept = ("requests_per_s", "p50_ms", "app_cpu_us", "postgres_cpu_us")
    return {"first_answer_s": server.first_answer_s, "rss_mib": rss_mib, **{name: measured[name] for name in kept}}


def _contestant(postgres: Postgres, folder: Path) -> Contestant:
    usual = bulkhead(postgres.app_url(_DATABASE), rows=_DATABASE)
    command = (sys.executable, "-m", "bench.synthetic", str(folder), "serve", "--port", "{port}")
    return replace(usual, command=command)


async def _make_tables(postgres: Postgres, folder: Path) -> None:
    """Makes the tables that the migrations do not know."""
    migrated = set(_statements(build_catalog(DOMAINS)))
    superuser = await postgres.connect(_DATABASE)
    try:
        await superuser.execute(f"set role {OWNER}")
        for statement in _statements(build_catalog((*DOMAINS, import_package(folder)))):
            if statement not in migrated:
                await superuser.execute(statement)
    finally:
        await superuser.close()


def _statements(catalog: Catalog) -> list[str]:
    return [*table_statements(catalog), *guard_statements(catalog)]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, nargs="+", default=SIZES, help="sizes of the schema")
    parser.add_argument("--build", action="store_true", help="only build it: no database, no server")
    options = parser.parse_args()
    if options.build:
        rows = [measure_build(entities) for entities in options.entities]
    else:
        require_wrk()
        with running_postgres() as postgres:
            rows = measure_schema_sizes(postgres, options.entities)
    sys.stdout.write(schema_size_table(rows))


if __name__ == "__main__":
    main()
