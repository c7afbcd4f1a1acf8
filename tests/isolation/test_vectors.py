"""What is nearest is looked for among the tenant's own rows: all that are asked for come, from an index.

Row-level security keeps conditions from an index and not orders, so no function has to cross the floor for this. The
statement is the one that docs/isolation.md gives; the settings are those of `Database.read(…, nearest=True)`.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.catalog import Catalog
from app.db.database import SET_NEAREST, Database, DatabaseOptions, RequestContext
from app.db.sqlstate import ErrorTranslator
from app.errors import BadUserInput
from app.isolation.schema import extension_statements, table_statements
from app.model import Metric
from tests.conftest import TestDatabase, create_database
from tests.isolation.rows import Session, enter, insert
from tests.isolation.sessions import acting
from tests.world import ACME, GLOBEX, NOBODY_ID, TenantWorld

LARGE, SMALL, SMALL_TENANTS = 20_000, 100, 50
QUERY = [0.9, 0.1, 0.2]
NEAREST = """
    select t.id, t.embedding::text as embedding, t.embedding {operator} (select $2::text::vector) as distance
    from public.passages as t
    where t.tenant_id = $1 and t.embedding is not null {where}
    order by t.embedding {operator} (select $2::text::vector)
    limit $3"""


def nearest(metric: Metric = Metric.COSINE, where: str = "") -> str:
    """The statement: `$1` the tenant, `$2` the vector as JSON, `$3` how many."""
    return NEAREST.format(operator=metric.operator, where=where)


def as_text(vector: list[float]) -> str:
    """A vector as the statement takes it."""
    return orjson.dumps(vector).decode()


def plan_nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan's nodes, outermost first."""
    return [plan, *(node for child in plan.get("Plans", ()) for node in plan_nodes(child))]


# --- two tenants, the same vectors ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def passages(archive_template: TestDatabase, archive_catalog: Catalog) -> TestDatabase:
    """Five passages of each tenant, the last without a vector."""
    database = await create_database(archive_template.server, archive_template.name)
    superuser = await database.superuser()
    for tenant in (ACME, GLOBEX):
        for vector in ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [2.0, 2.0, 0.0], None):
            async with superuser.transaction():
                await enter(superuser, tenant.id)
                await superuser.execute(
                    *insert(archive_catalog["Passage"], {"tenant_id": tenant.id, "embedding": vector})
                )
    await superuser.close()
    return database


@pytest.fixture(scope="module")
async def pool(passages: TestDatabase, archive_catalog: Catalog) -> AsyncIterator[Database]:
    """The gateway's pool, of one connection."""
    pool = Database(passages.app_url, DatabaseOptions(pool_size=1), ErrorTranslator(archive_catalog))
    await pool.open()
    yield pool
    await pool.close()


@pytest.mark.parametrize("tenant", [ACME, GLOBEX], ids=lambda tenant: tenant.slug)
@pytest.mark.parametrize(
    ("metric", "order"),
    [
        (Metric.COSINE, [[1, 0, 0], [2, 2, 0], [0, 0, 1], [0, 1, 0]]),
        (Metric.L2, [[1, 0, 0], [0, 0, 1], [0, 1, 0], [2, 2, 0]]),
        (Metric.INNER_PRODUCT, [[2, 2, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]),
    ],
)
async def test_each_tenant_gets_its_own_rows_by_distance(
    passages: TestDatabase, pool: Database, tenant: TenantWorld, metric: Metric, order: list[list[int]]
) -> None:
    async with pool.read(RequestContext(tenant.principal()), nearest=True) as transaction:
        rows = await transaction.rows(nearest(metric), [as_text(QUERY), 10])
    assert [orjson.loads(row[1]) for row in rows] == order
    superuser = await passages.superuser()
    owners = await superuser.fetch(
        "select distinct tenant_id from public.passages where id = any ($1)", [r[0] for r in rows]
    )
    await superuser.close()
    assert [row[0] for row in owners] == [tenant.id]


async def test_without_a_tenant_nothing_is_near(passages: TestDatabase) -> None:
    session = await passages.app()
    assert await session.fetch(nearest(), ACME.id, as_text(QUERY), 10) == []
    async with acting(session, NOBODY_ID):
        assert await session.fetch(nearest(), ACME.id, as_text(QUERY), 10) == []
    async with acting(session, GLOBEX.id):
        assert await session.fetch(nearest(), ACME.id, as_text(QUERY), 10) == []
    await session.close()


@pytest.mark.parametrize(
    "vector", ["[1, 2]", "[]", "[1, 2, 3, 4]", "1", "", "[1, 2, NaN]", '["a", 1, 2]', "[1e99, 0, 0]"]
)
async def test_what_is_no_vector_of_the_column_is_bad_input(pool: Database, vector: str) -> None:
    with pytest.raises(BadUserInput):
        async with pool.read(RequestContext(ACME.principal()), nearest=True) as transaction:
            await transaction.rows(nearest(), [vector, 10])


async def test_settings_end_with_their_transaction(pool: Database) -> None:
    names = ("hnsw.iterative_scan", "plan_cache_mode")
    query = "select current_setting(name) from unnest($2::text[]) as name where $1::uuid is not null"
    async with pool.read(RequestContext(ACME.principal()), nearest=True) as transaction:
        assert [row[0] for row in await transaction.rows(query, [names])] == ["strict_order", "force_custom_plan"]
    async with pool.read(RequestContext(ACME.principal())) as transaction:
        assert [row[0] for row in await transaction.rows(query, [names])] == ["off", "auto"]


# --- a large tenant and many small ones -------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def crowd(archive_template: TestDatabase, archive_catalog: Catalog) -> TestDatabase:
    """A tenant with four fifths of the rows, acme, and fifty small ones; one row of a thousand is in Latin."""
    database = await create_database(archive_template.server, archive_template.name)
    superuser = await database.superuser()
    await superuser.execute("set session_replication_role = replica")  # neither keys to tenants nor an audit log
    for metric in Metric:  # an index is made faster than it is filled
        await superuser.execute(f"drop index public.passages_embedding_{metric.name.lower()}_idx")
    await superuser.execute("select setseed(0.5)")
    await superuser.execute(
        """insert into public.passages (tenant_id, language, embedding)
           select case when n < $2::int then $1::uuid else md5((n % $3::int)::text)::uuid end,
             case when n % 1000 = 0 then 'la' else 'en' end,
             array[random() - 0.5, random() - 0.5, random() - 0.5]::vector
           from generate_series(0, $2 + $3::int * $4::int - 1) as n""",
        ACME.id, LARGE, SMALL_TENANTS, SMALL,
    )  # fmt: skip
    for statement in table_statements(archive_catalog):
        if "passages_embedding_cosine_idx" in statement:
            await superuser.execute(statement)
    await superuser.execute("analyze public.passages")
    await superuser.close()
    return database


@pytest.fixture(scope="module")
async def crowd_superuser(crowd: TestDatabase) -> AsyncIterator[Session]:
    """A superuser's connection to the crowd."""
    session = await crowd.superuser()
    yield session
    await session.close()


async def ten_nearest(
    database: TestDatabase, tenant: UUID, where: str = "", settings: str = SET_NEAREST
) -> tuple[set[str], list[UUID]]:
    """The indexes that are read for the ten nearest rows when a new connection asks for the tenth time; their ids."""
    session = await database.app()
    asked = f"execute nearest ('{tenant}', '{as_text(QUERY)}', 10)"
    async with session.transaction():
        await session.execute(settings)
        await enter(session, tenant)
        await session.execute(f"prepare nearest (uuid, text, int) as {nearest(where=where)}")
        ids = [[row["id"] for row in await session.fetch(asked)] for _ in range(9)]
        explained = await session.fetchval(f"explain (format json) {asked}")
    await session.close()
    assert ids.count(ids[0]) == len(ids)
    plan = plan_nodes(orjson.loads(explained)[0]["Plan"])
    return {node["Index Name"] for node in plan if "Index Name" in node}, ids[0]


async def exactly(superuser: Session, tenant: UUID, where: str = "") -> list[UUID]:
    """The ids of the ten nearest rows, without any index."""
    async with superuser.transaction():
        await superuser.execute("set local enable_indexscan = off; set local enable_bitmapscan = off")
        rows = await superuser.fetch(nearest(where=where), tenant, as_text(QUERY), 10)
    return [row["id"] for row in rows]


async def test_large_tenants_nearest_rows_come_from_the_index_of_vectors(
    crowd: TestDatabase, crowd_superuser: Session
) -> None:
    indexes, ids = await ten_nearest(crowd, ACME.id)
    assert indexes == {"passages_embedding_cosine_idx"}
    assert len(ids) == 10
    # The index is of near enough neighbours: one of the ten may be missing.
    assert len({*ids} & {*await exactly(crowd_superuser, ACME.id)}) >= 9


async def test_small_tenants_nearest_rows_are_all_there(crowd: TestDatabase, crowd_superuser: Session) -> None:
    tenant = await crowd_superuser.fetchval("select md5('7')::uuid")
    indexes, ids = await ten_nearest(crowd, tenant)
    assert indexes
    assert "passages_embedding_cosine_idx" not in indexes
    assert len(ids) == 10
    assert ids == await exactly(crowd_superuser, tenant)


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("t.language = 'en'", "passages_embedding_cosine_idx"),  # most rows
        ("t.language = 'la'", "passages_language_idx"),  # twenty, and Postgres knows
    ],
)
async def test_nearest_rows_of_a_condition_are_all_there(
    crowd: TestDatabase, crowd_superuser: Session, condition: str, index: str
) -> None:
    indexes, ids = await ten_nearest(crowd, ACME.id, f"and {condition}")
    assert indexes == {index}
    assert len(ids) == 10
    language = "select distinct language from public.passages where id = any ($1)"
    assert [row[0] for row in await crowd_superuser.fetch(language, ids)] == [condition[-3:-1]]


async def test_index_of_vectors_is_read_on_until_there_are_enough(crowd: TestDatabase) -> None:
    # Sorting is forbidden, so that the index of vectors has to do although few of its rows are wanted.
    rare, forced = "and t.language = 'la'", "set local enable_sort = off"
    indexes, ids = await ten_nearest(crowd, ACME.id, rare, f"{SET_NEAREST}; {forced}")
    assert indexes == {"passages_embedding_cosine_idx"}
    assert len(ids) == 10
    _, without = await ten_nearest(crowd, ACME.id, rare, f"set local plan_cache_mode = force_custom_plan; {forced}")
    assert len(without) < 10


async def test_each_tenant_is_planned_for_by_itself(
    crowd: TestDatabase, crowd_superuser: Session, archive_catalog: Catalog
) -> None:
    await crowd_superuser.execute(f"alter database {crowd.name} set plan_cache_mode = force_generic_plan")
    counts = """select custom_plans, generic_plans from pg_prepared_statements
                where statement = $2 and $1::uuid is not null"""
    for asks_for_it, generic in ((True, 0), (False, 9)):
        pool = Database(crowd.app_url, DatabaseOptions(pool_size=1), ErrorTranslator(archive_catalog))
        await pool.open()
        for _ in range(9):
            async with pool.read(RequestContext(ACME.principal()), nearest=asks_for_it) as transaction:
                await transaction.rows(nearest(), [as_text(QUERY), 10])
        async with pool.read(RequestContext(ACME.principal())) as transaction:
            row = await transaction.row(counts, [nearest()])
        await pool.close()
        assert row is not None
        assert tuple(row) == (9 - generic, generic)
    await crowd_superuser.execute(f"alter database {crowd.name} reset plan_cache_mode")


# --- where it comes from ----------------------------------------------------------------------------------------


async def test_database_without_vectors_needs_no_extension(template: TestDatabase, catalog: Catalog) -> None:
    assert list(extension_statements(catalog)) == []
    superuser = await template.superuser()
    assert await superuser.fetchval("select count(*) from pg_extension where extname = 'vector'") == 0
    await superuser.close()


async def test_extension_belongs_to_who_logs_in_and_the_tables_to_the_owner(passages: TestDatabase) -> None:
    superuser = await passages.superuser()
    extension = "select extowner::regrole::text from pg_extension where extname = 'vector'"
    table = "select relowner::regrole::text from pg_class where oid = 'public.passages'::regclass"
    assert await superuser.fetchval(extension) == "postgres"
    assert await superuser.fetchval(table) == "bulkhead_owner"
    await superuser.close()
