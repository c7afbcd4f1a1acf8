"""Listens at the two places that every statement passes: where its text is finished, and where it is run.

In: pytest's monkeypatch, which takes the listener away again.  Out: a list that fills with texts.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from app.db.database import ReadTransaction
from app.render.sql import Sheet, Statement


def record_rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of all statements that are rendered from now on."""
    texts: list[str] = []
    finish = Sheet.statement

    def recording(sheet: Sheet, text: str) -> Statement:
        texts.append(text)
        return finish(sheet, text)

    monkeypatch.setattr(Sheet, "statement", recording)
    return texts


def record_executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of all statements that transactions run from now on."""
    texts: list[str] = []
    run = ReadTransaction.row

    async def recording(tx: ReadTransaction, text: str, values: Sequence[Any] = ()) -> Sequence[Any] | None:
        texts.append(text)
        return await run(tx, text, values)

    monkeypatch.setattr(ReadTransaction, "row", recording)
    return texts
