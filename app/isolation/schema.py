"""The whole schema as SQL, in the order in which it can be built.

In: Catalog and `sql/`.  Out: statements.  This is what the migrations must add up to; a test compares both databases.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable, SetColumnComment, SetTableComment
from sqlalchemy.sql.ddl import ExecutableDDLElement

from app.catalog.facts import Catalog, Kind
from app.isolation.grants import function_grants, grants
from app.isolation.policies import policies
from app.isolation.roles import OWNER
from app.isolation.search import search_statements
from app.isolation.tables import metadata
from app.isolation.triggers import audit_triggers, deletion_trigger, quota_triggers, transition_triggers
from app.paths import SQL_FOLDER


def schema_statements(catalog: Catalog) -> Iterator[str]:
    """Every statement after the bootstrap, to be run as the owner in an empty database."""
    yield from folder_statements("functions")
    yield from function_grants()
    yield from extension_statements(catalog)
    yield from table_statements(catalog)
    yield from guard_statements(catalog)
    yield from folder_statements("triggers")


def extension_statements(catalog: Catalog) -> Iterator[str]:
    """pgvector, where a column holds vectors; a Postgres without it serves everything else.

    An extension takes a superuser, or on managed servers a login that they trust with it: so it is the login that
    creates it, not the owner that it has become. Where somebody installed it before, any login will do.
    """
    if any(c.kind is Kind.VECTOR for e in catalog.entities.values() for c in e.columns):
        yield (
            f"set local role none;\ncreate extension if not exists vector with schema public;\nset local role {OWNER}"
        )


def table_statements(catalog: Catalog) -> Iterator[str]:
    """CREATE TABLE, its indexes and its comments, parents before children."""
    dialect = sa.make_url("postgresql+asyncpg://").get_dialect()()
    for table in metadata(catalog).sorted_tables:
        for element in _table_elements(table):
            yield str(element.compile(dialect=dialect)).strip()


def _table_elements(table: sa.Table) -> Iterator[ExecutableDDLElement]:
    yield CreateTable(table)
    # SQLAlchemy keeps indexes in a set: by name, the same declarations give the same text.
    yield from (CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name)))
    yield SetTableComment(table)
    yield from (SetColumnComment(column) for column in table.columns if column.comment)


def guard_statements(catalog: Catalog) -> Iterator[str]:
    """Row-level security, policies, grants, search functions and triggers of every table."""
    for entity in catalog.entities.values():
        yield f"alter table {entity.sql_name} enable row level security"
        yield f"alter table {entity.sql_name} force row level security"
        yield from policies(entity)
        yield from grants(entity)
        yield from search_statements(entity)
        yield from transition_triggers(entity)
        yield from deletion_trigger(entity)
        yield from quota_triggers(entity)
        yield from audit_triggers(entity)


def bootstrap_sql() -> str:
    """The roles and schemas; run by a superuser, in the database that they are for."""
    return (SQL_FOLDER / "bootstrap.sql").read_text()


def folder_statements(folder: str) -> Iterator[str]:
    """The statements of a folder of `sql/`, one a file."""
    for file in sorted((SQL_FOLDER / folder).glob("*.sql")):
        yield file.read_text().strip()
