"""Writes the demo's rows: tenants as the platform, everything else as each tenant's owner, through the policies.

In: the URLs of both logins.  Out: a database with demo data; nothing happens when it is there already.
"""

from app.auth.principal import Principal, UserId
from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.platform import Platform, open_platform
from app.db.sqlstate import ErrorTranslator
from app.demo import data
from app.domains.analytics.tables import AnalyticsEvent
from app.domains.integrations.tables import Connection, Integration, SyncJob
from app.domains.tenancy.tables import User
from app.errors import NotFound
from app.model import Role
from app.repositories import Rows
from app.vault.data_keys import Vault


async def load_demo(catalog: Catalog, owner_url: str, app_url: str) -> bool:
    """Loads the demo tenants that are missing. Returns whether there were any."""
    async with open_platform(owner_url) as platform:
        missing = [slug for slug in data.SLUGS if await _is_missing(platform, slug)]
    if missing:
        options = DatabaseOptions(pool_size=1, statement_timeout_ms=60_000)
        database = Database(app_url, options, ErrorTranslator(catalog))
        await database.open()
        try:
            for slug in missing:
                await _load_tenant(catalog, database, slug)
        finally:
            await database.close()
    return bool(missing)


async def _is_missing(platform: Platform, slug: str) -> bool:
    """Whether a tenant's rows are still to be written; they come all at once, so any seat stands for them."""
    tenant = data.tenant(slug)
    try:
        await platform.find_tenant(slug)
    except NotFound:
        await platform.provision(tenant)
    return not await platform.has_users(tenant.id)


async def _load_tenant(catalog: Catalog, database: Database, slug: str) -> None:
    owner = UserId(data.made_id(slug, f"owner@{slug}.example"))
    context = RequestContext(Principal(data.tenant(slug).id, owner, Role.OWNER), request_id="demo")
    async with database.write(context) as tx:
        rows = Rows(tx, catalog, Vault())
        await rows.insert_many(User, data.users(slug))
        await rows.insert_many(Integration, data.integrations(slug))
        await rows.insert_many(Connection, data.connections(slug))
        await rows.insert_many(SyncJob, list(data.sync_jobs(slug)))
        await rows.insert_many(AnalyticsEvent, list(data.analytics_events(slug)))
