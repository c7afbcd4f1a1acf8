"""Golden SQL of what no domain of the product has: `<case>.graphql` and its one statement, reviewed like code."""

import os
from pathlib import Path

import pytest

from app.catalog import Catalog
from app.db.database import RequestContext
from app.graph.execution import Engine
from app.graph.running import Execution
from tests.golden.test_golden import may_update
from tests.offline import offline_engine
from tests.world import ACME

CASES = sorted((Path(__file__).parent / "golden").glob("*.graphql"))


@pytest.fixture(scope="module")
def engine(library_catalog: Catalog) -> Engine:
    """An engine for all cases."""
    return offline_engine(library_catalog)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_operation_is_this_statement(engine: Engine, path: Path) -> None:
    variables = {"words": "river"}
    compiled = engine.prepare(path.read_text(), variables, None, Execution(RequestContext(ACME.principal())))
    assert compiled.statement is not None
    golden = path.with_suffix(".sql")
    if may_update(os.environ):
        golden.write_text(f"{compiled.statement.text};\n")
    assert f"{compiled.statement.text};\n" == golden.read_text()
