"""The nodes of a plan. Frozen and tenant-blind: the same plan serves every tenant, role by role.

    Read  = ReadOne | ReadPage | ReadStats                a root field that reads
    Write = Create | Update | Upsert | Delete             a root field that writes, and the selection of what it wrote

A `key` is the name under which a field stands in the response. Conditions hold slots, never values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.catalog.facts import Column, Edge, Entity, Unique
from app.plan.values import Slot

# --- selections: what of a row is asked for ------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Scalar:
    """A column's value."""

    key: str
    column: Column


@dataclass(frozen=True, eq=False, slots=True)
class TypeName:
    """`__typename`: known before anything runs."""

    key: str
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class ToOne:
    """The row at the other end of a to-one edge, or null."""

    key: str
    edge: Edge
    selection: "Selection"


@dataclass(frozen=True, eq=False, slots=True)
class ToMany:
    """A page of the rows at the other end of a to-many edge."""

    key: str
    edge: Edge
    page: "Page"


@dataclass(frozen=True, eq=False, slots=True)
class EdgeStats:
    """Counts over the rows at the other end of a to-many edge."""

    key: str
    edge: Edge
    stats: "Stats"


SelectedField = Scalar | TypeName | ToOne | ToMany | EdgeStats


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """What is asked of one row of an entity."""

    entity: Entity
    fields: tuple[SelectedField, ...]


# --- conditions ----------------------------------------------------------------------------------------------

Comparison = Literal[
    "eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte",
    "contains", "startsWith", "endsWith", "iContains", "iStartsWith", "iEndsWith",
]  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Compare:
    """A column against a parameter."""

    column: Column
    operator: Comparison
    slot: Slot


@dataclass(frozen=True, eq=False, slots=True)
class IsNull:
    """Whether a column is null."""

    column: Column
    expected: bool


@dataclass(frozen=True, eq=False, slots=True)
class AllOf:
    """Every one of them, never just one; true when there is none. None of them is an AllOf itself."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, eq=False, slots=True)
class AnyOf:
    """At least one of them, of never just one; false when there is none. None of them is an AnyOf itself."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, eq=False, slots=True)
class Not:
    """The opposite; what is unknown counts as not true."""

    condition: "Condition"


@dataclass(frozen=True, eq=False, slots=True)
class Related:
    """A condition on the rows at the other end of an edge."""

    edge: Edge
    target: Entity
    quantifier: Literal["some", "every", "none"]
    condition: "Condition"


Condition = Compare | IsNull | AllOf | AnyOf | Not | Related


# --- pages ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class OrderTerm:
    """A column to order by."""

    column: Column
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, eq=False, slots=True)
class Order:
    """A total order: the last term is always the key. `signature` names it in cursors."""

    terms: tuple[OrderTerm, ...]
    signature: str


@dataclass(frozen=True, eq=False, slots=True)
class Bound:
    """A cursor to start or stop at: for each term of the order its value, or None where the cursor holds a null."""

    values: tuple[Slot | None, ...]


@dataclass(frozen=True, eq=False, slots=True)
class PageInfo:
    """`pageInfo`, with the fields that are asked of it: (key, field name)."""

    key: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Nodes:
    """`nodes`."""

    key: str
    selection: Selection


@dataclass(frozen=True, eq=False, slots=True)
class CursorOf:
    """`cursor` of an edge."""

    key: str


@dataclass(frozen=True, eq=False, slots=True)
class NodeOf:
    """`node` of an edge."""

    key: str
    selection: Selection


@dataclass(frozen=True, eq=False, slots=True)
class Edges:
    """`edges`."""

    key: str
    fields: tuple[CursorOf | NodeOf | TypeName, ...]


@dataclass(frozen=True, eq=False, slots=True)
class TotalCount:
    """`totalCount`: all rows that the condition holds for, whatever the page."""

    key: str


PageField = Nodes | Edges | PageInfo | TotalCount | TypeName


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """A page of an entity's rows.

    rows       how many, at most
    backward   the last rows rather than the first
    """

    entity: Entity
    where: Condition
    order: Order
    rows: Slot
    fields: tuple[PageField, ...]
    backward: bool = False
    after: Bound | None = None
    before: Bound | None = None
    offset: Slot | None = None

    @property
    def selections(self) -> Iterator[Selection]:
        """What `nodes`, and `node` of `edges`, ask of the page's rows."""
        for item in self.fields:
            match item:
                case Nodes(selection=selection):
                    yield selection
                case Edges(fields=fields):
                    yield from (field.selection for field in fields if isinstance(field, NodeOf))


# --- aggregates ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Count:
    """`count`."""

    key: str


@dataclass(frozen=True, eq=False, slots=True)
class GroupKeys:
    """`keys` of a group: (response key, column or None for __typename, type name)."""

    key: str
    fields: tuple[Scalar | TypeName, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Groups:
    """`groups(by:)`: counts by the values of columns, ordered by them."""

    key: str
    by: tuple[Column, ...]
    rows: Slot
    fields: tuple[Count | GroupKeys | TypeName, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Stats:
    """Aggregates over an entity's rows."""

    entity: Entity
    where: Condition
    fields: tuple[Count | Groups | TypeName, ...]


# --- root fields ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class ReadOne:
    """`user(by:)`."""

    key: str
    where: Condition
    selection: Selection


@dataclass(frozen=True, eq=False, slots=True)
class ReadPage:
    """`users(…)`."""

    key: str
    page: Page


@dataclass(frozen=True, eq=False, slots=True)
class ReadStats:
    """`userStats(…)`."""

    key: str
    stats: Stats


Read = ReadOne | ReadPage | ReadStats


@dataclass(frozen=True, eq=False, slots=True)
class Assignment:
    """A column and what it is set to."""

    column: Column
    slot: Slot


@dataclass(frozen=True, eq=False, slots=True)
class Create:
    """`createUser(input:)`."""

    entity: Entity
    values: tuple[Assignment, ...]
    selection: Selection


@dataclass(frozen=True, eq=False, slots=True)
class Update:
    """`updateUser(by:, set:)`."""

    entity: Entity
    where: Condition
    values: tuple[Assignment, ...]
    selection: Selection


@dataclass(frozen=True, eq=False, slots=True)
class Upsert:
    """`upsertUser(create:, update:, on:)`. `on`: the key by which a row counts as there already."""

    entity: Entity
    on: Unique
    values: tuple[Assignment, ...]
    updates: tuple[Assignment, ...]
    selection: Selection


@dataclass(frozen=True, eq=False, slots=True)
class Delete:
    """`deleteUser(by:)`; the selection is answered with what was there before."""

    entity: Entity
    where: Condition
    selection: Selection


Write = Create | Update | Upsert | Delete

EVERYTHING = AllOf(())
"""The condition that always holds."""
