"""Examines a live database: do the isolation rules hold there, for the login that serves requests?

In: a connection of that login, the catalog, and the questions of `sql/checks/`.  Out: Report, a result for each check.
Each check is one query whose rows are holes; `$1`, where it asks for it, is what this checkout declares, as JSON.
Never: a value of a row in a message, or a change to the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from app.catalog.facts import Catalog, Column, Edge, Entity
from app.db.revision import head_revision
from app.db.sqlstate import translated_connection_errors
from app.isolation.grants import updated_columns
from app.isolation.search import search_function, searched_columns
from app.model.access import Role
from app.paths import SQL_FOLDER

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Hole: TypeAlias = tuple[str, str]  # object, problem

_MIGRATED = "migrated"
_NO_CONTEXT = "no_context_no_rows"
_CONTEXT_SETTINGS = ("app.tenant_id", "app.user_id", "app.role")


@dataclass(frozen=True, slots=True)
class Check:
    """A question to a live database.

    rule   of the schema, 1 to 9; 0 for what comes before them
    why    what is lost where it fails
    fix    what to do, in SQL where that says it best
    sql    rows (object, problem); none means clean
    """

    rule: int
    name: str
    title: str
    why: str
    fix: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A hole: what it is in, what is wrong with it, and what to do."""

    rule: int
    check: str
    object: str
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether the rule holds."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Report:
    """The results of all checks that were asked, in order."""

    results: tuple[Result, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All holes, in order."""
        return tuple(chain.from_iterable(result.findings for result in self.results))

    @property
    def clean(self) -> bool:
        """Whether every rule holds."""
        return not self.findings

    def as_json(self) -> list[dict[str, Any]]:
        """The results as JSON has them: `[{rule, check, title, clean, why, fix, holes: [{object, problem}]}]`."""
        return [
            {
                "rule": result.check.rule,
                "check": result.check.name,
                "title": result.check.title,
                "clean": result.clean,
                "why": result.check.why,
                "fix": result.check.fix,
                "holes": [{"object": f.object, "problem": f.problem} for f in result.findings],
            }
            for result in self.results
        ]


def load_checks() -> tuple[Check, ...]:
    """The checks of `sql/checks/`, in the order of their numbers."""
    return tuple(parse_check(file) for file in sorted((SQL_FOLDER / "checks").glob("*.sql")))


def parse_check(file: Path) -> Check:
    """A check from its file, `21_name.sql`: the comment lines at its head are its words, `-- title: …`.

    A line that begins with three spaces goes on where the one before it ended.
    """
    text = file.read_text()
    words: dict[str, str] = {}
    word = ""
    for line in takewhile(lambda line: line.startswith("--"), text.splitlines()):
        name, colon, rest = line.removeprefix("-- ").partition(": ")
        if line.startswith("--   "):
            words[word] += " " + line.removeprefix("--").strip()
        elif colon and name in Check.__slots__:
            word, words[name] = name, rest
    return Check(
        rule=int(words["rule"]),
        name=file.stem.partition("_")[2],
        title=words["title"],
        why=words["why"],
        fix=words["fix"],
        sql=text,
    )


async def examine_at(url: str, catalog: Catalog | None = None) -> Report:
    """Examines the database of a login. Raises Unavailable when it cannot be reached."""
    with translated_connection_errors():
        # Where a pooler stands between, a statement that was prepared may not be there the next time.
        connection = await asyncpg.connect(url, statement_cache_size=0)
    try:
        return await examine(connection, catalog)
    finally:
        await connection.close()


async def examine(connection: Connection, catalog: Catalog | None = None) -> Report:
    """Asks every check, as the login of the connection, outside any transaction.

    Without a catalog, what is declared is not compared. A database that was never migrated is asked nothing else.
    """
    migrated, *others = load_checks()
    assert migrated.name == _MIGRATED
    declared = orjson.dumps(declaration(catalog)).decode()
    results = await _ask(connection, [migrated], declared)
    if results[0].clean:
        results += await _ask(connection, others, declared)
    return Report(tuple(results))


async def _ask(connection: Connection, checks: Sequence[Check], declared: str) -> list[Result]:
    """Asks checks all at once: what they take is Postgres's time, which a server that starts has other work for."""
    text = " union all ".join(_numbered(*numbered) for numbered in enumerate(checks))
    async with connection.transaction(readonly=True):
        # Names are printed with their schema, and nothing of ours can stand in for the catalog's functions.
        await connection.execute("set local search_path = pg_catalog, pg_temp")
        rows = await connection.fetch(text, *([declared] if "$1" in text else []))
    found: list[set[Hole]] = [set() for _ in checks]
    for row in rows:
        found[row["number"]].add((row["object"], row["problem"]))
    return [await _result(connection, *asked) for asked in zip(checks, found, strict=True)]


def _numbered(number: int, check: Check) -> str:
    """A check's rows, each with its number; the comments at its end stay on their own lines."""
    return f"select {number} as number, hole.object::text, hole.problem::text from (\n{check.sql}\n) as hole"


async def _result(connection: Connection, check: Check, holes: Iterable[Hole]) -> Result:
    if check.name == _NO_CONTEXT:
        holes = await _seen_without_tenant(connection, [table for table, _ in sorted(holes)])
    return Result(check, tuple(Finding(check.rule, check.name, *hole, check.fix) for hole in sorted(set(holes))))


# --- what is declared ----------------------------------------------------------------------------------------


def declaration(catalog: Catalog | None) -> Mapping[str, Any]:
    """What the checks compare the database with: the newest revision, and the tenant entities of the catalog."""
    entities = {} if catalog is None else {"entities": [_declared(catalog, e) for e in catalog.tenant_entities()]}
    return {"revision": head_revision(), **entities}


def _declared(catalog: Catalog, entity: Entity) -> Mapping[str, Any]:
    access, tenant = entity.access, entity.tenant
    assert tenant is not None
    return {
        "table": entity.sql_name,
        "select": _names(c for c in entity.columns if access.read and c.is_readable),
        "insert": _names([tenant, *entity.creatable] if access.create else []),
        "update": _names(updated_columns(entity)),
        "delete": access.delete is not None and entity.deleted is None,
        "search": _search(entity),
        "sure_edges": [_sure_edge(catalog, edge, tenant) for edge in entity.edges if edge.visible and not edge.many],
    }


def _search(entity: Entity) -> Mapping[str, Any] | None:
    """What the search role may read of the table, and its function there, to the letter."""
    if entity.search is None:
        return None
    function = search_function(entity)
    return {"columns": searched_columns(entity), "function": function.signature, "body": function.body}


def _sure_edge(catalog: Catalog, edge: Edge, tenant: Column) -> Mapping[str, Any]:
    """An edge that is never null in GraphQL. One without a join leads to the tenant."""
    return {
        "column": edge.join[0][0] if edge.join else tenant.name,
        "target": edge.target_name,
        "read_by_everyone": catalog[edge.target_name].access.read is Role.VIEWER,
    }


def _names(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns]


# --- reading without a tenant --------------------------------------------------------------------------------


async def _seen_without_tenant(connection: Connection, tables: Sequence[str]) -> list[Hole]:
    """The tables that show rows where none may be seen, and the settings that outlive their transaction.

    The role is the highest, so that it is the missing tenant that hides the rows, not the missing role.
    """
    situations = {
        "without a context": "select",
        "with an empty tenant": "set local app.tenant_id = ''; set local app.role = 'OWNER'",
        "as a tenant that does not exist": f"select app.set_context('{uuid4()}', null, 'OWNER', 'doctor', '', '', 0)",
        "reading as a tenant that does not exist": f"select app.set_reader('{uuid4()}', null, 'OWNER', 0)",
    }
    problems: dict[str, str] = {}
    for situation, opening in situations.items():
        try:
            async with connection.transaction(readonly=True):
                await connection.execute(opening)
                seen = await _tables_with_rows(connection, tables)
        except asyncpg.PostgresError as exc:
            problems["tenant tables"] = f"reading them {situation} raises {type(exc).__name__}"
        else:
            problems = dict.fromkeys(seen, f"shows rows {situation}") | problems
    return [*problems.items(), *await _settings_left_behind(connection)]


async def _settings_left_behind(connection: Connection) -> list[Hole]:
    return [
        (setting, "is still set after the transaction that set it")
        for setting in _CONTEXT_SETTINGS
        if await connection.fetchval("select current_setting($1, true)", setting)
    ]


async def _tables_with_rows(connection: Connection, tables: Sequence[str]) -> list[str]:
    """Those of the tables in which this transaction sees a row."""
    # Expecting rows, the planner may read a whole table to learn that there are none; the index knows at once.
    await connection.execute("set local enable_seqscan = off")
    seen = await connection.fetch(" union all ".join(_any_row(*numbered) for numbered in enumerate(tables)))
    return [tables[row["number"]] for row in seen]


def _any_row(number: int, table: str) -> str:
    """One row with the table's number when the table shows any. Postgres itself quoted the name."""
    return f"select {number} as number where exists (select from {table})"
