"""What rows are compared and ordered by: expressions over a row, and conditions made of them.

    Expression = Own | AtPath | Through | OverEdge | Truncated | Measure
    Condition  = Compare | IsNull | IsEmpty | AllOf | AnyOf | Not | Related | Matches

Frozen and tenant-blind, like the nodes of a plan (nodes.py) that they stand in. They hold slots, never values.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from app.catalog.facts import Column, Computed, Edge, Entity, Kind
from app.plan.values import Slot


class ValueType(Protocol):
    """What a value is. A column, for one."""

    @property
    def kind(self) -> Kind: ...
    @property
    def nullable(self) -> bool: ...
    @property
    def array(self) -> bool: ...
    @property
    def enum(self) -> type[StrEnum] | None: ...


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value that is no column's."""

    kind: Kind
    nullable: bool = False
    array: bool = False
    enum: type[StrEnum] | None = None


# --- expressions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Own:
    """A value of the row itself."""

    value: Column | Computed

    @property
    def type(self) -> ValueType:
        """That of the column."""
        return self.value


@dataclass(frozen=True, slots=True)
class AtPath:
    """A value inside a JSON column; null where the path leads to nothing or to JSON's null."""

    column: Column
    path: Slot

    @property
    def type(self) -> ValueType:
        """JSON, perhaps null."""
        return Type(Kind.JSON, nullable=True)


@dataclass(frozen=True, slots=True)
class Through:
    """A value of the row at the other end of a to-one edge; null when there is none."""

    edge: Edge
    target: Entity
    value: "Expression"

    @property
    def type(self) -> ValueType:
        """The inner value's, or null."""
        inner = self.value.type
        return Type(inner.kind, inner.nullable or not self.edge.visible, inner.array, inner.enum)


@dataclass(frozen=True, slots=True)
class OverEdge:
    """A measure over the rows at the other end of a to-many edge."""

    edge: Edge
    target: Entity
    measure: "Measure"

    @property
    def type(self) -> ValueType:
        """The measure's."""
        return self.measure.type


Unit = Literal["hour", "day", "week", "month"]
UNITS: tuple[Unit, ...] = ("hour", "day", "week", "month")


@dataclass(frozen=True, slots=True)
class Truncated:
    """The start of the hour, day, week or month that a moment lies in, in a time zone."""

    column: Column
    unit: Unit
    zone: Slot

    @property
    def type(self) -> ValueType:
        """A moment too."""
        return self.column


Function = Literal["count", "countDistinct", "sum", "avg", "min", "max"]
FUNCTIONS: tuple[Function, ...] = ("countDistinct", "sum", "avg", "min", "max")
"""Those that go over a column; `count` goes over rows."""


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate over the rows at hand. `count` has no column, the others have one."""

    function: Function
    column: Column | None = None

    @property
    def type(self) -> ValueType:
        """Counts are never null, the others are where there is no value to measure."""
        if self.column is None or self.function == "countDistinct":
            return Type(Kind.INT)
        if self.function == "avg":
            return Type(Kind.FLOAT, nullable=True)
        if self.function == "sum" and self.column.kind is Kind.INT:
            return Type(Kind.BIGINT, nullable=True)
        return Type(self.column.kind, nullable=True)


COUNT = Measure("count")

Expression = Own | AtPath | Through | OverEdge | Truncated | Measure

# --- conditions ----------------------------------------------------------------------------------------------

Comparison = Literal[
    "eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte",
    "contains", "startsWith", "endsWith", "iContains", "iStartsWith", "iEndsWith",
    "has", "hasEvery", "hasSome",
]  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Compare:
    """An expression against a parameter."""

    expression: Expression
    operator: Comparison
    slot: Slot


@dataclass(frozen=True, eq=False, slots=True)
class IsNull:
    """Whether an expression is null."""

    expression: Expression
    expected: bool


@dataclass(frozen=True, eq=False, slots=True)
class IsEmpty:
    """Whether an array has no items. Neither holds for null."""

    expression: Expression
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


@dataclass(frozen=True, eq=False, slots=True)
class TextQuery:
    """Words to search for, as people write them; `prefix` takes the last one for the beginning of a word."""

    words: Slot
    prefix: Slot


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """Whether full-text search finds the row."""

    entity: Entity
    query: TextQuery


Condition = Compare | IsNull | IsEmpty | AllOf | AnyOf | Not | Related | Matches

EVERYTHING = AllOf(())
"""The condition that always holds."""
