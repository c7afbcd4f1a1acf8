"""Fields in Python. `calls` tells the tests how often each was called, and with how many rows."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.model import field_of
from tests.library.tables import Author, Note

Row = Mapping[str, Any]
calls: Counter[str] = Counter()
rows_seen: list[Row] = []


@field_of(Note, "title", "body")
async def word_count(rows: list[Row]) -> list[int]:
    """How many words it has."""
    calls["word_count"] += 1
    return [len(f"{row['title']} {row['body'] or ''}".split()) for row in rows]


@field_of(Note, "id", "created_at", "extra", "tags")
async def receipt(rows: list[Row]) -> list[str]:
    """What it was given, and as what."""
    rows_seen.extend(rows)
    assert all(isinstance(row["id"], UUID) and isinstance(row["created_at"], datetime) for row in rows)
    return [f"{sorted(row)}" for row in rows]


@field_of(Note, "title")
async def fragile(rows: list[Row]) -> list[str | Exception]:
    """Fails for titles with a question mark, and for all when one has an exclamation mark."""
    if any("!" in row["title"] for row in rows):
        raise RuntimeError("no shouting")
    return [ValueError("a question") if "?" in row["title"] else f'"{row["title"]}"' for row in rows]


@field_of(Author, "name")
async def initials(rows: list[Row]) -> list[str]:
    """The first letters of the names."""
    calls["initials"] += 1
    return ["".join(word[0] for word in row["name"].split()) for row in rows]


FIELDS = (word_count, receipt, fragile, initials)
