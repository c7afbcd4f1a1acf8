"""Listens at the two places that every statement passes: where its text is finished, and where it is sent.

In: pytest's monkeypatch, which takes the listener away again.  Out: a list that fills with texts.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from app.db.database import SET_NEAREST, ReadTransaction
from app.db.exchange import Call
from app.db.pool import Pool, Tenant
from app.db.wire import Row
from app.render.sql import Sheet, Statement


def record_rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of all statements that are rendered from now on."""
    texts: list[str] = []
    finish = Sheet.statement

    def recording(sheet: Sheet, text: str, **more: bool) -> Statement:
        texts.append(text)
        return finish(sheet, text, **more)

    monkeypatch.setattr(Sheet, "statement", recording)
    return texts


def record_executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of all statements that are sent to the database from now on, but for those that set the context."""
    texts: list[str] = []
    run, exchange = ReadTransaction.row, Pool.exchange

    async def row(tx: ReadTransaction, text: str, values: Sequence[Any] = ()) -> Sequence[Any] | None:
        texts.append(text)
        return await run(tx, text, values)

    def recorded_exchange(pool: Pool, tenant: Tenant, calls: Sequence[Call]) -> "asyncio.Future[Row | None]":
        texts.extend(text for text, _ in calls[1:] if text != SET_NEAREST)
        return exchange(pool, tenant, calls)

    monkeypatch.setattr(ReadTransaction, "row", row)
    monkeypatch.setattr(Pool, "exchange", recorded_exchange)
    return texts


def record_round_trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements go in each round trip that is not part of a longer transaction, from now on."""
    trips: list[int] = []
    exchange = Pool.exchange

    def recorded(pool: Pool, tenant: Tenant, calls: Sequence[Call]) -> "asyncio.Future[Row | None]":
        trips.append(len(calls))
        return exchange(pool, tenant, calls)

    monkeypatch.setattr(Pool, "exchange", recorded)
    return trips
