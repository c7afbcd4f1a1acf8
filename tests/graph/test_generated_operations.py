"""Operations made at random: what the gateway answers is what the plain reader answers.

Each run is another one and says its seed, by which OPERATIONS_SEED repeats it; `CI` makes every run the same.
OPERATIONS says how many there are: `make test-operations N=5000`.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from app.graph.schema import build_schema, print_sdl
from app.plan.planning import Limits
from tests.conftest import World, open_world
from tests.graph.generated import requests
from tests.graph.generated_inputs import Seen, Value
from tests.graph.operations_run import ASKED, OPERATIONS, SEED
from tests.reader import PlainReader, without_signatures
from tests.world import ACME

CATALOG = build_catalog(DOMAINS)
SCHEMA = build_schema(CATALOG)
COUNTED_ROWS = 12
"""`totalCount` counts no further: some lists are longer than that."""
ORDERS: dict[str, list[list[Value]]] = {
    "User": [
        [],
        [{"name": "ASC"}],
        [{"firstName": "DESC", "nulls": "LAST"}, {"role": "ASC"}],
        [{"lastLoginAt": "DESC"}],
        [{"displayName": "ASC"}],
        [{"connections": {"count": "DESC"}}, {"lastName": "ASC", "nulls": "FIRST"}],
        [{"connections": {"max": {"lastSyncAt": "DESC"}, "nulls": "LAST"}}, {"displayName": "DESC"}],
        [{"connections": {"min": {"connectionId": "ASC"}}, "nulls": "FIRST"}],
        [{"tenant": {"slug": "ASC"}}, {"connections": {"countDistinct": {"provider": "ASC"}}}, {"email": "DESC"}],
    ],
    "Connection": [
        [],
        [{"provider": "ASC"}, {"lastSyncAt": "DESC"}],
        [{"status": "DESC"}, {"provider": "DESC"}],
        [{"user": {"displayName": "DESC"}}, {"syncCount": "DESC"}],
        [{"user": {"firstName": "DESC", "nulls": "LAST"}, "nulls": "FIRST"}, {"provider": "ASC"}],
        [{"user": {"connections": {"count": "ASC"}}}, {"lastSyncAt": "ASC", "nulls": "FIRST"}],
        [{"syncJobs": {"avg": {"recordsProcessed": "DESC"}, "nulls": "LAST"}}, {"status": "ASC"}],
        [{"syncJobs": {"sum": {"recordsProcessed": "ASC"}}}],
        [{"syncJobs": {"max": {"completedAt": "DESC"}}, "nulls": "LAST"}, {"syncJobs": {"count": "ASC"}}],
    ],
    "SyncJob": [
        [],
        [{"completedAt": "ASC", "nulls": "FIRST"}],
        [{"recordsProcessed": "DESC"}, {"startedAt": "ASC"}],
        [{"connection": {"provider": "DESC"}}, {"completedAt": "DESC", "nulls": "LAST"}],
        [{"connection": {"user": {"name": "ASC"}}}, {"connection": {"status": "DESC"}}],
        [{"connection": {"lastSyncAt": "ASC", "nulls": "FIRST"}}, {"status": "ASC"}],
        [{"connection": {"syncCount": "DESC"}}, {"recordsProcessed": "ASC"}],
        [{"connection": {"syncJobs": {"min": {"completedAt": "ASC"}}}}, {"status": "DESC"}, {"id": "ASC"}],
    ],
    "AnalyticsEvent": [[{"source": "ASC", "nulls": "FIRST"}, {"timestamp": "DESC"}], [{"eventName": "DESC"}]],
    "AuditLog": [[{"tenant": {"slug": "DESC", "nulls": "LAST"}}, {"action": "DESC"}], [{"message": "ASC"}]],
}


@pytest.fixture(scope="module")
async def capped_world(rich_world: World, catalog: Catalog) -> AsyncIterator[World]:
    """The rich world, counted no further than COUNTED_ROWS; many aliases keep what is made at random from clashing."""
    limits = Limits(max_counted_rows=COUNTED_ROWS, max_aliases=1_000)
    world = await open_world(rich_world.database, catalog, limits)
    yield world
    await world.pool.close()


@pytest.fixture(scope="module")
async def capped_reader(capped_world: World, catalog: Catalog) -> PlainReader:
    """The plain reader of acme's rows in it."""
    superuser = await capped_world.database.superuser()
    try:
        sdl = print_sdl(capped_world.engine.schema)
        return await PlainReader.open(superuser, catalog, sdl, ACME.id, max_counted_rows=COUNTED_ROWS)
    finally:
        await superuser.close()


@pytest.fixture(scope="module")
async def seen(capped_world: World) -> dict[str, Seen]:
    """The keys and cursors of what there is, taken from answers."""
    return {entity.name: await _seen(capped_world, entity.name) for entity in CATALOG.graph_entities()}


async def _seen(world: World, name: str) -> Seen:
    entity = CATALOG[name]
    fields = ["id", *(unique.field for unique in entity.uniques)]
    data = await world.data(f"{{ list: {entity.plural_field}(first: 30) {{ nodes {{ {' '.join(fields)} }} }} }}")
    keys = [{field: node[field]} for node in data["list"]["nodes"] for field in fields]
    list_ = f"list: {entity.plural_field}(orderBy: $order) {{ edges {{ cursor }} }}"
    query = f"query ($order: [{name}OrderBy!]) {{ {list_} }}"
    cursors = []
    for order in ORDERS.get(name, ()):
        page = await world.data(query, {"order": order})
        cursors.append((order, [edge["cursor"] for edge in page["list"]["edges"]]))
    return Seen(keys, cursors)


@seed(SEED)
@settings(
    max_examples=OPERATIONS,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_generated_operation_is_answered_as_the_plain_reader_does(
    capped_world: World, capped_reader: PlainReader, seen: dict[str, Seen], data: st.DataObject
) -> None:
    request = data.draw(requests(SCHEMA, seen), label="request")
    ASKED.add(request.query)
    answer: dict[str, Any] = await capped_world.answer(request.query, dict(request.variables), name=request.name)
    assert "errors" not in answer, answer["errors"]
    plain = capped_reader.data(request.query, request.variables, request.name)
    assert without_signatures(answer["data"]) == without_signatures(plain)
