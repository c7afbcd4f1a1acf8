"""Raw SQL as somebody: a context for one transaction, and what became of a statement.

In: a connection and a caller.  Out: Outcome, which tells a missing grant from a refused row and from no such row.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg

from app.model import Access, Role
from app.model.access import Command
from tests.isolation.rows import Session, enter
from tests.world import ACME

WHO_HAS_THE_ROLE = {
    Role.VIEWER: "viewer",
    Role.MEMBER: "member",
    Role.MANAGER: "member",
    Role.ADMIN: "admin",
    Role.OWNER: "owner",
}


class Outcome(Enum):
    """What became of a statement."""

    NO_GRANT = "permission denied, whatever the row"
    REFUSED = "a policy or a trigger refused the row"
    NOTHING = "there was no such row"
    DONE = "it was done"


@dataclass(frozen=True)
class Failure:
    """All that an error of the database says. `without` leaves out the value that was sent, to compare two errors."""

    state: str
    message: str
    detail: str

    def without(self, value: object) -> "Failure":
        return Failure(self.state, self.message.replace(str(value), "…"), self.detail.replace(str(value), "…"))


@asynccontextmanager
async def acting(
    session: Session, tenant: UUID = ACME.id, role: str = Role.OWNER, user: UUID | None = None
) -> AsyncIterator[None]:
    """A transaction with this context, undone at the end. The user is acme's with that role, unless given."""
    async with undone(session):
        caller = user or ACME.user(WHO_HAS_THE_ROLE.get(Role(role), "owner"))
        await enter(session, tenant, caller, role)
        yield


@asynccontextmanager
async def undone(session: Session) -> AsyncIterator[None]:
    """A transaction that is undone at the end."""
    transaction = session.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def attempt(session: Session, text: str, *values: Any) -> Outcome:
    """Runs a statement inside a savepoint. Raises what is neither an outcome nor expected, such as a taken key."""
    try:
        async with session.transaction():
            status: str = await session.execute(text, *values)
    except asyncpg.InsufficientPrivilegeError as exc:
        return Outcome.NO_GRANT if str(exc).startswith("permission denied") else Outcome.REFUSED
    return Outcome.NOTHING if status.endswith(" 0") else Outcome.DONE


async def failure(session: Session, text: str, *values: Any) -> Failure | None:
    """The error that a statement raises, or None; inside a savepoint."""
    try:
        async with session.transaction():
            await session.execute(text, *values)
    except asyncpg.PostgresError as exc:
        return Failure(exc.sqlstate or "", exc.args[0], getattr(exc, "detail", None) or "")
    return None


def expected(access: Access, command: Command, role: Role, *, owns: bool = True, rank: Role | None = None) -> Outcome:
    """What the declaration says becomes of a command on a row that the caller owns or not, of that rank."""
    lowest = access.lowest_role(command)
    if lowest is None:
        return Outcome.NO_GRANT
    owned = owns or access.owner is None or role.rank >= access.any_row.rank or command == "read"
    within_rank = rank is None or rank.rank <= role.rank or command == "read"
    if role.rank >= lowest.rank and owned and within_rank:
        return Outcome.DONE
    return Outcome.REFUSED if command == "create" else Outcome.NOTHING
