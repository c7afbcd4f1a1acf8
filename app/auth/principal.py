"""Who is asking: what everything behind the door knows of the caller."""

from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from app.model.access import Role

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller. `user` is None for a tenant's machine, whose token names no subject."""

    tenant: TenantId
    user: UserId | None
    role: Role
