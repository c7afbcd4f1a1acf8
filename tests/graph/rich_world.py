"""A world for reading: enough rows of one tenant for pages, with nulls and ties in the columns to order by.

Words are lower-case letters, so that every collation orders them alike.
"""

from datetime import timedelta
from random import Random

import asyncpg

from tests.conftest import TestDatabase
from tests.world import ACME, GLOBEX, START, TenantWorld, made_id

WORDS = ("ash", "birch", "cedar", "elm", "fir")
PROVIDERS = ("GITHUB", "NOTION", "JIRA", "SLACK")


async def fill_richly(database: TestDatabase) -> None:
    """Adds users, connections and sync jobs to both tenants."""
    superuser = await database.superuser()
    try:
        for tenant in (ACME, GLOBEX):
            async with superuser.transaction():
                await superuser.execute("select app.set_context($1, null, 'OWNER', 'fill', '', '', 0)", tenant.id)
                await _fill(superuser, tenant, Random(7))  # noqa: S311
    finally:
        await superuser.close()


async def _fill(db: "asyncpg.Connection[asyncpg.Record]", tenant: TenantWorld, random: Random) -> None:
    def maybe(value: object) -> object:
        return value if random.random() < 0.6 else None

    for u in range(8):
        user = made_id("rich", tenant.slug, "user", u)
        await db.execute(
            """insert into public.users (tenant_id, id, email, name, first_name, role, email_verified, last_login_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            tenant.id, user, f"{random.choice(WORDS)}{u}", maybe(random.choice(WORDS)), maybe(random.choice(WORDS)),
            random.choice(("VIEWER", "MEMBER")), random.random() < 0.5,
            maybe(START + timedelta(days=random.randrange(3))),
        )  # fmt: skip
        for c in range(random.randrange(4)):
            connection = made_id("rich", tenant.slug, "connection", u, c)
            await db.execute(
                """insert into public.connections
                     (tenant_id, id, user_id, provider, connection_id, status, metadata, last_sync_at)
                   values ($1, $2, $3, $4, $5, $6, $7, $8)""",
                tenant.id, connection, user, random.choice(PROVIDERS), f"broker{u}of{c}",
                random.choice(("ACTIVE", "ERROR")), maybe('{"a": [1, "\\"", null]}'),
                maybe(START + timedelta(hours=random.randrange(3))),
            )  # fmt: skip
            for j in range(random.randrange(5)):
                await db.execute(
                    """insert into public.sync_jobs (tenant_id, id, connection_id, sync_id, status, records_processed,
                         errors, started_at, completed_at)
                       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
                    tenant.id, made_id("rich", tenant.slug, "job", u, c, j), connection, f"job{u}of{c}of{j}",
                    random.choice(("COMPLETED", "FAILED", "PENDING")), random.randrange(4) * 10, maybe('["e"]'),
                    START + timedelta(minutes=random.randrange(4), microseconds=random.choice((0, 120_000, 1))),
                    maybe(START + timedelta(hours=random.randrange(3))),
                )  # fmt: skip
