"""Runs a transaction again that Postgres undid for no fault of its own.

A deadlock or a serialization failure leaves nothing behind, and who comes second may well succeed. What else fails may
have been committed, or would fail again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.errors import Contended

T = TypeVar("T")

PAUSES_MS = (10, 40, 160)
"""How long to wait before each further try, give or take half."""


async def retried(transaction: Callable[[], Awaitable[T]]) -> T:
    """What the transaction comes to, after three more tries at most. Raises what it raises."""
    for pause_ms in PAUSES_MS:
        try:
            return await transaction()
        except Contended:
            await asyncio.sleep(pause_ms / 1000 * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet again
    return await transaction()
