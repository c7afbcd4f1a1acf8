"""The words that fields of an entity are declared with.

    name: str = column(unique=True, doc="…")
    user: User = belongs_to(on_delete="CASCADE", inverse="connections")

In: options.  Out: small records that catalog/ reads next to the annotation.
A bare annotation (`name: str`) is a column with no options.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Literal

OnDelete = Literal["CASCADE", "RESTRICT"]


class _Missing(Enum):
    MISSING = auto()


MISSING = _Missing.MISSING


@dataclass(frozen=True)
class Sql:
    """An SQL expression as a default, computed by the database."""

    text: str


NOW = Sql("now()")
NEW_ID = Sql("app.new_id()")


class Writable(Enum):
    """Who sets a column. The grants of the database's role follow from it."""

    ALWAYS = auto()  # callers, at creation and later
    ONCE = auto()  # callers, at creation only
    SERVER = auto()  # the statements that we render, such as updated_at
    PLATFORM = auto()  # defaults and platform work; the requests' role has no grant


@dataclass(frozen=True)
class ColumnWord:
    """What `column()` was told."""

    default: Any = MISSING
    unique: bool = False
    doc: str | None = None
    writable: Writable = Writable.ALWAYS
    hidden: bool = False


@dataclass(frozen=True)
class EdgeWord:
    """What `belongs_to()` was told."""

    on_delete: OnDelete = "RESTRICT"
    inverse: str | None = None
    doc: str | None = None
    inverse_doc: str | None = None


@dataclass(frozen=True)
class Index:
    """An index over fields of the entity; the tenant comes first by itself."""

    fields: tuple[str, ...] = field(default=())

    def __init__(self, *fields: str) -> None:
        object.__setattr__(self, "fields", fields)


def column(
    *,
    default: Any = MISSING,
    unique: bool = False,
    doc: str | None = None,
    writable: Writable = Writable.ALWAYS,
    hidden: bool = False,
) -> Any:
    """A column with options.

    default   a Python value, or Sql(…) for what the database computes
    unique    unique within the tenant
    hidden    never leaves the database: no GraphQL field, no grant to the requests' role
    """
    return ColumnWord(default, unique, doc, writable, hidden)


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
