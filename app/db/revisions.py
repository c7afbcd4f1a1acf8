"""Writes the next revision: the SQL that brings a migrated database to what is declared now.

In: the URL of a superuser's login, a message.  Out: two files beside the older revisions, to be read before they run.
What is declared is known by building it, in a scratch database on the same server that is dropped afterwards.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg

from app.catalog import Catalog, build_catalog
from app.db.revision import head_revision
from app.domains import DOMAINS
from app.errors import BadUserInput
from app.isolation.changes import revision_sql
from app.isolation.roles import OWNER
from app.isolation.schema import bootstrap_sql, schema_statements
from app.isolation.snapshot import take_snapshot
from app.paths import ROOT

_MODULE = '''"""{message}."""

from alembic import op

from migrations.frozen import run_frozen_sql

revision = "{number}"
down_revision = "{previous}"


def upgrade() -> None:
    run_frozen_sql(op.get_bind(), __file__)
'''
_FROZEN = "-- Frozen. Later changes are later revisions.\n\n"


async def write_revision(owner_url: str, message: str, catalog: Catalog | None = None) -> Path | None:
    """Writes the next revision and returns its module; None when the database is what is declared.

    Raises BadUserInput when the database is not at the newest revision, or the message has nothing to name a file by.
    """
    slug = "_".join(re.findall(r"[a-z0-9]+", message.lower()))
    if not slug:
        raise BadUserInput("Say in a few words what changes; the revision is named so.")
    catalog = catalog or build_catalog(DOMAINS)
    head = head_revision()
    found = await _migrated_snapshot(owner_url, head)
    sql = revision_sql(catalog, found, await declared_snapshot(owner_url, catalog))
    return _write_files(head, slug, message, sql) if sql else None


async def declared_snapshot(owner_url: str, catalog: Catalog) -> Mapping[str, str]:
    """The snapshot of a database that was built straight from the declarations and `sql/`."""
    async with _scratch_database(owner_url) as connection:
        await connection.execute(bootstrap_sql())
        await connection.execute(f"set role {OWNER}")
        for statement in schema_statements(catalog):
            await connection.execute(statement)
        return await take_snapshot(connection)


@asynccontextmanager
async def _scratch_database(owner_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    name = f"bulkhead_scratch_{uuid4().hex}"
    server = await asyncpg.connect(owner_url)
    try:
        await server.execute(f"create database {name}")
        try:
            connection = await asyncpg.connect(owner_url, database=name)
            try:
                yield connection
            finally:
                await connection.close()
        finally:
            await server.execute(f"drop database {name}")
    finally:
        await server.close()


async def _migrated_snapshot(owner_url: str, head: str) -> Mapping[str, str]:
    connection = await asyncpg.connect(owner_url)
    try:
        known = await connection.fetchval("select to_regprocedure('app.schema_revision()') is not null")
        if not known or await connection.fetchval("select app.schema_revision()") != head:
            raise BadUserInput(f"The database is not at revision {head}: run `bulkhead migrate` first.")
        return await take_snapshot(connection)
    finally:
        await connection.close()


def _write_files(head: str, slug: str, message: str, sql: str) -> Path:
    number = f"{int(head) + 1:04d}"
    module = ROOT / "migrations" / "versions" / f"{number}_{slug}.py"
    text = message.strip().rstrip(".").replace("\\", "\\\\").replace('"', "'")
    module.write_text(_MODULE.format(message=text, number=number, previous=head))
    module.with_suffix(".sql").write_text(_FROZEN + sql)
    return module
