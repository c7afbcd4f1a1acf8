"""Every entity by every kind of request, in GraphQL: another tenant's row is exactly what nobody's row is."""

from app.catalog import Entity
from app.plan.writes import keys_of
from tests.conftest import World
from tests.isolation.attacks import attack_by_operating, attack_by_pointing, attack_by_reading, attack_by_writing
from tests.isolation.probes import fresh_input, listing
from tests.isolation.rows import Session, every_graph_entity, valid_row
from tests.world import ACME, GLOBEX


@every_graph_entity
async def test_lists_and_numbers_show_all_rows_of_the_tenant_and_no_other(
    world: World, superuser: Session, entity: Entity
) -> None:
    query = f"select {entity.key.name}::text from {entity.sql_name} where tenant_id = $1"
    for tenant in (ACME, GLOBEX):
        rows = {row[0] for row in await superuser.fetch(query, tenant.id)}
        page, stats = (await world.data(listing(entity), as_=tenant.principal())).values()
        key = entity.key.field
        assert {node[key] for node in page["nodes"]} == {edge["node"][key] for edge in page["edges"]} == rows
        assert {group["keys"][key] for group in stats["groups"]} == rows
        assert page["totalCount"] == stats["count"] == len(rows)


@every_graph_entity
async def test_cursor_of_another_tenant_leads_into_ones_own_list(world: World, entity: Entity) -> None:
    theirs = await world.data(listing(entity), as_=GLOBEX.principal())
    ours = await world.data(listing(entity))
    own_keys = [edge["node"][entity.key.field] for edge in ours[entity.plural_field]["edges"]]
    query = f"""query ($at: Cursor) {{
      after: {entity.plural_field}(after: $at, first: 1000) {{ nodes {{ {entity.key.field} }} }}
      before: {entity.plural_field}(before: $at, last: 1000) {{ nodes {{ {entity.key.field} }} }}
    }}"""
    for edge in theirs[entity.plural_field]["edges"]:
        pages = await world.data(query, {"at": edge["cursor"]})
        found = [node[entity.key.field] for page in ("before", "after") for node in pages[page]["nodes"]]
        assert found == own_keys


@every_graph_entity
async def test_other_tenants_row_reads_as_what_nobody_owns(world: World, superuser: Session, entity: Entity) -> None:
    await attack_by_reading(world, superuser, entity)


@every_graph_entity
async def test_other_tenants_row_is_written_as_what_nobody_owns(
    world: World, superuser: Session, entity: Entity
) -> None:
    await attack_by_writing(world, superuser, entity)


@every_graph_entity
async def test_reference_to_other_tenants_row_is_one_to_nothing(
    world: World, superuser: Session, entity: Entity
) -> None:
    await attack_by_pointing(world, superuser, entity)


async def test_operations_do_nothing_to_other_tenants_rows(world: World, superuser: Session) -> None:
    await attack_by_operating(world, superuser)


@every_graph_entity
async def test_same_keys_can_be_taken_by_each_tenant_and_lead_each_to_its_own(
    world: World, superuser: Session, entity: Entity
) -> None:
    if not entity.access.create:
        return
    given = fresh_input(entity, await valid_row(superuser, entity, ACME.id))
    references = {key.column.field or "" for key in entity.foreign_keys}
    creation = f"mutation ($row: {entity.name}Create!) {{ create{entity.name}(input: $row) {{ tenant {{ slug }} }} }}"
    reading = f"query ($by: {entity.name}Key!) {{ {entity.singular_field}(by: $by) {{ tenant {{ slug }} }} }}"
    for tenant in (ACME, GLOBEX):
        own = fresh_input(entity, await valid_row(superuser, entity, tenant.id))
        row = given | {name: own[name] for name in references & own.keys()}
        made = await world.data(creation, {"row": row}, as_=tenant.principal())
        assert made == {f"create{entity.name}": {"tenant": {"slug": tenant.slug}}}
    for tenant in (ACME, GLOBEX):
        for key in keys_of(entity):
            found = await world.data(reading, {"by": {key.field: given[key.field]}}, as_=tenant.principal())
            assert found == {entity.singular_field: {"tenant": {"slug": tenant.slug}}}
