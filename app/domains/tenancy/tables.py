"""Tenants, the people's credentials (platform-wide) and their seats (per tenant)."""

from datetime import datetime
from enum import StrEnum

from app.model import (
    DOMAIN,
    EMAIL,
    NOW,
    SLUG,
    URL,
    Access,
    Audit,
    Each,
    Index,
    Items,
    Json,
    Length,
    PlatformEntity,
    Range,
    Role,
    Sql,
    TenantEntity,
    TenantRoot,
    Timestamps,
    Versioned,
    Writable,
    belongs_to,
    column,
    computed,
    count_of,
    prefix,
)


class TenantStatus(StrEnum):
    """Where a tenant's account stands."""

    TRIAL = "TRIAL"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"


class SeatType(StrEnum):
    """What a seat is billed as."""

    FREE_BETA = "FREE_BETA"
    PRO = "PRO"
    ENTERPRISE = "ENTERPRISE"


class UserStatus(StrEnum):
    """Whether a seat can be used."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    INVITED = "INVITED"
    SUSPENDED = "SUSPENDED"


# Each role may do what the ones before it may; a function adds what its work takes.
PERMISSIONS = """array(
  select distinct permission
  from unnest(
    array['data:read']
    || case when {role} <> 'VIEWER' then array['data:write'] else '{}' end
    || case when {role} in ('MANAGER', 'ADMIN', 'OWNER') then array['work:assign'] else '{}' end
    || case when {role} in ('ADMIN', 'OWNER') then array['audit:read', 'seats:manage', 'settings:write'] else '{}' end
    || case when {role} = 'OWNER' then array['billing:manage'] else '{}' end
    || case when 'AUTHOR' = any ({functions}) then array['content:write'] else '{}' end
    || case when 'EDITOR' = any ({functions}) then array['content:publish', 'content:write'] else '{}' end
    || case when 'PM' = any ({functions}) then array['projects:manage'] else '{}' end
    || case when 'OPERATOR' = any ({functions}) then array['jobs:run'] else '{}' end
    || {extra_permissions}
  ) as permission
  order by permission
)"""


class Tenant(TenantRoot, Versioned):
    """An organization that uses the platform. It sees itself and no other."""

    __access__ = Access(read=Role.VIEWER, update=Role.ADMIN, platform=True)

    name: str = column(Length(1, 200), doc="The organization's name.")
    slug: str = column(SLUG, writable=Writable.PLATFORM, doc="Its name in URLs, unique on the platform.")
    domain: str | None = column(DOMAIN, writable=Writable.PLATFORM, doc="Its own domain, unique on the platform.")
    status: TenantStatus = column(default=TenantStatus.TRIAL, writable=Writable.PLATFORM)
    settings: Json = column(default={}, doc="Settings that the tenant keeps for itself.")
    metadata: Json = column(default={}, doc="Notes of whoever integrates with it.")
    features: list[str] = column(default=[], writable=Writable.PLATFORM, doc="Features that are switched on.")
    max_users: int = column(Range(0), default=10, writable=Writable.PLATFORM, doc="How many seats it may have.")
    max_integrations: int = column(
        Range(0), default=5, writable=Writable.PLATFORM, doc="How many integrations it may have."
    )
    plan_type: str = column(Length(1, 100), default="trial", writable=Writable.PLATFORM, doc="The plan it pays for.")
    billing_email: str | None = column(EMAIL, doc="Where invoices go.")
    user_count: int = count_of("users", doc="How many seats it has.")
    integration_count: int = count_of("integrations", doc="How many integrations it has.")


class Identity(PlatformEntity, Timestamps):
    """A person's credentials, wherever they have seats. Only the sign-in functions reach it."""

    __access__ = Access(read=None, platform=True)

    email: str = column(EMAIL, unique=True)
    password_hash: str | None
    mfa_secret: str | None
    email_verified: bool = column(default=False)
    failed_sign_ins: int = column(Range(0), default=0)
    locked_until: datetime | None
    last_login_at: datetime | None


class TenantDirectory(PlatformEntity):
    """Where a tenant is found before it is known. Kept by a trigger on tenants; `id` is the tenant's."""

    __access__ = Access(read=None, platform=True)
    __plural__ = "tenant_directory"

    slug: str = column(unique=True)
    domain: str | None = column(unique=True)


class DepartedTenant(PlatformEntity):
    """A tenant that was deleted, whose audit log was not. Kept by a trigger on tenants; `id` is the tenant's."""

    __access__ = Access(read=None, platform=True)

    slug: str
    departed_at: datetime = column(default=NOW)


class User(TenantEntity, Versioned):
    """A person's seat in one tenant."""

    __access__ = Access(read=Role.VIEWER, write=Role.ADMIN, rank="role", platform=True)
    __quota__ = "max_users"
    __indexes__ = (Index("status"), Index("role"), Index(prefix("email")), Index(prefix("name")))

    identity: Identity | None = belongs_to(doc="The credentials behind the seat; none while invited.")
    email: str = column(EMAIL, unique=True, doc="Unique within the tenant; other tenants may seat the same address.")
    name: str | None = column(Length(1, 200), doc="The name to show.")
    first_name: str | None = column(Length(most=200))
    last_name: str | None = column(Length(most=200))
    avatar: str | None = column(URL, doc="URL of a picture.")
    role: Role = column(default=Role.MEMBER, doc="What the seat may do.")
    seat_type: SeatType = column(default=SeatType.FREE_BETA)
    functions: list[str] = column(
        Items(most=100),
        Each(Length(1, 100)),
        default=[],
        doc="Job functions, such as EDITOR, that grant permissions.",
    )
    extra_permissions: list[str] = column(
        Items(most=100), Each(Length(1, 100)), default=[], doc="Single permissions on top of role and functions."
    )
    status: UserStatus = column(default=UserStatus.ACTIVE)
    email_verified: bool = column(default=False, writable=Writable.PLATFORM)
    last_login_at: datetime | None = column(writable=Writable.PLATFORM)
    preferences: Json = column(default={}, doc="What the person chose to see, and how.")
    display_name: str = computed(
        "coalesce({name}, nullif(concat_ws(' ', {first_name}, {last_name}), ''), {email})",
        doc="The name to show, or what there is instead.",
    )
    permissions: list[str] = computed(PERMISSIONS, doc="What the seat may do: by role, by function, and by itself.")


class KeptAnswer(TenantEntity):
    """The answer to a mutation that came with an Idempotency-Key, for whoever sends it again."""

    __access__ = Access(read=Role.VIEWER, write=Role.VIEWER)
    __audit__ = Audit.NEVER
    __graphql__ = False
    __indexes__ = (Index("kept_until"),)

    key: str = column(unique=True, doc="What the caller named the request.")
    fingerprint: str = column(doc="Of the request and who sent it: the same key may stand for nothing else.")
    data: str | None = column(doc="Of the response, as JSON; none while the mutation runs.")
    errors: str | None = column(doc="The same.")
    kept_until: datetime = column(default=Sql("now() + '24:00:00'::interval"))


class DataKey(TenantEntity):
    """A key that secrets of the tenant are sealed with, wrapped by a master key that the database never sees.

    The one with the greatest number is in use. Whoever seals with a key holds it, which takes the right to change it.
    """

    __access__ = Access(read=Role.VIEWER, create=Role.VIEWER, update=Role.VIEWER, platform=True)
    __audit__ = Audit.NEVER
    __graphql__ = False

    number: int = column(unique=True, writable=Writable.ONCE, doc="Its name in what is sealed with it.")
    master_key: str = column(writable=Writable.ONCE, doc="The name of the master key that wraps it.")
    wrapped: str = column(writable=Writable.ONCE, doc="The key itself, encrypted.")
    created_at: datetime = column(default=NOW, writable=Writable.PLATFORM)
    retired_at: datetime | None = column(doc="Since when nothing is sealed with it any more.")
