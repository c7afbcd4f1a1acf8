"""Operations in the audit log: beside what triggers tell of each row, one entry tells what was asked for.

In: a transaction, the operation's name, the row that it was run on.  Out: an entry, in that transaction.
Nothing of the arguments: they may be secret.
"""

from functools import cache
from uuid import UUID

from app.db.database import WriteTransaction
from app.paths import SQL_FOLDER


async def note_operation(tx: WriteTransaction, operation: str, target: tuple[str, UUID]) -> None:
    """Notes that an operation was run, on the row of that entity and id."""
    entity, row_id = target
    await tx.row(_statement(), [operation, entity, row_id])


@cache
def _statement() -> str:
    return (SQL_FOLDER / "audit" / "note_operation.sql").read_text()
