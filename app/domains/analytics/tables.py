"""What happened in a tenant's products, as events."""

from datetime import datetime

from app.model import NOW, Access, Audit, Index, Json, Length, Role, TenantEntity, column


class AnalyticsEvent(TenantEntity):
    """One event. Ingested in bulk, so the audit log gets a row per statement rather than per event."""

    __access__ = Access(read=Role.VIEWER, create=Role.MEMBER, write=Role.ADMIN)
    __audit__ = Audit.EVERY_STATEMENT
    __indexes__ = (Index("timestamp"), Index("event_type", "timestamp"), Index("source_id"))

    event_type: str = column(Length(1, 200), doc="Its category.")
    event_name: str = column(Length(1, 200))
    properties: Json = column(default={})
    source: str | None = column(Length(1, 200), doc="Where it came from.")
    source_id: str | None = column(Length(1, 255), doc="What the source calls it.")
    timestamp: datetime = column(default=NOW, doc="When it happened.")
