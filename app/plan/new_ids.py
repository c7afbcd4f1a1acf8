"""Ids of new rows that have to be known before the rows are written."""

import os
import time
from uuid import UUID

_VERSION_7, _VARIANT = 7 << 76, 2 << 62


def new_id() -> UUID:
    """A version 7 UUID, as app.new_id() makes them in the database: 48 bits of milliseconds, then random."""
    milliseconds, chance = time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10), "big")
    return UUID(int=milliseconds << 80 | chance & ~(0xF << 76 | 3 << 62) | _VERSION_7 | _VARIANT)
