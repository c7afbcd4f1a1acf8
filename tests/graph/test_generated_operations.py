"""Operations made at random: what the gateway answers is what the plain reader answers.

`CI` makes the run the same every time; elsewhere each run is another one, and a failure prints how to repeat it.
"""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from app.graph.schema import build_schema
from tests.conftest import World
from tests.graph.generated import Seen, operations
from tests.reader import PlainReader, without_signatures

CATALOG = build_catalog(DOMAINS)
SCHEMA = build_schema(CATALOG)._schema
ORDERS = {
    "User": ["[]", "[{name: ASC}]", "[{firstName: DESC, nulls: LAST}, {role: ASC}]", "[{lastLoginAt: DESC}]"],
    "Connection": ["[]", "[{provider: ASC}, {lastSyncAt: DESC}]", "[{status: DESC}, {provider: DESC}]"],
    "SyncJob": ["[]", "[{completedAt: ASC, nulls: FIRST}]", "[{recordsProcessed: DESC}, {startedAt: ASC}]"],
}


async def seen_in(world: World, catalog: Catalog) -> dict[str, Seen]:
    """The ids, keys and cursors of what there is, taken from answers."""
    seen: dict[str, Seen] = {}
    for entity in catalog.tenant_entities():
        fields = ["id", *(unique.field for unique in entity.uniques)]
        data = await world.data(f"{{ list: {entity.plural_field}(first: 30) {{ nodes {{ {' '.join(fields)} }} }} }}")
        keys = [f'{{{name}: "{node[name]}"}}' for node in data["list"]["nodes"] for name in fields]
        cursors: dict[str, list[str]] = {}
        for order in ORDERS.get(entity.name, ()):
            page = await world.data(f"{{ list: {entity.plural_field}(orderBy: {order}) {{ edges {{ cursor }} }} }}")
            cursors[order] = [edge["cursor"] for edge in page["list"]["edges"]]
        seen[entity.name] = Seen(keys, cursors)
    return seen


@settings(
    max_examples=300,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_generated_operation_is_answered_as_the_plain_reader_does(
    rich_world: World, rich_reader: PlainReader, data: st.DataObject
) -> None:
    query = data.draw(operations(SCHEMA, await _seen(rich_world)))
    assert without_signatures(await rich_world.data(query)) == without_signatures(rich_reader.data(query))


_kept: dict[World, dict[str, Seen]] = {}


async def _seen(world: World) -> dict[str, Seen]:
    if world not in _kept:
        _kept[world] = await seen_in(world, CATALOG)
    return _kept[world]
