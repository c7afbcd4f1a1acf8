"""Who may do what with an entity: the ladder of roles, and the access that a declaration states.

In: a declaration's `__access__`.  Out: for each command, the lowest role that may run it.
The same answer makes the database's policies (isolation/) and the plan's early refusals (plan/).
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, Literal


class Role(StrEnum):
    """What a seat may do in its tenant. Each role may do what the ones before it may."""

    VIEWER = "VIEWER"
    MEMBER = "MEMBER"
    MANAGER = "MANAGER"
    ADMIN = "ADMIN"
    OWNER = "OWNER"

    @property
    def rank(self) -> int:
        """The place on the ladder, 0 for VIEWER."""
        return _LADDER.index(self)

    def and_above(self) -> tuple["Role", ...]:
        """This role and every higher one, lowest first."""
        return _LADDER[self.rank :]

    def and_below(self) -> tuple["Role", ...]:
        """This role and every lower one, lowest first."""
        return _LADDER[: self.rank + 1]


_LADDER = tuple(Role)

Command = Literal["read", "create", "update", "delete"]
NOBODY = None


class _Same(Enum):
    AS_WRITE = auto()


AS_WRITE: Any = _Same.AS_WRITE


@dataclass(frozen=True, kw_only=True)
class Access:
    """The lowest role for each command; NOBODY where no role of a tenant may.

    write     for create, update and delete, but for those that say otherwise
    owner     column of the user who owns a row: below `any_row`, a role writes only rows it owns
    any_row   from this role on, rows of others may be written too
    rank      column that holds a Role: nobody writes a row that ranks above their own role
    platform  the platform role works on this table too (one tenant at a time, like everybody)
    """

    read: Role | None
    write: Role | None = NOBODY
    create: Role | None = AS_WRITE
    update: Role | None = AS_WRITE
    delete: Role | None = AS_WRITE
    owner: str | None = None
    any_row: Role = Role.ADMIN
    rank: str | None = None
    platform: bool = False

    def __post_init__(self) -> None:
        for command in ("create", "update", "delete"):
            if getattr(self, command) is AS_WRITE:
                object.__setattr__(self, command, self.write)

    def lowest_role(self, command: Command) -> Role | None:
        """The lowest role that may run the command on at least some rows."""
        role: Role | None = getattr(self, command)
        return role

    def allows(self, role: Role, command: Command) -> bool:
        """Whether the role may run the command on at least some rows. The database decides per row."""
        lowest = self.lowest_role(command)
        return lowest is not None and role.rank >= lowest.rank
