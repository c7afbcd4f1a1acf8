"""The facts of the catalog, as frozen records. Compared and hashed by identity: there is one of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any

from app.model.access import Access
from app.model.entity import Audit
from app.model.rules import Rule, in_words
from app.model.words import Metric, OnDelete, Touch, Writable


class Kind(Enum):
    """What a column holds, by its type in Postgres.

    Text stands for enums as well: a native enum's comparison is not leakproof, so under row-level security it
    could use no index (measured: 20,000 rows read for 20 wanted). A CHECK keeps the values.
    """

    UUID = "uuid"
    TEXT = "text"
    INT = "integer"
    BIGINT = "bigint"  # of sums, and of hidden columns
    FLOAT = "double precision"
    BOOL = "boolean"
    TIMESTAMP = "timestamptz"
    JSON = "jsonb"
    VECTOR = "vector"


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """A column.

    name      in the database
    field     in GraphQL; the tenant column itself has none
    default   SQL text of its default, or None
    hidden    never leaves the database
    dimensions  of a vector
    transitions  from each value of its enum, those that may follow; None where any may
    touch     what every update does to it
    secret    a text that is written, and never read; the database holds it sealed (app/vault)
    generated  the database computes it from the row's other columns, as `default` says
    rules     what its values have to be, beyond their type
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
    dimensions: int | None = None
    transitions: Mapping[str, tuple[str, ...]] | None = None
    touch: Touch | None = None
    secret: bool = False
    generated: bool = False
    rules: tuple[Rule, ...] = ()

    @property
    def is_required(self) -> bool:
        """Whether a new row has to give it."""
        return not self.nullable and self.default is None

    @property
    def is_readable(self) -> bool:
        """Whether requests may read it, where their role reads the entity."""
        return not (self.hidden or self.secret)

    @property
    def takes(self) -> str:
        """What its rules say, in words; empty without any."""
        return in_words(self.rules)

    @property
    def sql_type(self) -> str:
        """The column's type in Postgres, such as `text[]`."""
        size = f"({self.dimensions})" if self.dimensions else ""
        return self.kind.value + size + ("[]" if self.array else "")


@dataclass(frozen=True, eq=False, slots=True)
class Computed:
    """A field that is computed from its row when it is asked for.

    sql       an expression over columns in braces, `coalesce({name}, {email})`; or
    counted   the to-many edge whose rows are counted
    columns   those that the expression is made of
    """

    field: str
    kind: Kind
    nullable: bool = False
    array: bool = False
    enum: type[StrEnum] | None = None
    sql: str | None = None
    counted: str | None = None
    columns: tuple[Column, ...] = ()
    doc: str | None = None


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
class Reference:
    """A way to one row of one of several entities: a column says of which one, another one its id.

    targets   names of the entities that it can lead to
    union     the name of the GraphQL type of them all; none where it can be any entity, as a Node
    """

    field: str
    type_column: Column
    id_column: Column
    targets: tuple[str, ...]
    union: str | None
    doc: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class CustomField:
    """A field that a function in Python answers, for many rows at once.

    name        of the entity and the field, `User.avatar`
    function    async, from a list of rows to a list of values
    columns     what it gets of each row
    answer      what it answers for a row: the hint of an item of the list that it returns
    """

    name: str
    field: str
    function: Callable[..., Any]
    columns: tuple[Column, ...]
    answer: Any
    doc: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class IndexTerm:
    """A column of an index; `prefix` is in byte order, for `startsWith`."""

    column: Column
    descending: bool = False
    prefix: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class VectorIndex:
    """An HNSW index over a column of vectors."""

    column: Column
    metric: Metric


@dataclass(frozen=True, eq=False, slots=True)
class SearchIndex:
    """Full-text search over text columns, the first of which weighs most."""

    columns: tuple[Column, ...]
    language: str


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
    indexes       without the tenant, which comes first, but with the key, which comes last
    append_only   a log that the database writes: nobody changes a row, and it outlives its tenant
    quota         the tenant's column that says how many rows it may have
    in_graphql    callers see it
    deleted       the column that says when a row was deleted, where that hides it rather than takes it away
    retention_days  for how long such a row can be restored, at least
    hides_deleted whether such rows are hidden, as they are unless asked for
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
    indexes: tuple[tuple[IndexTerm, ...], ...]
    access: Access
    audit: Audit
    append_only: bool
    singular_field: str
    plural_field: str
    computed: tuple[Computed, ...] = ()
    search: SearchIndex | None = None
    nearest: tuple[VectorIndex, ...] = ()
    references: tuple[Reference, ...] = ()
    custom: tuple[CustomField, ...] = ()
    edges: tuple[Edge, ...] = ()
    quota: str | None = None
    in_graphql: bool = True
    deleted: Column | None = None
    retention_days: int = 0
    hides_deleted: bool = True

    @property
    def sql_name(self) -> str:
        """The table with its schema; both are plain identifiers, checked when the catalog is built."""
        return f"{self.schema}.{self.table}"

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns that callers see."""
        return tuple(c for c in self.columns if c.field is not None and c.is_readable)

    @property
    def secrets(self) -> tuple[Column, ...]:
        """The columns that callers write, but do not see."""
        return tuple(c for c in self.columns if c.secret)

    @property
    def values(self) -> tuple["Column | Computed", ...]:
        """What callers see of a row itself: its columns, and what is computed from them."""
        return (*self.fields, *self.computed)

    @property
    def creatable(self) -> tuple[Column, ...]:
        """The columns that callers may set at creation."""
        return tuple(c for c in self._given if c.writable in (Writable.ALWAYS, Writable.ONCE))

    @property
    def updatable(self) -> tuple[Column, ...]:
        """The columns that callers may change."""
        return tuple(c for c in self._given if c.writable is Writable.ALWAYS)

    @property
    def _given(self) -> Iterator[Column]:
        return (c for c in self.columns if c.field is not None and not c.hidden)

    @property
    def touched(self) -> tuple[Column, ...]:
        """The columns that every update sets by itself."""
        return tuple(c for c in self.columns if c.touch)

    @property
    def version(self) -> Column | None:
        """The column that counts a row's changes, if it has one."""
        return next((c for c in self.columns if c.touch is Touch.COUNT), None)

    def column(self, name: str) -> Column:
        """The column of that name in the database. Raises KeyError."""
        return _first(self.columns, lambda c: c.name == name, name)

    def field(self, field_name: str) -> Column:
        """The column of that GraphQL field. Raises KeyError."""
        return _first(self.columns, lambda c: c.field == field_name, field_name)

    def value(self, field_name: str) -> "Column | Computed":
        """The column or computed value of that GraphQL field. Raises KeyError."""
        return next((c for c in self.computed if c.field == field_name), None) or self.field(field_name)

    def custom_field(self, field_name: str) -> CustomField | None:
        """The field in Python of that name, if it is one."""
        return next((c for c in self.custom if c.field == field_name), None)

    def reference(self, field_name: str) -> Reference | None:
        """The reference of that GraphQL field, if it is one."""
        return next((r for r in self.references if r.field == field_name), None)

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

    @cached_property
    def with_deleted(self) -> "Catalog":
        """The same entities, hiding nothing: what was deleted is read like the rest."""
        seen = {name: replace(entity, hides_deleted=False) for name, entity in self.entities.items()}
        return Catalog(seen, self.operations)

    @property
    def tenant_root(self) -> Entity:
        """The entity whose rows are the tenants."""
        return next(e for e in self.tenant_entities() if e.key is e.tenant)

    def tenant_entities(self) -> Iterator[Entity]:
        """The entities that belong to tenants: those with a tenant column and policies."""
        return (e for e in self.entities.values() if e.tenant is not None)

    def graph_entities(self) -> Iterator[Entity]:
        """The entities of tenants that callers see: those with a GraphQL type."""
        return (e for e in self.tenant_entities() if e.in_graphql)

    def platform_entities(self) -> Iterator[Entity]:
        """The entities of the platform, out of reach of requests."""
        return (e for e in self.entities.values() if e.tenant is None)
