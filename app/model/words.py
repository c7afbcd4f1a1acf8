"""The words that fields of an entity are declared with.

    name: str = column(Length(1, 200), unique=True, doc="…")
    label: str = computed("coalesce({name}, {email})")
    user: User = belongs_to(on_delete="CASCADE", inverse="connections")
    user_count: int = count_of("users")

In: options.  Out: small records that catalog/ reads next to the annotation.
A bare annotation (`name: str`) is a column with no options.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Literal

from app.model.rules import Rule

OnDelete = Literal["CASCADE", "RESTRICT"]
Transitions = Mapping[Any, Sequence[Any]]
"""From each value of an enum, those that may follow it."""


class _Missing(Enum):
    MISSING = auto()


MISSING = _Missing.MISSING


@dataclass(frozen=True)
class Sql:
    """An SQL expression as a default, computed by the database."""

    text: str


NOW = Sql("now()")
NEW_ID = Sql("app.new_id()")


class Touch(Enum):
    """What every update does to a column that callers do not set."""

    NOW = auto()  # the time
    COUNT = auto()  # one more


class Writable(Enum):
    """Who sets a column. The grants of the database's role follow from it."""

    ALWAYS = auto()  # callers, at creation and later
    ONCE = auto()  # callers, at creation only
    SERVER = auto()  # the statements that we render, such as updated_at
    DELETION = auto()  # those of them that delete a row and restore it
    PLATFORM = auto()  # defaults and platform work; the requests' role has no grant


@dataclass(frozen=True)
class ColumnWord:
    """What `column()` was told."""

    default: Any = MISSING
    unique: bool = False
    doc: str | None = None
    writable: Writable = Writable.ALWAYS
    hidden: bool = False
    dimensions: int | None = None
    transitions: Transitions | None = None
    touch: Touch | None = None
    secret: bool = False
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class EdgeWord:
    """What `belongs_to()` was told."""

    on_delete: OnDelete = "RESTRICT"
    inverse: str | None = None
    doc: str | None = None
    inverse_doc: str | None = None


@dataclass(frozen=True)
class ComputedWord:
    """What `computed()` or `count_of()` was told: an expression over the row's columns, or an edge to count."""

    sql: str | None
    counted: str | None
    doc: str | None = None


@dataclass(frozen=True)
class ReferenceWord:
    """What `refers_to()` was told."""

    type_field: str
    id_field: str
    targets: tuple[str, ...]
    doc: str | None = None


@dataclass(frozen=True)
class FieldWord:
    """What `field_of()` was told."""

    entity: type
    columns: tuple[str, ...]


@dataclass(frozen=True)
class IndexTerm:
    """A field in an index.

    descending  for lists whose terms go different ways
    prefix      for `startsWith`: in byte order, whatever the database's collation
    """

    field: str
    descending: bool = False
    prefix: bool = False


def desc(field_name: str) -> IndexTerm:
    """The field, from its greatest value on."""
    return IndexTerm(field_name, descending=True)


def prefix(field_name: str) -> IndexTerm:
    """The field, for `startsWith`."""
    return IndexTerm(field_name, prefix=True)


@dataclass(frozen=True)
class Index:
    """An index over fields of the entity. The tenant comes first and the id last by itself: a list ordered so is
    read from any cursor on without a sort."""

    terms: tuple[IndexTerm, ...]

    def __init__(self, *terms: str | IndexTerm) -> None:
        made = tuple(IndexTerm(term) if isinstance(term, str) else term for term in terms)
        object.__setattr__(self, "terms", made)


@dataclass(frozen=True)
class Search:
    """Full-text search over text fields, the first of which weighs most.

    language    a text search configuration of Postgres, which stems words; `simple` leaves them as they are
    """

    fields: tuple[str, ...]
    language: str

    def __init__(self, *fields: str, language: str = "simple") -> None:
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "language", language)


class Metric(Enum):
    """How far two vectors lie apart: pgvector's operator, and the operator class of its index."""

    COSINE = ("<=>", "vector_cosine_ops")
    L2 = ("<->", "vector_l2_ops")
    INNER_PRODUCT = ("<#>", "vector_ip_ops")

    @property
    def operator(self) -> str:
        """The operator; of the inner product, pgvector's is the negative one, so that less is nearer."""
        return self.value[0]

    @property
    def operator_class(self) -> str:
        """The operator class of an index."""
        return self.value[1]


@dataclass(frozen=True)
class Nearest:
    """What makes `nearest` fast: an HNSW index over a column of vectors, for one metric."""

    field: str
    metric: Metric = Metric.COSINE


def column(
    *rules: Rule,
    default: Any = MISSING,
    unique: bool = False,
    doc: str | None = None,
    writable: Writable = Writable.ALWAYS,
    hidden: bool = False,
    dimensions: int | None = None,
    transitions: Transitions | None = None,
    touch: Touch | None = None,
    secret: bool = False,
) -> Any:
    """A column with options.

    rules     what its values have to be (rules.py, shapes.py); Python asks before a write, a CHECK holds it
    default   a Python value, or Sql(…) for what the database computes
    unique    unique within the tenant
    hidden    never leaves the database: no GraphQL field, no grant to the requests' role
    dimensions  of a Vector, how many numbers it has
    transitions  of an enum, which values may follow each; one that is left out is final. The database holds to it
    touch       what every update does to it
    secret    a text that callers write and never read: encrypted before it reaches the database, bound to its row.
              Of `key`, callers see `hasKey`
    """
    return ColumnWord(default, unique, doc, writable, hidden, dimensions, transitions, touch, secret, rules)


def computed(sql: str, *, doc: str | None = None) -> Any:
    """A field that the database computes when it is asked for; read, filtered and ordered by like a column.

    sql     an expression over columns of the row, each in braces: `coalesce({name}, {email})`. It reads no table.
    """
    return ComputedWord(sql, None, doc)


def count_of(edge: str, *, doc: str | None = None) -> Any:
    """How many rows stand at the other end of a to-many edge."""
    return ComputedWord(None, edge, doc)


def belongs_to(
    *,
    on_delete: OnDelete = "RESTRICT",
    inverse: str | None = None,
    doc: str | None = None,
    inverse_doc: str | None = None,
) -> Any:
    """A to-one edge and its column: `user: User` makes `user_id` and a foreign key that includes the tenant.

    inverse   name of the to-many edge that the other entity gets; none without it
    """
    return EdgeWord(on_delete, inverse, doc, inverse_doc)


def refers_to(*targets: str, type_field: str, id_field: str, doc: str | None = None) -> Any:
    """An edge to a row of one of several entities, told by two columns: the entity's name, and the row's id.

    targets   names of entities, of which GraphQL makes a union; without any, a row of whatever entity, as a Node
    It is no foreign key: the row may be gone, and then the edge leads to null.
    """
    return ReferenceWord(type_field, id_field, targets, doc)


Answers = Callable[[list[Mapping[str, Any]]], Awaitable[list[Any]]]


def field_of(entity: type, *columns: str) -> Callable[[Answers], Answers]:
    """Makes a function in Python a field of an entity: `avatar_url` answers `avatarUrl`.

    The function is called once for an operation, outside of any transaction, with the named columns of all rows that
    are asked for it; it answers a value for each, in their order, or an exception in its place.
    """

    def declare(function: Answers) -> Answers:
        function.__dict__["field_of"] = FieldWord(entity, columns)
        return function

    return declare
