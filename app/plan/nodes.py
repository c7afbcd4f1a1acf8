"""The nodes of a plan. Frozen and tenant-blind: the same plan serves every tenant, role by role.

    Read  = ReadOne | ReadPage | ReadStats | ReadNodes | ReadFound    a root field that reads
    Write = Create | Update | Upsert | Delete | Restore    a root field that writes, and the selection of what it wrote

A `key` is the name under which a field stands in the response. What rows are asked to be like is in expressions.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from app.catalog.facts import Column, CustomField, Edge, Entity, Reference, Unique
from app.model.words import Metric
from app.plan.expressions import AllOf, Compare, Condition, Expression, Measure, Own, TextQuery
from app.plan.values import Encoding, Slot

# --- selections: what of a row is asked for ------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Scalar:
    """A value of the row: a column's, or one computed from it or over an edge."""

    key: str
    value: Expression


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
    """Numbers over the rows at the other end of a to-many edge."""

    key: str
    edge: Edge
    stats: "Stats"


@dataclass(frozen=True, eq=False, slots=True)
class Referred:
    """The row that a reference leads to: of one of several entities, each with what is asked of it."""

    key: str
    reference: Reference
    selections: tuple["Selection", ...]


@dataclass(frozen=True, eq=False, slots=True)
class Custom:
    """A field in Python: what it needs of the row travels in the answer's place, until it has answered (custom.py)."""

    key: str
    field: CustomField


SelectedField = Scalar | TypeName | ToOne | ToMany | EdgeStats | Referred | Custom


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """What is asked of one row of an entity."""

    entity: Entity
    fields: tuple[SelectedField, ...]


# --- pages ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class OrderTerm:
    """What to order by. `path` tells it from other terms, in cursors."""

    expression: Expression
    path: str
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
    """`totalCount`: the rows that the condition holds for, whatever the page, up to a cap; or whether it is exact."""

    key: str
    cap: Slot
    is_exact: bool = False


PageField = Nodes | Edges | PageInfo | TotalCount | TypeName


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """A page of an entity's rows.

    rows       how many, at most
    distinct   of the rows that share these, only the first in the page's order
    backward   the last rows rather than the first
    """

    entity: Entity
    where: Condition
    order: Order
    rows: Slot
    fields: tuple[PageField, ...]
    distinct: tuple[Column, ...] = ()
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
class Measured:
    """A measure that is asked for, such as `count`."""

    key: str
    measure: Measure


@dataclass(frozen=True, eq=False, slots=True)
class Measures:
    """Several columns' measures by one function: `sum { … }`."""

    key: str
    fields: tuple[Measured | TypeName, ...]


@dataclass(frozen=True, eq=False, slots=True)
class GroupKey:
    """One of the keys of a group: which of those that the rows are grouped by; none for what they are not."""

    key: str
    index: int | None


@dataclass(frozen=True, eq=False, slots=True)
class GroupKeys:
    """`keys` of a group."""

    key: str
    fields: tuple[GroupKey | TypeName, ...]


@dataclass(frozen=True, eq=False, slots=True)
class GroupOrder:
    """What groups are ordered by: a measure, or one of their keys."""

    by: Measure | int
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, eq=False, slots=True)
class Groups:
    """`groups(by:)`: measures by the values of columns. The order is made total by the keys."""

    key: str
    by: tuple[Expression, ...]
    having: Condition
    order: tuple[GroupOrder, ...]
    rows: Slot
    offset: Slot | None
    fields: tuple[Measured | Measures | GroupKeys | TypeName, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Stats:
    """Aggregates over an entity's rows."""

    entity: Entity
    where: Condition
    fields: tuple[Measured | Measures | Groups | TypeName, ...]


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


@dataclass(frozen=True, eq=False, slots=True)
class ReadNodes:
    """`node(id:)`, or `nodes(ids:)`, whose `ids` are a list: rows of whatever entity has them."""

    key: str
    ids: Slot
    selections: tuple[Selection, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Nearby:
    """Vectors near a given one, by a metric."""

    column: Column
    metric: Metric
    to: Slot


@dataclass(frozen=True, eq=False, slots=True)
class Score:
    """`rank` of a hit, or `distance` of a neighbour."""

    key: str


@dataclass(frozen=True, eq=False, slots=True)
class Snippet:
    """`snippet`: the part of a hit's text in which the words stand."""

    key: str


@dataclass(frozen=True, eq=False, slots=True)
class ReadFound:
    """`searchNotes(query:)`, best first, or `nearestNotes(to:)`, nearest first."""

    key: str
    entity: Entity
    by: TextQuery | Nearby
    where: Condition
    rows: Slot
    offset: Slot | None
    fields: tuple[NodeOf | Score | Snippet | TypeName, ...]

    @property
    def selections(self) -> Iterator[Selection]:
        """What is asked of the rows."""
        return (field.selection for field in self.fields if isinstance(field, NodeOf))


Read = ReadOne | ReadPage | ReadStats | ReadNodes | ReadFound


class How(Enum):
    """How a column takes a value: in the place of its own, or together with it."""

    SET = auto()
    INCREMENT = auto()  # a number
    APPEND = auto()  # to a list
    REMOVE = auto()  # from a list, wherever it stands in it
    MERGE = auto()  # the members of a JSON object


@dataclass(frozen=True, eq=False, slots=True)
class Assignment:
    """A column and what it is set to."""

    column: Column
    slot: Slot
    how: How = How.SET


@dataclass(frozen=True, eq=False, slots=True)
class Create:
    """`createUser(input:)`."""

    entity: Entity
    values: tuple[Assignment, ...]
    selection: Selection


@dataclass(frozen=True, eq=False, slots=True)
class Update:
    """`updateUser(by:, set:, ifVersion:)`. `if_version`: which version the row has to be of, if any."""

    entity: Entity
    where: Condition
    values: tuple[Assignment, ...]
    selection: Selection
    if_version: Slot | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Upsert:
    """`upsertUser(create:, update:, on:, ifVersion:)`. `on`: the key by which a row counts as there already."""

    entity: Entity
    on: Unique
    values: tuple[Assignment, ...]
    updates: tuple[Assignment, ...]
    selection: Selection
    if_version: Slot | None = None

    @property
    def where(self) -> Condition:
        """What tells the row that is there already."""
        slots = {a.column: a.slot for a in self.values}
        return AllOf(tuple(Compare(Own(c), "eq", slots[c]) for c in self.on.columns))


@dataclass(frozen=True, eq=False, slots=True)
class Delete:
    """`deleteUser(by:, ifVersion:)`; the selection is answered with what was there before."""

    entity: Entity
    where: Condition
    selection: Selection
    if_version: Slot | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Restore:
    """`restoreNote(id:)`. The entity is the one that hides nothing (`Catalog.with_deleted`)."""

    entity: Entity
    where: Condition
    selection: Selection


Write = Create | Update | Upsert | Delete | Restore


# --- writes of many rows ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class RowCount:
    """`count` of what was written."""

    key: str


@dataclass(frozen=True, eq=False, slots=True)
class Changes:
    """What is answered of the rows that were written."""

    entity: Entity
    fields: tuple[RowCount | Nodes | TypeName, ...]

    @property
    def selections(self) -> Iterator[Selection]:
        """What is asked of the rows."""
        return (field.selection for field in self.fields if isinstance(field, Nodes))


@dataclass(frozen=True, eq=False, slots=True)
class CreateMany:
    """`createUsers(input:)`.

    rows     the new rows
    partly   those of their columns that not all of them give
    """

    entity: Entity
    rows: Slot
    partly: tuple[Column, ...]
    changes: Changes

    @property
    def size(self) -> Slot:
        """How many rows: those that are given."""
        return self.rows


@dataclass(frozen=True, eq=False, slots=True)
class UpdateMany:
    """`updateUsers(where:, set:, maxAffected:)`."""

    entity: Entity
    where: Condition
    values: tuple[Assignment, ...]
    size: Slot
    changes: Changes


@dataclass(frozen=True, eq=False, slots=True)
class DeleteMany:
    """`deleteUsers(where:, maxAffected:)`."""

    entity: Entity
    where: Condition
    size: Slot
    changes: Changes


WriteMany = CreateMany | UpdateMany | DeleteMany
"""`size` is how many rows it may be."""


# --- trees of new rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class LookedUp:
    """A row that is there, named by one of its uniques: it becomes the value of a column that leads to it.

    place   tells it from others of the same rows, in the names of their JSON
    """

    place: int
    column: Column
    target: Entity
    key: Column


@dataclass(frozen=True, eq=False, slots=True)
class Adopted:
    """Rows that are there and come under new ones, named by one key.

    place    tells them from the other rows of the tree
    column   theirs, which leads to the row above
    """

    place: int
    entity: Entity
    column: Column
    key: Column


@dataclass(frozen=True, eq=False, slots=True)
class Branch:
    """An edge of new rows under which others are given: new ones, or some that are there.

    column   that leads over the edge: of the new rows where it leads to one row, of the others where to many
    """

    edge: Edge
    column: Column
    created: "NewRows | None"
    looked_up: tuple[LookedUp, ...] = ()
    adopted: tuple[Adopted, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class NewRows:
    """New rows of an entity at one place of a tree, whatever their number.

    place     tells them from the other rows of the tree
    columns   those that any of them gets
    partly    those of their columns that not all of them give
    above     their column that leads to the row above, where that is given by where they stand
    """

    place: int
    entity: Entity
    columns: tuple[Column, ...]
    partly: tuple[Column, ...]
    branches: tuple[Branch, ...]
    above: Column | None = None

    def everywhere(self) -> "Iterator[NewRows]":
        """These rows, and all new ones that they lead to."""
        yield self
        for branch in self.branches:
            if branch.created is not None:
                yield from branch.created.everywhere()

    @property
    def looked_up(self) -> Iterator[LookedUp]:
        """The rows that are there and that these lead to."""
        return (looked_up for branch in self.branches for looked_up in branch.looked_up)


@dataclass(frozen=True, eq=False, slots=True)
class CreateTree:
    """`createConnection(input: {…, syncJobs: {create: […]}})`: new rows with others around them.

    size     how many rows, in all
    answer   what is asked of the one row at the root, or of the many
    """

    root: NewRows
    size: Slot
    answer: Selection | Changes

    @property
    def roots(self) -> Slot:
        """How many rows stand at the root."""
        return replace(self.size, encoding=Encoding.ROWS, count=None)
