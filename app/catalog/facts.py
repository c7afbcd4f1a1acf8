"""The facts of the catalog, as frozen records. Compared and hashed by identity: there is one of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from app.model.access import Access
from app.model.entity import Audit
from app.model.words import OnDelete, Writable


class Kind(Enum):
    """What a column holds, by its type in Postgres.

    Text stands for enums as well: a native enum's comparison is not leakproof, so under row-level security it
    could use no index (measured: 20,000 rows read for 20 wanted). A CHECK keeps the values.
    """

    UUID = "uuid"
    TEXT = "text"
    INT = "integer"
    FLOAT = "double precision"
    BOOL = "boolean"
    TIMESTAMP = "timestamptz"
    JSON = "jsonb"


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """A column.

    name      in the database
    field     in GraphQL; the tenant column itself has none
    default   SQL text of its default, or None
    hidden    never leaves the database
    """

    name: str
    field: str | None
    kind: Kind
    nullable: bool = False
    array: bool = False
    enum: type[StrEnum] | None = None
    default: str | None = None
    doc: str | None = None
    writable: Writable = Writable.ALWAYS
    hidden: bool = False

    @property
    def sql_type(self) -> str:
        """The column's type in Postgres, such as `text[]`."""
        return self.kind.value + ("[]" if self.array else "")


def constraint_name(table: str, columns: Iterable[Column], suffix: str) -> str:
    """The name of a constraint or index, as Postgres itself would make it: `users_email_key`."""
    return "_".join([table, *(c.name for c in columns), suffix])


@dataclass(frozen=True, eq=False, slots=True)
class Unique:
    """Columns that are unique together within the tenant. `field` names it in a key input."""

    columns: tuple[Column, ...]
    field: str


@dataclass(frozen=True, eq=False, slots=True)
class Edge:
    """A way from one entity to another. Both ends are of the same tenant, always.

    join      pairs (column here, column there); empty where the tenant itself is the join
    many      to-many
    visible   the target row can be read whenever the source row can: the key is NOT NULL and every role reads there
    """

    field: str
    target_name: str
    join: tuple[tuple[str, str], ...]
    many: bool
    visible: bool
    doc: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ForeignKey:
    """A reference within the tenant, `(tenant_id, column) → (tenant_id, id)`; to a platform table, `column → id`."""

    column: Column
    target_name: str
    on_delete: OnDelete


@dataclass(frozen=True, eq=False, slots=True)
class Entity:
    """A declared entity and all that follows from it.

    tenant        its tenant column; platform tables have none
    append_only   a log that the database writes: nobody changes a row, and it outlives its tenant
    """

    name: str
    domain: str
    doc: str
    schema: str
    table: str
    tenant: Column | None
    key: Column
    columns: tuple[Column, ...]
    uniques: tuple[Unique, ...]
    foreign_keys: tuple[ForeignKey, ...]
    indexes: tuple[tuple[Column, ...], ...]
    access: Access
    audit: Audit
    append_only: bool
    singular_field: str
    plural_field: str
    edges: tuple[Edge, ...] = ()

    @property
    def sql_name(self) -> str:
        """The table with its schema; both are plain identifiers, checked when the catalog is built."""
        return f"{self.schema}.{self.table}"

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns that callers see."""
        return tuple(c for c in self.columns if c.field is not None and not c.hidden)

    @property
    def creatable(self) -> tuple[Column, ...]:
        """The columns that callers may set at creation."""
        return tuple(c for c in self.fields if c.writable in (Writable.ALWAYS, Writable.ONCE))

    @property
    def updatable(self) -> tuple[Column, ...]:
        """The columns that callers may change."""
        return tuple(c for c in self.fields if c.writable is Writable.ALWAYS)

    @property
    def touched(self) -> tuple[Column, ...]:
        """The columns that every update sets, to their default."""
        return tuple(c for c in self.columns if c.writable is Writable.SERVER)

    def column(self, name: str) -> Column:
        """The column of that name in the database. Raises KeyError."""
        return _first(self.columns, lambda c: c.name == name, name)

    def field(self, field_name: str) -> Column:
        """The column of that GraphQL field. Raises KeyError."""
        return _first(self.columns, lambda c: c.field == field_name, field_name)

    def edge(self, field_name: str) -> Edge | None:
        """The edge of that GraphQL field, if it is one."""
        return next((e for e in self.edges if e.field == field_name), None)


def _first(items: tuple[Column, ...], wanted: Callable[[Column], bool], name: str) -> Column:
    for item in items:
        if wanted(item):
            return item
    raise KeyError(name)


@dataclass(frozen=True, eq=False)
class Catalog:
    """All entities by name, in the order of their domains, and the operations that the domains declare."""

    entities: Mapping[str, Entity]
    operations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Entity:
        return self.entities[name]

    @property
    def tenant_root(self) -> Entity:
        """The entity whose rows are the tenants."""
        return next(e for e in self.tenant_entities() if e.key is e.tenant)

    def tenant_entities(self) -> Iterator[Entity]:
        """The entities that belong to tenants: those with a tenant column, a GraphQL type and policies."""
        return (e for e in self.entities.values() if e.tenant is not None)

    def platform_entities(self) -> Iterator[Entity]:
        """The entities of the platform, out of reach of requests."""
        return (e for e in self.entities.values() if e.tenant is None)
