"""Who changed what, when; and the seals by which it shows when somebody rewrote it. Written by the database itself,
appended to and never changed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.model import Access, Audit, BigInt, Index, Json, Role, Sql, TenantEntity, Writable, column, refers_to


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
    """A change to a row, a bulk statement, or an operation. Actors carry no foreign key: the log outlives people."""

    __access__ = Access(read=Role.ADMIN)
    __audit__ = Audit.NEVER
    __append_only__ = True
    __indexes__ = (
        Index("created_at"),
        Index("actor_user_id"),
        Index("action"),
        Index("target_type", "target_id"),
        Index("xid"),
    )

    actor_user_id: UUID | None = column(doc="The user who acted; none for the system.")
    actor_type: ActorType = column(default=ActorType.SYSTEM)
    actor_role: str | None = column(doc="The role the actor held at that moment.")
    actor_external_id: str | None = column(doc="An actor outside the platform.")
    level: AuditLevel = column(default=AuditLevel.INFO)
    action: str = column(doc="Such as `connection.updated`; of an operation its name, such as `startSync`.")
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
    xid: BigInt = column(
        default=Sql("((pg_current_xact_id())::text)::bigint"), hidden=True, doc="The transaction that left the entry."
    )


class AuditSeal(TenantEntity):
    """A batch of the audit log's entries under one hash, which the next seal's hash is made of as well.

    Whoever notes the chain of the last seal elsewhere can tell later whether anybody rewrote what was logged before it
    (`bulkhead audit verify`).
    """

    __access__ = Access(read=Role.ADMIN)
    __audit__ = Audit.NEVER
    __append_only__ = True
    __indexes__ = (Index("until_xid"),)

    number: int = column(unique=True, doc="1, 2, 3 …")
    form: int = column(doc="The version of the form in which entries are hashed.")
    entries: int = column(doc="How many entries it covers.")
    root: str = column(doc="The root of the Merkle tree over the entries, in hexadecimal digits.")
    chain: str = column(doc="The hash of this seal and the chain before it: all that was logged until then.")
    sealed_at: datetime
    # It covers what no seal before it does, of transactions from one to before another: of that one itself, the first
    # entries, where there were too many for one seal.
    from_xid: BigInt = column(hidden=True, doc="The first transaction whose entries it covers.")
    until_xid: BigInt = column(hidden=True, doc="The transaction that the next seal begins with.")
    entry_ids: list[UUID] = column(hidden=True, doc="The entries, in the order of their transactions and ids.")
    entry_hashes: list[str] = column(hidden=True, doc="The hash of each.")


class AuditSignature(TenantEntity):
    """The chain of a seal, signed with a key that the database never sees."""

    __access__ = Access(read=Role.ADMIN)
    __audit__ = Audit.NEVER
    __append_only__ = True
    __graphql__ = False
    __indexes__ = (Index("number"),)

    number: int = column(doc="The seal's.")
    signature: str = column(doc="HMAC-SHA-256 of its chain, in hexadecimal digits.")
    signed_at: datetime = column(default=Sql("clock_timestamp()"), writable=Writable.PLATFORM)
