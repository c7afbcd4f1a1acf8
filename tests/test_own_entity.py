"""The README's "An entity of your own", done as it says: declared, built, asked, and isolated like any other."""

import importlib
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from app.isolation.doctor import examine
from app.isolation.roles import OWNER
from app.isolation.schema import guard_statements, table_statements
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.world import ACME, GLOBEX

_BLOCK = re.compile(r"```(python|graphql)\n(.*?)```", re.DOTALL)


def readme_block(repository: Path, language: str) -> str:
    """The README's code block of a language."""
    (block,) = [text for found, text in _BLOCK.findall((repository / "README.md").read_text()) if found == language]
    return str(block)


@pytest.fixture(scope="module")
def billing(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The domain of the README, as a package."""
    folder = tmp_path_factory.mktemp("own") / "billing"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "tables.py").write_text(readme_block(repository, "python"))
    sys.path.insert(0, str(folder.parent))
    try:
        return importlib.import_module("billing")
    finally:
        sys.path.remove(str(folder.parent))


@pytest.fixture(scope="module")
def own_catalog(billing: ModuleType) -> Catalog:
    """All domains and the README's."""
    return build_catalog((*DOMAINS, billing))


@pytest.fixture(scope="module")
async def own_world(template: TestDatabase, own_catalog: Catalog) -> AsyncIterator[World]:
    """A database that has the table."""
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute(f"set role {OWNER}")
    for statement in (*table_statements(own_catalog), *guard_statements(own_catalog)):
        if re.search(r"\binvoices\b", statement):
            await superuser.execute(statement)
    await superuser.close()
    world = await open_world(database, own_catalog)
    yield world
    await world.pool.close()


def test_declaration_is_fifteen_lines(repository: Path) -> None:
    block = readme_block(repository, "python")
    assert len([line for line in block.splitlines() if line.strip()]) <= 15


async def test_readme_query_answers_with_own_rows_and_edges(own_world: World, repository: Path) -> None:
    create = """mutation ($user: ID!, $number: String!) {
      createInvoice(input: {userId: $user, number: $number, amountCents: 1200}) { number paid user { email } } }"""
    for tenant in (ACME, GLOBEX):
        made = await own_world.data(
            create, {"user": str(tenant.user("member")), "number": "2026-1"}, as_=tenant.principal("admin")
        )
        assert made["createInvoice"] == {
            "number": "2026-1",
            "paid": False,
            "user": {"email": f"member@{tenant.slug}.example"},
        }
    answer = await own_world.data(readme_block(repository, "graphql"))
    assert answer["users"]["nodes"] == [
        {
            "email": "member@acme.example",
            "invoices": {"totalCount": 1, "nodes": [{"number": "2026-1", "amountCents": 1200}]},
        }
    ]


async def test_it_is_guarded_like_every_other(own_world: World, own_catalog: Catalog) -> None:
    theirs = {"user": str(GLOBEX.user("member"))}
    create = 'mutation ($user: ID!) { createInvoice(input: {userId: $user, number: "x", amountCents: 1}) { id } }'
    assert await own_world.code(create, theirs) == "NOT_FOUND"
    assert await own_world.code("{ invoices { nodes { id } } }", as_=ACME.principal("viewer")) == "FORBIDDEN"
    async with own_world.pool.connection() as connection:
        report = await examine(connection, own_catalog)
    assert report.findings == ()
