"""Tables as SQLAlchemy metadata: keys, uniques, checks and indexes with the tenant in front.

In: Catalog.  Out: sqlalchemy.MetaData, which Alembic compares and from which CREATE TABLE is compiled.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import TypeEngine

from app.catalog.facts import Catalog, Column, Entity, ForeignKey, IndexTerm, Kind, constraint_name

_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.UUID: pg.UUID(),
    Kind.TEXT: sa.Text(),
    Kind.INT: sa.Integer(),
    Kind.FLOAT: pg.DOUBLE_PRECISION(),
    Kind.BOOL: sa.Boolean(),
    Kind.TIMESTAMP: pg.TIMESTAMP(timezone=True),
    Kind.JSON: pg.JSONB(),
}


def metadata(catalog: Catalog) -> sa.MetaData:
    """Every table of the catalog. Names of constraints are spelled out, so that a migration can name them."""
    tables = sa.MetaData()
    for entity in catalog.entities.values():
        _table(catalog, entity, tables)
    return tables


def _table(catalog: Catalog, entity: Entity, tables: sa.MetaData) -> sa.Table:
    return sa.Table(
        entity.table,
        tables,
        *(_column(c) for c in entity.columns),
        sa.PrimaryKeyConstraint(*_names(entity, (entity.key,)), name=constraint_name(entity.table, (), "pkey")),
        *(
            sa.UniqueConstraint(*_names(entity, u.columns), name=constraint_name(entity.table, u.columns, "key"))
            for u in entity.uniques
        ),
        *(_enum_check(entity, c) for c in entity.columns if c.enum),
        *_tenant_key(catalog, entity),
        *(_foreign_key(catalog, entity, key) for key in entity.foreign_keys),
        *(_index(entity, terms) for terms in entity.indexes),
        schema=entity.schema,
        comment=entity.doc.partition("\n")[0],
    )


def _column(column: Column) -> sa.Column[Any]:
    type_ = _TYPES[column.kind]
    return sa.Column(
        column.name,
        pg.ARRAY(type_) if column.array else type_,
        nullable=column.nullable,
        server_default=None if column.default is None else sa.text(column.default),
        comment=column.doc,
    )


def _names(entity: Entity, columns: tuple[Column, ...]) -> list[str]:
    """Column names for a key or an index: the tenant first, once."""
    lead = [] if entity.tenant is None else [entity.tenant.name]
    return lead + [c.name for c in columns if c is not entity.tenant]


def _index(entity: Entity, terms: tuple[IndexTerm, ...]) -> sa.Index:
    """The tenant, the terms, the key. Its name says the terms only."""
    told = [t for t in terms if t.column is not entity.key] or list(terms)
    name = "_".join(
        [entity.table, *(t.column.name + "_desc" * t.descending + "_prefix" * t.prefix for t in told), "idx"]
    )
    lead = [] if entity.tenant is None else [sa.text(entity.tenant.name)]
    return sa.Index(name, *lead, *(sa.text(_index_term(t)) for t in terms if t.column is not entity.tenant))


def _index_term(term: IndexTerm) -> str:
    return term.column.name + ' collate "C"' * term.prefix + " desc" * term.descending


def _enum_check(entity: Entity, column: Column) -> sa.CheckConstraint:
    assert column.enum is not None
    values = ", ".join(f"'{member.value}'" for member in column.enum)
    return sa.CheckConstraint(f"{column.name} in ({values})", name=constraint_name(entity.table, (column,), "check"))


def _tenant_key(catalog: Catalog, entity: Entity) -> list[sa.ForeignKeyConstraint]:
    """What a tenant owns goes with it. A log stays: it outlives what it tells of."""
    if entity.tenant is None or entity.tenant is entity.key or entity.append_only:
        return []
    root = catalog.tenant_root
    return [
        sa.ForeignKeyConstraint(
            [entity.tenant.name],
            [f"{root.sql_name}.{root.key.name}"],
            name=constraint_name(entity.table, (entity.tenant,), "fkey"),
            ondelete="CASCADE",
        )
    ]


def _foreign_key(catalog: Catalog, entity: Entity, key: ForeignKey) -> sa.ForeignKeyConstraint:
    target = catalog[key.target_name]
    return sa.ForeignKeyConstraint(
        [key.column.name] if target.tenant is None else _names(entity, (key.column,)),
        [f"{target.sql_name}.{name}" for name in _names(target, (target.key,))],
        name=constraint_name(entity.table, (key.column,), "fkey"),
        ondelete=key.on_delete,
    )
