"""Tokens for development: callers are looked up by slug and address, and introduced with a token of the local key.

In: settings with a database and a secret.  Out: tokens.  Rejects: tenants and users that are not there.
"""

from dataclasses import dataclass
from uuid import UUID

from app.auth.mint import mint_token
from app.auth.principal import Principal, TenantId
from app.catalog import build_catalog
from app.db.platform import open_platform
from app.demo import data
from app.demo.load import load_demo
from app.domains import DOMAINS
from app.errors import BadUserInput, NotFound
from app.local import owner_url
from app.model import Role
from app.settings import Settings

LIFETIME_S = 8 * 3600


@dataclass(frozen=True, slots=True)
class Caller:
    """A user of a tenant, with a token."""

    tenant: str
    email: str
    token: str


async def load_and_introduce(settings: Settings, names: tuple[str, ...]) -> list[Caller]:
    """Loads the demo where it is missing, and makes a token for these users of each tenant."""
    assert settings.database_url is not None
    await load_demo(build_catalog(DOMAINS), owner_url(settings), settings.database_url)
    callers: list[Caller] = []
    for slug, email in [(slug, f"{name}@{slug}.example") for slug in data.SLUGS for name in names]:
        try:
            callers.append(Caller(slug, email, await introduce(settings, slug, email, None)))
        except NotFound:
            continue  # somebody deleted the seat; the demo goes on without it
    return callers


async def introduce(settings: Settings, tenant: str, user: str | None, role: Role | None) -> str:
    """A token for a user of a tenant, or for a role alone. A tenant given by id is not looked up."""
    if settings.jwt_secret is None:
        raise BadUserInput("BULKHEAD_JWT_SECRET is not set: tokens for development are signed with it.")
    tenant_id, user_id = _uuid(tenant), None
    if tenant_id is None or user is not None:
        async with open_platform(owner_url(settings)) as platform:
            tenant_id = tenant_id or await platform.find_tenant(tenant)
            if user is not None:
                user_id, own_role = await platform.find_user(TenantId(tenant_id), user)
                role = role or own_role
    assert role is not None
    principal = Principal(TenantId(tenant_id), user_id, role)
    return mint_token(
        settings.jwt_secret,
        principal,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        lifetime_s=LIFETIME_S,
    )


async def find_tenant_id(settings: Settings, tenant: str) -> TenantId:
    """A tenant by slug or id."""
    if (tenant_id := _uuid(tenant)) is not None:
        return TenantId(tenant_id)
    async with open_platform(owner_url(settings)) as platform:
        return await platform.find_tenant(tenant)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
