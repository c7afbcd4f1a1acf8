"""Valid rows of any entity, made from the catalog: a new entity is attacked without touching a test.

In: an entity, and whose row it is to be.  Out: values by column name, in Python's types; the same as SQL parameters and
as GraphQL input.  Rows that a value refers to are looked up among the tenant's own.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from app.catalog import Catalog, Column, Entity, Kind, build_catalog
from app.domains import DOMAINS
from app.model import Role
from tests.world import TenantWorld

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Values = dict[str, Any]

CATALOG: Catalog = build_catalog(DOMAINS)
ENTITIES = tuple(CATALOG.tenant_entities())
GRAPH_ENTITIES = tuple(CATALOG.graph_entities())

every_entity = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
every_graph_entity = pytest.mark.parametrize("entity", GRAPH_ENTITIES, ids=lambda entity: entity.name)

_numbers = count(1)
_SAMPLES: Mapping[Kind, Callable[[], Any]] = {
    Kind.UUID: uuid4,
    Kind.TEXT: lambda: f"made-{next(_numbers)}-{uuid4().hex[:8]}",
    Kind.INT: lambda: next(_numbers),
    Kind.BIGINT: lambda: next(_numbers),
    Kind.FLOAT: lambda: next(_numbers) / 2,
    Kind.BOOL: lambda: True,
    Kind.TIMESTAMP: lambda: datetime(2026, 3, 1, tzinfo=UTC),
    Kind.JSON: lambda: {"made": next(_numbers)},
}


def sample(column: Column) -> Any:
    """A value that the column takes; no two are equal where the column could be unique."""
    if column.array:
        return []
    if column.enum:
        return next(iter(column.enum)).value
    if column.secret:
        return f"v1.1.{_SAMPLES[Kind.TEXT]()}"  # the database takes nothing that is not sealed
    if column.dimensions:
        return [float(next(_numbers))] * column.dimensions
    made = _SAMPLES[column.kind]()
    texts = (made, f"{made}@made.example", f"https://made.example/{made}") if column.kind is Kind.TEXT else (made,)
    return next(value for value in texts if not any(rule.violations(value) for rule in column.rules))


def required(entity: Entity) -> list[Column]:
    """The columns without which there is no row, and the key, so that a test knows it."""
    return [c for c in entity.columns if c is entity.key or not (c.nullable or c.default is not None)]


async def valid_row(superuser: Session, entity: Entity, tenant: UUID, **given: Any) -> Values:
    """The values of a new row of the tenant; the rows that it points at are the tenant's own."""
    targets = {key.column.name: CATALOG[key.target_name] for key in entity.foreign_keys}
    values: Values = {}
    for column in required(entity):
        if column.name in given:
            continue
        if column is entity.tenant:
            values[column.name] = tenant
        elif column.name in targets:
            values[column.name] = await some_id(superuser, targets[column.name], tenant)
        else:
            values[column.name] = sample(column)
    return values | given


async def some_id(superuser: Session, entity: Entity, tenant: UUID) -> UUID:
    """The id of one of the tenant's rows."""
    assert entity.tenant is not None, f"rows.py makes no rows of {entity.name}"
    found: UUID | None = await superuser.fetchval(
        f"select {entity.key.name} from {entity.sql_name} where tenant_id = $1 order by 1 limit 1", tenant
    )
    assert found is not None, f"{entity.name} has no row yet: its table comes before those that point at it"
    return found


async def add_row(superuser: Session, entity: Entity, tenant: UUID, **given: Any) -> Values:
    """Puts a new row there, past all policies, in the tenant's name."""
    values = await valid_row(superuser, entity, tenant, **given)
    async with superuser.transaction():
        await enter(superuser, tenant)
        await superuser.execute(*insert(entity, values))
    return values


async def enter(session: Session, tenant: UUID, user: UUID | None = None, role: str = Role.OWNER) -> None:
    """Sets who is asking, for the transaction that the session is in."""
    await session.execute("select app.set_context($1, $2, $3, 'sql', '192.0.2.2', '', 0)", tenant, user, role)


async def fill_every_table(superuser: Session, tenants: Iterable[TenantWorld]) -> None:
    """Sees to it that each tenant has two rows at least in every table but that of the tenants themselves."""
    for tenant in tenants:
        for entity in ENTITIES:
            if entity.key is entity.tenant:
                continue
            query = f"select count(*) from {entity.sql_name} where tenant_id = $1"
            while await superuser.fetchval(query, tenant.id) < 2:
                await add_row(superuser, entity, tenant.id)


def insert(entity: Entity, values: Values, tail: str = "") -> tuple[Any, ...]:
    """An INSERT of the values, and its parameters."""
    columns = [entity.column(name) for name in values]
    # The driver knows no vectors, and hands them over as text.
    parameters = ", ".join(f"${i}" + "::text::vector" * bool(c.dimensions) for i, c in enumerate(columns, 1))
    text = f"insert into {entity.sql_name} ({', '.join(values)}) values ({parameters}) {tail}"
    return (text, *(as_parameter(entity.column(name), value) for name, value in values.items()))


def as_parameter(column: Column, value: Any) -> Any:
    """A value as the driver takes it."""
    return orjson.dumps(value).decode() if column.kind in (Kind.JSON, Kind.VECTOR) and value is not None else value


def as_input(entity: Entity, values: Values) -> dict[str, Any]:
    """The values that GraphQL takes of a new row, by field name."""
    return {c.field: as_json(values[c.name]) for c in entity.creatable if c.field and c.name in values}


def as_json(value: Any) -> Any:
    """A value as JSON carries it."""
    return orjson.loads(orjson.dumps(value, default=str))  # the driver's UUIDs are of a type of their own


async def snapshot(superuser: Session, tenant: UUID) -> dict[str, str]:
    """Everything that a tenant has, as one hash a table."""
    query = "select md5(string_agg(t::text, '|' order by t::text)) from {} as t where tenant_id = $1"
    return {entity.name: await superuser.fetchval(query.format(entity.sql_name), tenant) for entity in ENTITIES}
