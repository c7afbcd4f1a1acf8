"""Who changed what, when. Written by the database itself, appended to and never changed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.model import Access, Audit, Index, Json, Role, Sql, TenantEntity, Writable, column, refers_to


class ActorType(StrEnum):
    """What kind of caller acted."""

    USER = "USER"
    SYSTEM = "SYSTEM"


class AuditLevel(StrEnum):
    """How much attention an entry deserves."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class AuditLog(TenantEntity):
    """One change to one row, or one bulk statement. Actors carry no foreign key: the log outlives people."""

    __access__ = Access(read=Role.ADMIN)
    __audit__ = Audit.NEVER
    __append_only__ = True
    __indexes__ = (Index("created_at"), Index("actor_user_id"), Index("action"), Index("target_type", "target_id"))

    actor_user_id: UUID | None = column(doc="The user who acted; none for the system.")
    actor_type: ActorType = column(default=ActorType.SYSTEM)
    actor_role: str | None = column(doc="The role the actor held at that moment.")
    actor_external_id: str | None = column(doc="An actor outside the platform.")
    level: AuditLevel = column(default=AuditLevel.INFO)
    action: str = column(doc="Such as `connection.updated`.")
    target_type: str = column(doc="The entity, such as `Connection`.")
    target_id: str | None
    target: object = refers_to(type_field="target_type", id_field="target_id", doc="The row, while it is there.")
    changes: Json | None = column(doc="`before` and `after` of the fields that changed; secrets are masked.")
    message: str | None
    meta: Json = column(default={})
    ip_address: str | None
    user_agent: str | None
    request_id: str | None
    created_at: datetime = column(default=Sql("clock_timestamp()"), writable=Writable.PLATFORM)
