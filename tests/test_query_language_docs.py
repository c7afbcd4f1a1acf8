"""docs/query-language.md: every example on the page runs, and answers what the page says.

A graphql block is asked as acme's owner, with the JSON under `Variables:` and `Headers:` if it has any; the JSON block
without such a line is its answer. The demo's data answers, or for the sections after LIBRARY_SECTION the domain that
the page declares there. `UPDATE_GOLDEN=1` writes the answers anew.
"""

import asyncio
import importlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from app import domains
from app.auth.principal import Principal, UserId
from app.catalog import Catalog, build_catalog
from app.db.database import RequestContext
from app.db.embedded import EmbeddedServer
from app.db.migrations import migrate
from app.demo import data
from app.demo.load import load_demo
from app.domains import DOMAINS
from app.graph.running import Execution
from app.graph.schema import build_schema
from app.isolation.roles import OWNER
from app.isolation.schema import extension_statements, guard_statements, table_statements
from app.model import Role
from app.settings import Settings
from app.web.endpoints import COST_HEADER
from app.web.protocol import render_body
from tests.conftest import World, create_database, open_world
from tests.golden.test_golden import may_update

PAGE = Path(__file__).parents[1] / "docs" / "query-language.md"
LIBRARY_SECTION = "A table to search"
ASKS = Principal(data.tenant("acme").id, UserId(data.made_id("acme", "owner@acme.example")), Role.OWNER)
UPDATE = may_update(os.environ)
_WIDTH = 120

# --- the page ------------------------------------------------------------------------------------------------

_PART = re.compile(
    r"^(?:(?P<level>#+) (?P<heading>[^\n]+)"
    r"|(?:(?P<label>[^\n]+):\n\n)?```(?P<language>\w+)\n(?P<text>.*?)^```)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A code block: its section, the line before it if that ends with a colon, its text and where that stands."""

    section: str
    label: str | None
    language: str
    text: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Example:
    """A graphql block and the json blocks that follow it."""

    number: int
    query: Block
    jsons: tuple[Block, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.number} {self.query.section}"

    def labelled(self, label: str | None) -> Block | None:
        """The variables, the headers or, without a label, the answer."""
        found = [block for block in self.jsons if block.label == label]
        assert len(found) <= 1, f"{self.name} has two blocks where one belongs"
        return found[0] if found else None


def blocks(page: str) -> Iterator[Block]:
    """The code blocks, in their order."""
    section = ""
    for part in _PART.finditer(page):
        section = part["heading"] or section
        if part["language"]:
            yield Block(section, part["label"], part["language"], part["text"], part.span("text"))


def examples(page: str) -> list[Example]:
    """The examples, in their order."""
    found: list[Example] = []
    for block in blocks(page):
        if block.language == "graphql":
            found.append(Example(len(found), block))
        elif block.language == "json":
            found[-1] = replace(found[-1], jsons=(*found[-1].jsons, block))
    return found


def headings(page: str) -> list[tuple[int, str]]:
    """The sections with their levels, without the page's own title."""
    return [(len(part["level"]), part["heading"]) for part in _PART.finditer(page) if part["heading"]][1:]


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(text: str) -> set[str]:
    """The sections of the page that a text leads to."""
    return set(re.findall(r"\]\(#([\w-]+)\)", text))


def python_block(page: str, file: str) -> str:
    """The block that the page introduces as a file of the library domain."""
    (text,) = (block.text for block in blocks(page) if file in (block.label or ""))
    return text


def written(value: Any, indent: int = 0, key: str = "") -> str:
    """JSON as the page has it, after a key if there is one: on one line what fits there."""
    line = key + json.dumps(value, ensure_ascii=False)
    if indent + len(line) < _WIDTH or not isinstance(value, dict | list):
        return line
    inner = " " * (indent + 2)
    keys = [f"{json.dumps(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    items = value.values() if isinstance(value, dict) else value
    lines = [inner + written(item, indent + 2, name) for name, item in zip(keys, items, strict=True)]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{key}{start}\n" + ",\n".join(lines) + f"\n{' ' * indent}{end}"


TEXT = PAGE.read_text()
HEADINGS = headings(TEXT)
_NAMES = [name for _, name in HEADINGS]
_LIBRARY = _NAMES[_NAMES.index(LIBRARY_SECTION) : _NAMES.index("Limits")]
EXAMPLES = examples(TEXT)
OF_DEMO = [pytest.param(e, id=e.name) for e in EXAMPLES if e.query.section not in _LIBRARY]
OF_LIBRARY = [pytest.param(e, id=e.name) for e in EXAMPLES if e.query.section in _LIBRARY]

# --- who answers ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def demo(server: EmbeddedServer, catalog: Catalog) -> AsyncIterator[World]:
    """The demo's data."""
    database = await create_database(server)
    await asyncio.to_thread(migrate, database.owner_url)
    await load_demo(catalog, database.owner_url, database.app_url)
    world = await open_world(database, catalog)
    yield world
    await world.pool.close()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The domain that the page declares, as the package `app.domains.library`."""
    folder = tmp_path_factory.mktemp("domains")
    (folder / "library").mkdir()
    (folder / "library" / "__init__.py").touch()
    for file in ("tables.py", "fields.py"):
        (folder / "library" / file).write_text(python_block(TEXT, file))
    domains.__path__.append(str(folder))
    yield importlib.import_module("app.domains.library")
    domains.__path__.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith("app.domains.library")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def library_catalog(library: ModuleType) -> Catalog:
    """All domains and the page's."""
    return build_catalog((*DOMAINS, library))


@pytest.fixture(scope="module")
async def shelf(demo: World, library_catalog: Catalog) -> AsyncIterator[World]:
    """The demo's data with the table that the page declares, and the rows that it makes there."""
    superuser = await demo.database.superuser()
    try:
        await superuser.execute(f"set role {OWNER}")
        for statement in extension_statements(library_catalog):
            await superuser.execute(statement)
        for statement in (*table_statements(library_catalog), *guard_statements(library_catalog)):
            if "articles" in statement:
                await superuser.execute(statement)
    finally:
        await superuser.close()
    world = await open_world(demo.database, library_catalog)
    for rows in (e for e in EXAMPLES if e.query.text.startswith("mutation")):
        assert "errors" not in await answer_of(world, rows)
    yield world
    await world.pool.close()


async def answer_of(world: World, example: Example) -> Any:
    """The whole response to an example."""
    variables, headers = (example.labelled(label) for label in ("Variables", "Headers"))
    wants_cost = headers is not None and COST_HEADER in headers.text.lower()
    execution = Execution(RequestContext(ASKS, request_id="docs"), wants_cost=wants_cost)
    given = json.loads(variables.text) if variables else None
    answer = await world.engine.execute(example.query.text, given, None, execution, may_mutate=True)
    return orjson.loads(render_body(answer))


async def check(world: World, example: Example) -> None:
    """Compares with the page, or writes the page anew. The order of keys counts."""
    answer = await answer_of(world, example)
    said = example.labelled(None)
    assert said, f"{example.name} has no answer"
    if UPDATE:
        page = PAGE.read_text()
        now = examples(page)[example.number].labelled(None)
        assert now
        start, end = now.span
        PAGE.write_text(f"{page[:start]}{written(answer)}\n{page[end:]}")
    else:
        assert json.dumps(answer, indent=1) == json.dumps(json.loads(said.text), indent=1)


# --- the tests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", OF_DEMO)
async def test_example_answers_what_the_page_says(example: Example, demo: World) -> None:
    await check(demo, example)


@pytest.mark.parametrize("example", OF_LIBRARY)
async def test_example_of_the_library_answers_what_the_page_says(example: Example, shelf: World) -> None:
    await check(shelf, example)


def test_python_on_the_page_is_python_of_the_product() -> None:
    code = "\n".join(path.read_text() for path in (PAGE.parents[1] / "app" / "domains").glob("*/tables.py"))
    lines = {line.strip() for line in code.splitlines()}
    excerpts = [block for block in blocks(TEXT) if block.language == "python" and not block.label]
    assert excerpts
    assert {line.strip() for block in excerpts for line in block.text.splitlines()} <= lines


def test_the_table_at_the_top_leads_to_every_section_without_parts() -> None:
    levels = [level for level, _ in HEADINGS]
    whole = {name for (level, name), following in zip(HEADINGS, [*levels[1:], 0], strict=True) if following <= level}
    assert {anchor(name) for name in whole} <= links(TEXT.partition("\n## ")[0])
    assert links(TEXT) <= {anchor(name) for _, name in HEADINGS}


def test_every_operator_and_argument_is_on_the_page(library_catalog: Catalog) -> None:
    code = [block.text for block in blocks(TEXT) if block.language == "graphql"] + re.findall(r"`([^`\n]+)`", TEXT)
    assert words_of_the_language(library_catalog) <= set(re.findall(r"\w+", " ".join(code)))


def words_of_the_language(catalog: Catalog) -> set[str]:
    """Operators of filters, what conditions and orders have besides fields, and arguments of fields that read."""
    types: Mapping[str, Any] = build_schema(catalog).type_map
    names = [name for name in types if name.endswith("Filter")]
    names += [f"SyncJob{name}" for name in ("EdgeWhere", "Having", "EdgeOrderBy", "GroupOrderBy", "Connection")]
    words = {field for name in [*names, "PageInfo"] for field in types[name].fields}
    reading = [*types["Query"].fields.values(), *types["SyncJobStats"].fields.values()]
    return words | {argument for field in reading for argument in field.args}


def test_limits_are_those_of_the_settings() -> None:
    told = dict(re.findall(r"^\| `BULKHEAD_(\w+)` \| ([\d,]+) \|", TEXT, re.MULTILINE))
    settings = {name: field.default for name, field in Settings.model_fields.items() if name.upper() in told}
    assert settings == {name.lower(): int(number.replace(",", "")) for name, number in told.items()}
    assert {name for name in Settings.model_fields if name.startswith("max_")} <= set(settings)
