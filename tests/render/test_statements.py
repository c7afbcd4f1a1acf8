"""What holds for every statement, whatever was asked."""

import re
from pathlib import Path

import pytest

from app.catalog import Catalog
from app.graph.compiling import ReadStep, WriteStep
from app.graph.execution import Engine
from app.render.reads import render_reads
from tests.offline import compiled, offline_engine

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*/*.sql"))
TABLE = re.compile(r"(?:from|join|update|delete from) (?:public|platform)\.\w+ as (t\d+)")
INSERT = re.compile(r"insert into (?:public|platform)\.\w+(?: as t\d+)? \((\w+).*\)\s+(?:values \(|select\s)\s*(\S+),")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_table_of_a_statement_is_held_to_the_tenant(path: Path) -> None:
    for statement in filter(None, path.read_text().split(";\n")):
        aliases = TABLE.findall(statement)
        inserts = INSERT.findall(statement)
        assert len(aliases) + len(inserts) == len(re.findall(r"(?:public|platform)\.", statement))
        # The ranges of a page are selects of their own and share an alias: as many predicates as references.
        for alias in set(aliases):
            held = re.findall(
                rf"(?:where|join \S+ as {alias} on) {alias}\.tenant_id = \$1(?:\n| and)", f"{statement}\n"
            )
            assert len(held) == aliases.count(alias)
        assert all(insert == ("tenant_id", "$1") for insert in inserts)


@pytest.fixture(scope="module")
def engine(catalog: Catalog) -> Engine:
    """An engine for all tests of this module."""
    return offline_engine(catalog)


def statements(engine: Engine, query: str) -> list[str]:
    steps = compiled(engine, query).steps.values()
    reads = [step.read for step in steps if isinstance(step, ReadStep)]
    writes = [step.write.text for step in steps if isinstance(step, WriteStep)]
    return [*writes, *([render_reads(reads).text] if reads else [])]


WITH_VALUES = (
    """{ users(where: {email: {contains: "zq'x"}, role: {in: [OWNER]}}, first: 77) { nodes { id }
         pageInfo { hasNextPage } } }""",
    """mutation { createUser(input: {email: "zq'x", preferences: {k: "zq"}, functions: ["zq"]}) { email } }""",
    """mutation { upsertUser(create: {email: "zq'x"}, update: {name: "zq"}) { email } }""",
    """mutation { deleteUser(by: {email: "zq'x"}) { email } }""",
)


@pytest.mark.parametrize("query", WITH_VALUES)
def test_values_are_parameters_and_never_text(engine: Engine, query: str) -> None:
    (text,) = statements(engine, query)
    assert "zq" not in text
    assert "77" not in text
    assert "OWNER" not in text


@pytest.mark.parametrize("query", WITH_VALUES)
def test_parameters_are_numbered_from_two_without_a_gap(engine: Engine, query: str) -> None:
    (text,) = statements(engine, query)
    numbers = {int(number) for number in re.findall(r"\$(\d+)", text)}
    assert numbers == set(range(1, max(numbers) + 1))


def test_same_operation_is_the_same_text_in_every_engine(catalog: Catalog, engine: Engine) -> None:
    other = offline_engine(catalog)
    for query in WITH_VALUES:
        assert statements(engine, query) == statements(other, query)
