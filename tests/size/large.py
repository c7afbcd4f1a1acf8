"""The large tenant of fill.sql: who asks for its rows, and what they are called."""

from typing import Literal
from uuid import UUID

from app.auth.principal import Principal, TenantId, UserId
from app.model import Role

_KINDS = ("tenant", "user", "integration", "connection", "sync job", "event", "log")
SYNC_JOBS = 1_000_000
FAILED_SYNC_JOBS = 50_000
COMPLETED_OR_FAILED_SYNC_JOBS = 670_000
"""Those that have `completedAt`."""
CONNECTIONS_OF_A_USER = 10
SYNC_JOBS_OF_A_CONNECTION = 502
"""At most; some 500."""


def large_id(kind: Literal["tenant", "user", "connection", "sync job"], number: int = 0) -> UUID:
    """The id of its row of that number, from 1 on; the same arithmetic as `made_id` in fill.sql."""
    return UUID(f"019b7000-0001-7{_KINDS.index(kind):03x}-8000-{number:012x}")


LARGE = Principal(TenantId(large_id("tenant")), UserId(large_id("user", 1)), Role.OWNER)
