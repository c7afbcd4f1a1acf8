"""The bases that entities are declared on.

In: class bodies of annotations and words (words.py).  Out: classes that catalog/ turns into frozen facts.
An entity class is a declaration only: it is never instantiated and holds no row.
"""

from datetime import datetime
from enum import Enum, auto
from typing import Any, ClassVar, NewType
from uuid import UUID

from app.model.access import Access
from app.model.words import NEW_ID, NOW, Index, Nearest, Search, Touch, Writable, column

Json = NewType("Json", dict[str, Any])
"""A column of any JSON value (jsonb)."""

BigInt = NewType("BigInt", int)
"""A column of whole numbers beyond 2³¹ (bigint)."""

Vector = NewType("Vector", list[float])
"""A column of numbers that say where something stands among others of its kind (pgvector's `vector`)."""


class Audit(Enum):
    """How changes to an entity reach the audit log."""

    EVERY_ROW = auto()
    EVERY_STATEMENT = auto()  # for rows that come by the thousand: one entry with their number
    NEVER = auto()


class Entity:
    """What every declaration has in common."""

    __access__: ClassVar[Access]
    __indexes__: ClassVar[tuple[Index, ...]] = ()
    __search__: ClassVar[Search | None] = None
    __nearest__: ClassVar[tuple[Nearest, ...]] = ()
    __plural__: ClassVar[str | None] = None
    __audit__: ClassVar[Audit] = Audit.EVERY_ROW
    __append_only__: ClassVar[bool] = False
    __graphql__: ClassVar[bool] = True  # whether callers see it; else the gateway alone works on it, in their tenant
    __quota__: ClassVar[str | None] = None  # the tenant's column that says how many rows it may have

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} is a declaration; rows never become objects")


class PlatformEntity(Entity):
    """A table of the platform: no tenant, out of reach of the requests' role, no GraphQL type."""

    __audit__ = Audit.NEVER

    id: UUID = column(default=NEW_ID)


class TenantEntity(Entity):
    """A table whose every row belongs to one tenant; the tenant's column, key, policies and edge come by themselves."""

    id: UUID = column(default=NEW_ID, writable=Writable.ONCE)


class TenantRoot(Entity):
    """The one table whose rows are the tenants themselves: its key is the tenant column."""

    id: UUID = column(writable=Writable.PLATFORM)


class Timestamps:
    """When a row was made and last changed; both set by the database."""

    created_at: datetime = column(default=NOW, writable=Writable.PLATFORM, doc="When it was made.")
    updated_at: datetime = column(default=NOW, writable=Writable.SERVER, touch=Touch.NOW, doc="When it last changed.")


class Versioned(Timestamps):
    """Timestamps, and a number that a caller can name to change a row only if nobody else has."""

    version: int = column(
        default=1, writable=Writable.SERVER, touch=Touch.COUNT, doc="One more with every change; for `ifVersion`."
    )


class SoftDelete:
    """A row that is deleted is hidden, can be restored, and is gone for good when `bulkhead purge` finds it old enough.

    __retention_days__    for how long, at least, a deleted row can be restored
    """

    __retention_days__: ClassVar[int] = 30

    deleted_at: datetime | None = column(writable=Writable.DELETION, doc="When it was deleted; null for what is not.")
