"""Who is asking: what everything behind the door knows of the caller."""

from dataclasses import dataclass, field
from typing import NewType
from uuid import UUID

from app.model.access import Role

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller. `user` is None for a tenant's machine, whose token names no subject.

    tenant_text, user_text, role_text   the same as text, made once: each of a caller's requests needs them
    """

    tenant: TenantId
    user: UserId | None
    role: Role
    tenant_text: str = field(init=False, compare=False, repr=False)
    user_text: str | None = field(init=False, compare=False, repr=False)
    role_text: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tenant_text", str(self.tenant))
        object.__setattr__(self, "user_text", None if self.user is None else str(self.user))
        object.__setattr__(self, "role_text", self.role.value)
