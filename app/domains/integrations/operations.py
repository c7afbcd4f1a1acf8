"""What is done with connections and their syncs, by name.

Who starts or ends a sync has to own the connection, or be an admin: each operation first holds the connection, which
takes the right to change it.
Rejects: NotFound, Forbidden, and IllegalTransition for a step that the state does not allow.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from app.domains.integrations.tables import Connection, ConnectionStatus, SyncJob, SyncStatus
from app.errors import BadUserInput, IllegalTransition
from app.model import Json
from app.repositories import Ref, Rows

RUNNING = (SyncStatus.PENDING, SyncStatus.IN_PROGRESS)
CONNECTED = (ConnectionStatus.ACTIVE, ConnectionStatus.ERROR, ConnectionStatus.EXPIRED)


async def start_sync(rows: Rows, *, connection_id: UUID, sync_id: str | None = None) -> Ref[SyncJob]:
    """Starts a sync of an active connection, under the caller's `syncId` or a new one. A run still pending goes on."""
    connection = await rows.lock(Connection, "id", connection_id)
    _require(connection, (ConnectionStatus.ACTIVE,), "start a sync")
    job = await _known_job(rows, connection_id, sync_id)
    if job:
        _require(job, RUNNING, "start")
    values: dict[str, Any] = {"status": SyncStatus.IN_PROGRESS, "started_at": _now()}
    if job:
        return await rows.update(SyncJob, job["id"], **values)
    return await rows.create(SyncJob, connection_id=connection_id, sync_id=sync_id or f"sync_{uuid4().hex}", **values)


async def report_sync_progress(rows: Rows, *, sync_id: str, records_processed: int) -> Ref[SyncJob]:
    """Says how many records a running sync has brought over so far."""
    job = await rows.lock(SyncJob, "sync_id", sync_id)
    await rows.lock(Connection, "id", job["connection_id"])
    _require(job, RUNNING, "report progress")
    return await rows.update(SyncJob, job["id"], status=SyncStatus.IN_PROGRESS, records_processed=records_processed)


async def complete_sync(
    rows: Rows, *, connection_id: UUID, sync_id: str, records_processed: int | None = None
) -> Ref[SyncJob]:
    """Ends a sync well, known or not until now, and notes on its connection when it was. Saying so twice is fine."""
    now = _now()
    values: dict[str, Any] = {"status": SyncStatus.COMPLETED, "completed_at": now}
    if records_processed is not None:
        values["records_processed"] = records_processed
    job = await _end_sync(rows, connection_id, sync_id, SyncStatus.COMPLETED, values)
    await rows.update(Connection, connection_id, last_sync_at=now)
    return job


async def fail_sync(rows: Rows, *, connection_id: UUID, sync_id: str, errors: Json) -> Ref[SyncJob]:
    """Ends a sync badly, known or not until now, with the details of what went wrong. Saying so twice is fine."""
    values = {"status": SyncStatus.FAILED, "completed_at": _now(), "errors": errors}
    return await _end_sync(rows, connection_id, sync_id, SyncStatus.FAILED, values)


async def mark_connection_error(
    rows: Rows, *, connection_id: UUID, message: str, code: str | None = None
) -> Ref[Connection]:
    """Puts a connection in error and keeps the reason as `metadata.lastError`."""
    return await _mark_broken(rows, connection_id, ConnectionStatus.ERROR, message, code)


async def mark_connection_expired(rows: Rows, *, connection_id: UUID) -> Ref[Connection]:
    """Notes that a connection's authorization has run out."""
    return await _mark_broken(
        rows, connection_id, ConnectionStatus.EXPIRED, "The authorization has expired.", "TOKEN_EXPIRED"
    )


async def disable_connection(rows: Rows, *, connection_id: UUID) -> Ref[Connection]:
    """Switches a connection off."""
    connection = await rows.lock(Connection, "id", connection_id)
    return await rows.update(Connection, connection["id"], status=ConnectionStatus.INACTIVE)


async def reconnect(rows: Rows, *, connection_id: UUID, broker_id: str | None = None) -> Ref[Connection]:
    """Brings a connection back to work, under a new id of the broker if it has one, and forgets the last error."""
    connection = await rows.lock(Connection, "id", connection_id)
    metadata = {name: value for name, value in _metadata(connection).items() if name != "lastError"}
    values: dict[str, Any] = {"status": ConnectionStatus.ACTIVE, "metadata": metadata or None}
    if broker_id is not None:
        values["connection_id"] = broker_id
    return await rows.update(Connection, connection["id"], by={"connection_id": "brokerId"}, **values)


OPERATIONS = (
    start_sync,
    report_sync_progress,
    complete_sync,
    fail_sync,
    mark_connection_error,
    mark_connection_expired,
    disable_connection,
    reconnect,
)


async def _end_sync(
    rows: Rows, connection_id: UUID, sync_id: str, outcome: SyncStatus, values: dict[str, Any]
) -> Ref[SyncJob]:
    await rows.lock(Connection, "id", connection_id)
    job = await _known_job(rows, connection_id, sync_id)
    if job is None:
        # The connection is held, so only another connection's run can have taken the name since: a CONFLICT.
        return await rows.create(SyncJob, sync_id=sync_id, connection_id=connection_id, **values)
    _require(job, (*RUNNING, outcome), f"become {outcome.value}")
    return await rows.update(SyncJob, job["id"], **values)


async def _known_job(rows: Rows, connection_id: UUID, sync_id: str | None) -> Mapping[str, Any] | None:
    """The run of that name. A name that another connection's run has is taken."""
    job = await rows.find(SyncJob, "sync_id", sync_id) if sync_id else None
    if job and job["connection_id"] != connection_id:
        raise BadUserInput("This syncId belongs to another connection.", input_path=("syncId",))
    return job


async def _mark_broken(
    rows: Rows, connection_id: UUID, status: ConnectionStatus, message: str, code: str | None
) -> Ref[Connection]:
    connection = await rows.lock(Connection, "id", connection_id)
    _require(connection, CONNECTED, f"become {status.value}")
    error = {"message": message, "code": code, "timestamp": _now().isoformat()}
    metadata = {**_metadata(connection), "lastError": error}
    return await rows.update(Connection, connection["id"], status=status, metadata=metadata)


def _metadata(connection: Mapping[str, Any]) -> dict[str, Any]:
    """What is noted of a connection; nothing when somebody noted anything but an object."""
    metadata = connection["metadata"]
    return metadata if isinstance(metadata, dict) else {}


def _require(row: Mapping[str, Any], allowed: Iterable[StrEnum], step: str) -> None:
    if row["status"] not in allowed:
        names = " or ".join(status.value for status in allowed)
        raise IllegalTransition(f"This takes {names} to {step}; it is {row['status']}.")


def _now() -> datetime:
    return datetime.now(UTC)
