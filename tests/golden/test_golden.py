"""Golden cases: for every query shape its SQL and its answer, in files that are reviewed like code.

    <topic>/<case>.graphql          the operation; a first line `# as: viewer` says who asks (the owner otherwise)
    <topic>/<case>.variables.json   its variables, where it has any
    <topic>/<case>.sql              the statements that reach the database, in their order
    <topic>/<case>.json             the answer

Reads are answered by the plain reader as well, and have to agree. `UPDATE_GOLDEN=1 pytest tests/golden` writes the
files anew. Selections leave out what differs from run to run: new ids and moments.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from app.catalog import Catalog
from app.graph.schema import print_sdl
from tests.conftest import World
from tests.isolation.recording import record_executed
from tests.reader import PlainReader, without_signatures
from tests.world import ACME

ROOT = Path(__file__).parent


def may_update(environment: Mapping[str, str]) -> bool:
    """Whether this run writes the golden files. In CI it never does: they are reviewed."""
    if not environment.get("UPDATE_GOLDEN"):
        return False
    if environment.get("CI"):
        raise RuntimeError("UPDATE_GOLDEN is set in CI, where golden files are compared and never written")
    return True


UPDATE = may_update(os.environ)


@dataclass(frozen=True)
class Case:
    """A golden case."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT).with_suffix(""))

    @property
    def query(self) -> str:
        return self.path.read_text()

    @property
    def variables(self) -> dict[str, Any] | None:
        path = self.path.with_suffix(".variables.json")
        return json.loads(path.read_text()) if path.exists() else None

    @property
    def caller(self) -> str:
        first_line = self.query.split("\n", 1)[0]
        return first_line.removeprefix("# as: ") if first_line.startswith("# as: ") else "owner"

    @property
    def writes(self) -> bool:
        (operation,) = (d for d in parse(self.query).definitions if isinstance(d, OperationDefinitionNode))
        return operation.operation is OperationType.MUTATION

    def check(self, suffix: str, text: str) -> None:
        """Compares with the golden file, or writes it anew."""
        path = self.path.with_suffix(suffix)
        if UPDATE:
            path.write_text(text)
        assert text == path.read_text()


CASES = [Case(path) for path in sorted(ROOT.glob("*/*.graphql"))]
READS = [pytest.param(case, id=case.name) for case in CASES if not case.writes]
WRITES = [pytest.param(case, id=case.name) for case in CASES if case.writes]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the statements that reach the database, as they do."""
    return record_executed(monkeypatch)


@pytest.fixture(scope="module")
async def plain_reader(world: World, catalog: Catalog) -> PlainReader:
    """The plain reader of acme's rows."""
    superuser = await world.database.superuser()
    try:
        return await PlainReader.open(superuser, catalog, print_sdl(world.engine.schema), ACME.id)
    finally:
        await superuser.close()


def test_golden_files_are_never_written_in_ci() -> None:
    assert may_update({"UPDATE_GOLDEN": "1"})
    assert not may_update({"CI": "true"})
    with pytest.raises(RuntimeError):
        may_update({"UPDATE_GOLDEN": "1", "CI": "true"})


def test_every_golden_file_belongs_to_a_case() -> None:
    known = {case.path.with_suffix(s) for case in CASES for s in (".graphql", ".variables.json", ".sql", ".json")}
    assert {path for path in ROOT.glob("*/*.*") if path.suffix != ".pyc"} <= known


@pytest.mark.parametrize("case", READS)
async def test_read_is_one_statement_and_its_answer_is_the_plain_readers(
    case: Case, world: World, statements: list[str], plain_reader: PlainReader
) -> None:
    answer = await _check(case, world, statements)
    assert len(statements) <= 1
    if "errors" not in answer:
        plain = plain_reader.data(case.query, case.variables)
        assert without_signatures(answer["data"]) == without_signatures(plain)


@pytest.mark.parametrize("case", WRITES)
async def test_write(case: Case, fresh_world: World, statements: list[str]) -> None:
    await _check(case, fresh_world, statements)


async def _check(case: Case, world: World, statements: list[str]) -> dict[str, Any]:
    answer = await world.answer(case.query, case.variables, as_=ACME.principal(case.caller))
    case.check(".sql", ";\n\n".join(statements) + ";\n" if statements else "")
    case.check(".json", json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    return answer
