"""Tables as SQLAlchemy metadata: keys, uniques, checks and indexes with the tenant in front.

In: Catalog.  Out: sqlalchemy.MetaData, which Alembic compares and from which CREATE TABLE is compiled.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import TypeEngine

from app.catalog.facts import (
    Catalog,
    Column,
    Entity,
    ForeignKey,
    IndexTerm,
    Kind,
    Unique,
    VectorIndex,
    constraint_name,
)
from app.isolation.search import SEARCH_VECTOR, search_vector
from app.vault.sealing import SEALED

_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.UUID: pg.UUID(),
    Kind.TEXT: sa.Text(),
    Kind.INT: sa.Integer(),
    Kind.BIGINT: sa.BigInteger(),
    Kind.FLOAT: pg.DOUBLE_PRECISION(),
    Kind.BOOL: sa.Boolean(),
    Kind.TIMESTAMP: pg.TIMESTAMP(timezone=True),
    Kind.JSON: pg.JSONB(),
}


class _Vector(sa.types.UserDefinedType[Any]):
    """pgvector's type of that many numbers."""

    cache_ok = True

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions

    def get_col_spec(self, **_: Any) -> str:
        return f"VECTOR({self.dimensions})"


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
        *_search_column(entity),
        sa.PrimaryKeyConstraint(*_names(entity, (entity.key,)), name=constraint_name(entity.table, (), "pkey")),
        *(_unique(entity, u) for u in entity.uniques),
        *(_check(entity, c) for c in entity.columns if c.enum or c.rules),
        *(_sealed_check(entity, c) for c in entity.secrets),
        *_tenant_key(catalog, entity),
        *(_foreign_key(catalog, entity, key) for key in entity.foreign_keys),
        *(_index(entity, terms) for terms in entity.indexes),
        *_deleted_index(entity),
        *_search_index(entity),
        *(_vector_index(entity, index) for index in entity.nearest),
        schema=entity.schema,
        comment=entity.doc.partition("\n")[0],
    )


def _column(column: Column) -> sa.Column[Any]:
    type_ = _Vector(column.dimensions) if column.dimensions else _TYPES[column.kind]
    return sa.Column(
        column.name,
        pg.ARRAY(type_) if column.array else type_,
        *([sa.Computed(column.default, persisted=True)] if column.generated and column.default else []),
        nullable=column.nullable,
        server_default=None if column.default is None or column.generated else sa.text(column.default),
        comment=column.doc,
    )


def _search_column(entity: Entity) -> Iterator[sa.Column[Any]]:
    """The words of a row. No column of the catalog: no request reads it, and no audit entry tells of it."""
    if entity.search:
        yield sa.Column(SEARCH_VECTOR, pg.TSVECTOR(), sa.Computed(search_vector(entity), persisted=True))


def _search_index(entity: Entity) -> Iterator[sa.Index]:
    if entity.search:
        yield sa.Index(f"{entity.table}_{SEARCH_VECTOR}_idx", SEARCH_VECTOR, postgresql_using="gin")


def _vector_index(entity: Entity, index: VectorIndex) -> sa.Index:
    """An HNSW index. It takes no tenant in front; reading on until there are enough of the tenant's rows is up to the
    statement (docs/isolation.md)."""
    name = f"{entity.table}_{index.column.name}_{index.metric.name.lower()}_idx"
    term = sa.text(f"{index.column.name} {index.metric.operator_class}")
    return sa.Index(name, term, postgresql_using="hnsw")


def _names(entity: Entity, columns: tuple[Column, ...]) -> list[str]:
    """Column names for a key or an index: the tenant first, once."""
    lead = [] if entity.tenant is None else [entity.tenant.name]
    return lead + [c.name for c in columns if c is not entity.tenant]


def _unique(entity: Entity, unique: Unique) -> sa.UniqueConstraint | sa.Index:
    """A constraint; where deleted rows stay, an index of the others, whose violation is told by the same name."""
    names, name = _names(entity, unique.columns), constraint_name(entity.table, unique.columns, "key")
    if entity.deleted is None:
        return sa.UniqueConstraint(*names, name=name)
    return sa.Index(name, *map(sa.text, names), unique=True, **_only_live(entity))


def _index(entity: Entity, terms: tuple[IndexTerm, ...]) -> sa.Index:
    """The tenant, the terms, the key. Its name says the terms only.

    Deleted rows are left out: what lists and counts do not show, they need not pass by, and the index alone can answer.
    Where it begins with a foreign key, it has them too, and says so of each: by it, what is pointed at is deleted.
    """
    told = [t for t in terms if t.column is not entity.key] or list(terms)
    name = "_".join(
        [entity.table, *(t.column.name + "_desc" * t.descending + "_prefix" * t.prefix for t in told), "idx"]
    )
    lead = [] if entity.tenant is None else [sa.text(entity.tenant.name)]
    of_deleted = _only_live(entity)
    if entity.deleted and terms[0].column in [key.column for key in entity.foreign_keys]:
        of_deleted = {"postgresql_include": [entity.deleted.name]}
    return sa.Index(
        name,
        *lead,
        *(sa.text(_index_term(t)) for t in terms if t.column is not entity.tenant),
        **of_deleted,
    )


def _only_live(entity: Entity) -> dict[str, Any]:
    """What makes an index one of the rows that are not deleted, where deleted ones stay."""
    return {"postgresql_where": sa.text(f"{entity.deleted.name} is null")} if entity.deleted else {}


def _deleted_index(entity: Entity) -> Iterator[sa.Index]:
    """The deleted rows by when that was: what to purge is found by it, and what could be restored."""
    if entity.deleted:
        names = _names(entity, (entity.deleted, entity.key))
        where = sa.text(f"{entity.deleted.name} is not null")
        yield sa.Index(f"{entity.table}_deleted_idx", *map(sa.text, names), postgresql_where=where)


def _index_term(term: IndexTerm) -> str:
    return term.column.name + ' collate "C"' * term.prefix + " desc" * term.descending


def _check(entity: Entity, column: Column) -> sa.CheckConstraint:
    """All that a column's values have to be, as one constraint: its name tells the field (db/sqlstate.py)."""
    conditions = [*_enum_condition(column), *(rule.condition(column.name) for rule in column.rules)]
    # SQLAlchemy would take a word behind a colon for a parameter.
    text = " and ".join(conditions).replace(":", "\\:")
    return sa.CheckConstraint(text, name=constraint_name(entity.table, (column,), "check"))


def _enum_condition(column: Column) -> Iterator[str]:
    if column.enum is not None:
        values = ", ".join(f"'{member.value}'" for member in column.enum)
        yield f"{column.name} " + (f"<@ array[{values}]" if column.array else f"in ({values})")


def _sealed_check(entity: Entity, column: Column) -> sa.CheckConstraint:
    """A secret that is not sealed stays out, whoever writes it."""
    return sa.CheckConstraint(f"{column.name} ~ '{SEALED}'", name=constraint_name(entity.table, (column,), "check"))


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
