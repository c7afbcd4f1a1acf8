"""Trees whose edges lead back to their own entity, or to one that is told by several keys."""

import re
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console

from app.catalog import build_catalog
from app.db.database import RequestContext
from app.domains import DOMAINS
from app.explain import plan_tree
from app.graph.compiling import TreeStep
from app.graph.running import Execution
from app.isolation.roles import OWNER
from app.isolation.schema import guard_statements, table_statements
from app.vault.data_keys import Vault
from app.vault.sealing import Place
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.graph import filing
from tests.world import ACME, MASTER_KEYS

FILES = "mutation ($rows: [FileCreate!]!) { createFiles(input: $rows) { nodes { title folder { name } } } }"
LITERAL = '{name: "r2", files: {create: {title: "closed", pin: "hidden words"}}}'
OURS = re.compile(r"\bpublic\.(folders|files)\b")


@pytest.fixture
async def world(template: TestDatabase) -> AsyncIterator[World]:
    """Folders A and B, told by name, slug and number."""
    catalog = build_catalog((*DOMAINS, filing))
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    await superuser.execute(f"set role {OWNER}")
    for statement in filter(OURS.search, (*table_statements(catalog), *guard_statements(catalog))):
        await superuser.execute(statement)
    await superuser.close()
    world = await open_world(database, catalog)
    folders = '[{name: "A", slug: "a", number: 1}, {name: "B", slug: "b", number: 2}]'
    await world.data(f"mutation {{ createFolders(input: {folders}) {{ count }} }}")
    yield world
    await world.pool.close()


async def test_rows_name_one_edge_by_different_keys(world: World) -> None:
    named: list[dict[str, Any]] = [{"name": "A"}, {"slug": "b"}, {"number": 2}]
    rows: list[dict[str, Any]] = [{"title": str(n), "folder": {"connect": key}} for n, key in enumerate(named)]
    made = await world.data(FILES, {"rows": [*rows, {"title": "3"}]})
    assert [file["folder"] for file in made["createFiles"]["nodes"]] == [{"name": name} for name in "ABB"] + [None]
    missing = {"title": "4", "folder": {"connect": {"name": "nope"}}}
    (error,) = (await world.answer(FILES, {"rows": [rows[1], missing]}))["errors"]
    assert error["extensions"] == {"code": "NOT_FOUND", "field": "input.1.folder.connect.name"}


async def test_folders_are_made_within_folders(world: World) -> None:
    query = """mutation ($root: FolderCreate!) { createFolder(input: $root) { parent { name }
      children(first: 9) { nodes { name children(first: 9, orderBy: [{name: ASC}]) { nodes {
        name files { nodes { title } } } } } } } }"""
    leaves = [{"name": "x", "files": {"create": [{"title": "f"}]}}, {"name": "y"}]
    below = {"name": "child", "children": {"create": leaves, "connect": [{"slug": "b"}]}}
    root = {"name": "root", "parent": {"connect": {"number": 1}}, "children": {"create": [below]}}
    made = (await world.data(query, {"root": root}))["createFolder"]
    assert made["parent"] == {"name": "A"}
    (child,) = made["children"]["nodes"]
    assert [(leaf["name"], leaf["files"]["nodes"]) for leaf in child["children"]["nodes"]] == [
        ("B", []),
        ("x", [{"title": "f"}]),
        ("y", []),
    ]


async def test_secret_in_a_tree_is_sealed_for_its_row_and_explained_to_nobody(world: World) -> None:
    query = """mutation ($root: FolderCreate!) { createFolder(input: $root) { files { nodes { id title hasPin } } } }"""
    files = [{"title": "open"}, {"title": "closed", "pin": "hidden words"}]
    root = {"name": "root", "files": {"create": files}}
    made = (await world.data(query, {"root": root}))["createFolder"]["files"]["nodes"]
    assert {file["title"]: file["hasPin"] for file in made} == {"open": False, "closed": True}
    superuser = await world.database.superuser()
    (text,) = await superuser.fetchrow("select pin from public.files where pin is not null")
    row_of = partial(asked, superuser, ACME.id)
    closed = next(UUID(file["id"]) for file in made if file["hasPin"])
    assert await Vault(MASTER_KEYS).open(row_of, Place(ACME.id, "files", "pin", closed), text) == "hidden words"
    await superuser.close()
    literal = query.replace("($root: FolderCreate!)", "").replace("$root", LITERAL)
    execution = Execution(RequestContext(ACME.principal()))
    step = world.engine.prepare(literal, {}, None, execution).steps["createFolder"]
    assert isinstance(step, TreeStep)
    console = Console(record=True, width=500)
    console.print(plan_tree(step), world.engine.bind_tree(step, execution))
    assert "hidden words" not in console.export_text()


async def asked(superuser: Any, tenant: UUID, text: str, values: Sequence[Any] = ()) -> Any:
    """What a statement of the tenant answers."""
    return await superuser.fetchrow(text, tenant, *values)


async def test_row_under_another_names_no_row_above(world: World) -> None:
    query = "mutation ($root: FolderCreate!) { createFolder(input: $root) { name } }"
    child = {"name": "child", "parent": {"connect": {"name": "A"}}}
    (error,) = (await world.answer(query, {"root": {"name": "root", "children": {"create": [child]}}}))["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "input.children.create.0.parent"}
