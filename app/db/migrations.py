"""Runs the migrations.

In: the URL of a login that may become the owner.  Out: a migrated database.
The first run creates roles and schemas, which takes a superuser, or a login with CREATEROLE that owns the database.
Later runs take any login that may become the owner, and the search role where a search function is made.
"""

import asyncio

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.catalog import build_catalog
from app.db.sqlstate import translated_connection_errors
from app.domains import DOMAINS
from app.errors import StartRefused
from app.isolation.roles import OWNER
from app.isolation.schema import bootstrap_sql
from app.isolation.tables import metadata
from app.paths import ROOT

# What sql/bootstrap.sql gives, and what it has taken back; null where the role or the schema is missing.
_IS_BOOTSTRAPPED = """
    select coalesce(has_schema_privilege(to_regrole('bulkhead_search'), to_regnamespace('app'), 'usage'), false)
      and not exists (
        select from pg_db_role_setting as setting
        join pg_database as here on here.oid = setting.setdatabase and here.datname = current_database()
        where setting.setrole = to_regrole('bulkhead_app')
          and 'plan_cache_mode=force_generic_plan' = any (setting.setconfig)
      )
"""


def migrate(owner_url: str) -> None:
    """Brings a database to the newest revision; all of it in one transaction."""
    asyncio.run(_migrate(owner_url))


async def _migrate(owner_url: str) -> None:
    # The driver reads the URL itself: it knows sslmode and the like, which SQLAlchemy's would refuse.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: _connect(owner_url))
    try:
        async with engine.begin() as connection:
            if not await connection.scalar(text(_IS_BOOTSTRAPPED)):
                await connection.run_sync(run_script, bootstrap_sql())
            await connection.execute(text(f"set local role {OWNER}"))
            await connection.run_sync(_upgrade)
    except asyncpg.IntegrityConstraintViolationError as exc:
        raise StartRefused(
            f"Nothing was migrated: rows of {exc.table_name} break {exc.constraint_name}. Beside it, in "
            "migrations/versions, stands a query that finds them, for a superuser. Mend them and migrate again."
        ) from exc
    finally:
        await engine.dispose()


async def _connect(owner_url: str) -> "asyncpg.Connection[asyncpg.Record]":
    with translated_connection_errors():
        return await asyncpg.connect(owner_url)


def run_script(connection: Connection, sql: str) -> None:
    """Runs several statements, without parameters, in the connection's transaction."""
    connection.connection.dbapi_connection.run_async(lambda driver: driver.execute(sql))  # type: ignore[union-attr]


def _upgrade(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, for a connection that is open already."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata(build_catalog(DOMAINS))
    return config
