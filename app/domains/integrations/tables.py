"""What a tenant is linked to: its integrations, its users' connections, and the runs that sync them."""

from datetime import datetime
from enum import StrEnum

from app.domains.tenancy.tables import User
from app.model import (
    NOW,
    SLUG,
    Access,
    Index,
    Json,
    Length,
    Range,
    Role,
    TenantEntity,
    Versioned,
    belongs_to,
    column,
    count_of,
    desc,
)


class IntegrationStatus(StrEnum):
    """Where an integration stands."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    ERROR = "ERROR"
    DISABLED = "DISABLED"


class Provider(StrEnum):
    """An outside service that users connect to."""

    GITHUB = "GITHUB"
    NOTION = "NOTION"
    JIRA = "JIRA"
    SLACK = "SLACK"


class ConnectionStatus(StrEnum):
    """Whether a connection works."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"


class SyncStatus(StrEnum):
    """How far a sync run is."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Integration(TenantEntity, Versioned):
    """A data source of the whole tenant, one per provider."""

    __access__ = Access(read=Role.VIEWER, write=Role.ADMIN)
    __quota__ = "max_integrations"
    __indexes__ = (Index("status"),)

    name: str = column(Length(1, 200))
    provider: str = column(SLUG, unique=True, doc="Such as `meta-ads` or `pos`; one integration each.")
    description: str | None = column(Length(most=10_000))
    config: Json = column(default={}, doc="Settings that are no secret.")
    credentials: str | None = column(secret=True, doc="What its source asks for. It can be set, and never be read.")
    status: IntegrationStatus = column(default=IntegrationStatus.PENDING)
    enabled: bool = column(default=False)
    last_sync_at: datetime | None
    sync_status: str | None = column(Length(1, 100))
    sync_error: str | None = column(Length(most=10_000))


class Connection(TenantEntity, Versioned):
    """A user's link to an outside service; changed by that user or an admin."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER, owner="user_id")
    __indexes__ = (Index("provider", "status"), Index("status"))

    user: User = belongs_to(on_delete="CASCADE", inverse="connections", doc="Whose link it is.")
    provider: Provider
    connection_id: str = column(Length(1, 255), unique=True, doc="The id that the OAuth broker knows it by.")
    status: ConnectionStatus = column(
        default=ConnectionStatus.ACTIVE,
        transitions={
            ConnectionStatus.ACTIVE: (ConnectionStatus.INACTIVE, ConnectionStatus.ERROR, ConnectionStatus.EXPIRED),
            ConnectionStatus.INACTIVE: (ConnectionStatus.ACTIVE,),
            ConnectionStatus.ERROR: (ConnectionStatus.ACTIVE, ConnectionStatus.INACTIVE, ConnectionStatus.EXPIRED),
            ConnectionStatus.EXPIRED: (ConnectionStatus.ACTIVE, ConnectionStatus.INACTIVE, ConnectionStatus.ERROR),
        },
    )
    metadata: Json | None = column(doc="What the provider told us; the last error while in ERROR.")
    last_sync_at: datetime | None = column(doc="When a sync last completed.")
    sync_count: int = count_of("syncJobs", doc="How many runs it has had.")


class SyncJob(TenantEntity, Versioned):
    """One run that brings a connection's data up to date."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER)
    __indexes__ = (
        Index("connection_id", "started_at"),
        Index("status"),
        Index("status", desc("started_at")),
        Index("started_at"),
        Index("completed_at"),
    )

    connection: Connection = belongs_to(on_delete="CASCADE", inverse="sync_jobs")
    sync_id: str = column(
        Length(1, 255), unique=True, doc="The caller's name for the run, such as `sync_1725627600000`."
    )
    status: SyncStatus = column(
        default=SyncStatus.PENDING,
        doc="How far it is. What has ended never runs again, but how it ended may be corrected.",
        transitions={
            SyncStatus.PENDING: (SyncStatus.IN_PROGRESS, SyncStatus.COMPLETED, SyncStatus.FAILED),
            SyncStatus.IN_PROGRESS: (SyncStatus.COMPLETED, SyncStatus.FAILED),
            SyncStatus.COMPLETED: (SyncStatus.FAILED,),
            SyncStatus.FAILED: (SyncStatus.COMPLETED,),
        },
    )
    records_processed: int = column(Range(0), default=0, doc="Records brought over so far.")
    errors: Json | None = column(doc="What went wrong, as a list of details.")
    started_at: datetime = column(default=NOW)
    completed_at: datetime | None = column(doc="When it completed or failed; none while it runs.")
