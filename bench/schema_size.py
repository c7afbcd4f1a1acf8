"""What a large schema costs. Run: `python -m bench.schema_size --entities 150`.

In a new process, since types that were built once are not built again: importing, reading the declarations, building
the GraphQL schema; and the memory of that process.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from app.catalog import build_catalog
from app.domains import DOMAINS
from bench.synthetic import write_package
from tests.processes import environment

OWN = sum(entity.access.read is not None for entity in build_catalog(DOMAINS).entities.values())
"""Entities with a GraphQL type that the product itself has."""

_BUILD = """
import sys, time
from pathlib import Path
started = time.perf_counter()
from app.domains import DOMAINS
from app.catalog import build_catalog
from app.graph.schema import build_schema
from bench.synthetic import import_package
import json, psutil
imported = time.perf_counter()
catalog = build_catalog((*DOMAINS, import_package(Path(sys.argv[1]))))
read = time.perf_counter()
build_schema(catalog)
built = time.perf_counter()
memory = psutil.Process().memory_info().rss / 2**20
print(json.dumps({"import_s": imported - started, "catalog_s": read - imported, "schema_s": built - read,
                  "rss_mib": memory}))
"""


def measure_build(entities: int) -> dict[str, float]:
    """Seconds of each step, and the MiB of a process that has built this many entities."""
    with tempfile.TemporaryDirectory() as name:
        write_package(Path(name), entities - OWN)
        command = [sys.executable, "-c", _BUILD, name]
        answer = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)  # noqa: S603
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def main() -> None:
    """Prints a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, nargs="+", default=[10, 50, 150], help="sizes of the schema")
    for entities in parser.parse_args().entities:
        steps = ", ".join(f"{name} {value:.2f}" for name, value in measure_build(entities).items())
        sys.stdout.write(f"{entities} entities: {steps}\n")


if __name__ == "__main__":
    main()
