"""Answers that are kept under an Idempotency-Key: a mutation that is sent again is answered, not run again.

In: a transaction, the key, fingerprints of the request.  Out: the answer that was kept.
Rejects: Conflict, for a key that stood for another request.

The key is taken in the transaction of the mutation itself: it is kept exactly if what the mutation wrote is. A twin
that comes meanwhile waits for the key until that transaction has ended.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from app.db.database import WriteTransaction
from app.errors import Conflict
from app.paths import SQL_FOLDER


class KeptAnswer(NamedTuple):
    """An answer: its data as the bytes that Postgres built, and its errors as JSON."""

    data: bytes
    errors: bytes


async def take_key(tx: WriteTransaction, key: str, fingerprints: Sequence[str]) -> KeptAnswer | None:
    """Takes a key for this transaction; or the answer that is kept under it. Raises Conflict.

    `fingerprints` are all of the same request: the first is kept, any of them is recognized.
    """
    await tx.row(_sql("forget_old"))
    if await tx.row(_sql("take_key"), [key, fingerprints[0]]) is not None:
        return None
    kept = await tx.row(_sql("look_up"), [key])
    if kept is None or kept[0] not in fingerprints:
        raise Conflict("This Idempotency-Key stood for another request.")
    return KeptAnswer(kept[1].encode(), kept[2].encode())


async def keep_answer(tx: WriteTransaction, key: str, answer: KeptAnswer) -> None:
    """Keeps the answer under a key that this transaction took."""
    await tx.row(_sql("keep"), [key, answer.data.decode(), answer.errors.decode()])


@cache
def _sql(name: str) -> str:
    return (SQL_FOLDER / "answers" / f"{name}.sql").read_text()
