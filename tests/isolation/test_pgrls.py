"""The prover's word: `pgrls` lints the live schema, and proves with Z3 that every tenant table isolates.

Each proof is seen to fail as well, on a database whose policies were spoiled on every table. Where an entity has
full-text search, the policy of the search role is left out: it lets every row through, so there is nothing to prove.
What that role may read and run is for `bulkhead doctor` to see (test_search_holes.py).
"""

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.catalog import Catalog
from tests.conftest import TestDatabase, World
from tests.isolation.rows import ENTITIES, Session

AUTH_FUNCTIONS = ("app.current_tenant", "app.current_user_id", "app.current_role_name")
TENANT_TABLES = {entity.sql_name for entity in ENTITIES}
SEARCHED_TABLES = {entity.sql_name for entity in ENTITIES if entity.search}

every_mode = pytest.mark.parametrize("mode", ["cross-tenant", "write", "anon"])

NO_FLOOR = "drop policy tenant_floor on {table}"
SABOTAGE = {
    # The gates have to go as well: they look at more than the prover can, and are shut to a session without a role.
    "cross-tenant": (
        NO_FLOOR,
        "drop policy if exists read_gate on {table}",
        "create policy wide on {table} to bulkhead_app using ({rule} or true)",
    ),
    "write": (
        NO_FLOOR,
        "drop policy if exists create_gate on {table}",
        "create policy wide on {table} for insert to bulkhead_app with check ({rule} or true)",
    ),
    "anon": (
        NO_FLOOR,
        "drop policy if exists read_gate on {table}",
        "create policy wide on {table} to bulkhead_app using ({rule} or app.current_tenant() is null)",
    ),
}


def test_linter_finds_no_error(world: World, repository: Path) -> None:
    exit_code, report = pgrls(repository, world.database, "lint", "--schemas", "public,app,platform")
    assert [v for v in report["violations"] if v["severity"] == "error"] == []
    assert exit_code == 0


@every_mode
def test_prover_proves_every_tenant_table(world: World, repository: Path, mode: str) -> None:
    exit_code, verdicts = verify(repository, world.database, mode)
    assert verdicts == dict.fromkeys(TENANT_TABLES, "isolated")
    assert exit_code == 0


async def test_linter_finds_a_table_without_security(
    fresh_world: World, fresh_superuser: Session, repository: Path
) -> None:
    for table in TENANT_TABLES:
        await fresh_superuser.execute(f"alter table {table} disable row level security")
    exit_code, report = pgrls(repository, fresh_world.database, "lint", "--schemas", "public,app,platform")
    found = {v["location"] for v in report["violations"] if v["severity"] == "error"}
    assert found >= TENANT_TABLES
    assert exit_code == 1


@every_mode
async def test_prover_finds_the_leak_of_every_spoiled_table(
    fresh_world: World, fresh_superuser: Session, repository: Path, mode: str
) -> None:
    for table in TENANT_TABLES:
        for statement in SABOTAGE[mode]:
            await fresh_superuser.execute(statement.format(table=table, rule="tenant_id = app.current_tenant()"))
    exit_code, verdicts = verify(repository, fresh_world.database, mode)
    assert verdicts == dict.fromkeys(TENANT_TABLES, "leak")
    assert exit_code == 1


async def test_linter_finds_no_error_but_the_policy_that_crosses(
    archive_template: TestDatabase, repository: Path
) -> None:
    exit_code, report = pgrls(repository, archive_template, "lint", "--schemas", "public,app,platform")
    found = {(v["rule_id"], v["location"]) for v in report["violations"] if v["severity"] == "error"}
    assert found == {("SEC038", "public.articles.search_reads")}
    assert exit_code == 1


@every_mode
async def test_prover_proves_every_other_policy_of_a_table_with_search(
    archive_template: TestDatabase, archive_catalog: Catalog, repository: Path, mode: str
) -> None:
    searched = {entity.sql_name for entity in archive_catalog.tenant_entities() if entity.search}
    exit_code, verdicts = verify(repository, archive_template, mode, searched)
    assert verdicts == {entity.sql_name: "isolated" for entity in archive_catalog.tenant_entities()}
    assert exit_code == 0


def verify(
    repository: Path, database: TestDatabase, mode: str, searched: Collection[str] = SEARCHED_TABLES
) -> tuple[int, dict[str, str]]:
    """The exit code, and the verdict on each table that tenants have."""
    functions = [argument for name in AUTH_FUNCTIONS for argument in ("--auth-function", name)]
    exit_code, report = pgrls(repository, database, "verify", "--schemas", "public", "--mode", mode, *functions)
    return exit_code, {table["table"]: verdict(table, searched) for table in report["tables"]}


def verdict(table: dict[str, Any], searched: Collection[str]) -> str:
    """The verdict on a table: the worst on its policies, but for that of the search role where there is search."""
    if table["table"] not in searched:
        return str(table["verdict"])
    verdicts = {policy["verdict"] for policy in table["policies"] if policy["policy"] != "search_reads"}
    return next((word for word in ("leak", "unverified") if word in verdicts), "isolated")


def pgrls(repository: Path, database: TestDatabase, command: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Runs the real command on a database, with the configuration of this checkout."""
    url = ("--database-url", database.owner_url)
    config = ("--config", str(repository / "pgrls.toml"))
    program = str(Path(sys.executable).parent / "pgrls")
    run = subprocess.run(  # noqa: S603  every argument is ours
        [program, command, *url, *config, "--format", "json", *options], capture_output=True, check=False, timeout=60
    )
    assert run.stdout, run.stderr.decode()
    return run.returncode, orjson.loads(run.stdout)
