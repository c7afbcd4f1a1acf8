"""Golden SQL of what no domain of the product has: `<case>.graphql` and its statements, reviewed like code."""

import os
import re
from pathlib import Path

import pytest

from app.catalog import Catalog
from app.db.database import RequestContext
from app.graph.compiling import WriteManyStep, WriteStep
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
def test_operation_is_these_statements(engine: Engine, path: Path) -> None:
    variables = {"words": "river"}
    compiled = engine.prepare(path.read_text(), variables, None, Execution(RequestContext(ACME.principal())))
    writes = [step.write.text for step in compiled.steps.values() if isinstance(step, WriteStep | WriteManyStep)]
    text = "".join(f"{s};\n" for s in (*writes, *([compiled.statement.text] if compiled.statement else [])))
    golden = path.with_suffix(".sql")
    if may_update(os.environ):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("path", [p for p in CASES if "@includeDeleted" not in p.read_text()], ids=lambda p: p.stem)
def test_every_table_that_keeps_deleted_rows_is_read_without_them(path: Path) -> None:
    sql = path.with_suffix(".sql").read_text()
    restored = sql.count("set deleted_at = null")
    references = re.findall(r"(?:from|join|update) public\.(?:notes|authors|pins) as (t\d+)", sql)
    hidden = re.findall(r"(t\d+)\.tenant_id = \$1 and \1\.deleted_at is null", sql)
    assert len(hidden) == len(references) - restored
