"""A small world to test in: two tenants of the same shape, with ids that tests can name.

Each tenant has an owner, an admin, a member and a viewer; the owner and the member have a connection each, and each of
these has sync jobs; one integration, whose credentials are a secret; three analytics events. Ids are made from names,
so `acme` and `globex` differ in the tenant only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

import asyncpg
import orjson

from app.auth.principal import Principal, TenantId, UserId
from app.model import Role
from app.vault.data_keys import Vault
from app.vault.masters import MasterKeys
from app.vault.sealing import Place

START = datetime(2026, 1, 1, tzinfo=UTC)


def made_id(*names: object) -> UUID:
    """The id of what has these names."""
    return uuid5(NAMESPACE_DNS, "/".join(map(str, names)))


@dataclass(frozen=True)
class TenantWorld:
    """One tenant and the names of what it has."""

    slug: str

    @property
    def id(self) -> TenantId:
        return TenantId(made_id("tenant", self.slug))

    def user(self, name: str) -> UserId:
        """`owner`, `admin`, `member` or `viewer`."""
        return UserId(made_id("user", self.slug, name))

    def connection(self, name: str) -> UUID:
        """The connection of `owner` or `member`."""
        return made_id("connection", self.slug, name)

    def sync_job(self, name: str, number: int) -> UUID:
        """A sync job of the connection of that name; numbers from 0 to 6."""
        return made_id("sync_job", self.slug, name, number)

    @property
    def integration(self) -> UUID:
        return made_id("integration", self.slug)

    def event(self, number: int) -> UUID:
        """An analytics event; numbers from 0 to 2."""
        return made_id("event", self.slug, number)

    def principal(self, name: str = "owner") -> Principal:
        """The caller of that name, with the role of the same name."""
        return Principal(self.id, self.user(name), Role[name.upper()])


ACME = TenantWorld("acme")
GLOBEX = TenantWorld("globex")
NOBODY_ID = made_id("what nobody owns")
SYNC_JOBS = 7
CANARY = "a secret that sings"
"""What tests begin their secrets with; at the end of a run, no file of Postgres has it (tests/conftest.py)."""
MASTER_KEYS = MasterKeys([("tests", bytes(range(32)))])
# Of users: their functions, and permissions on top.
FUNCTIONS = {"admin": (("EDITOR", "PM"), ()), "member": (("EDITOR",), ("jobs:run",))}
# Of events: the same path leads to numbers, a text, null and nothing.
PROPERTIES = (
    {"page": {"path": "/a", "ms": 120}, "tags": ["new", "ad"]},
    {"page": {"path": "/b", "ms": 80.5}, "tags": []},
    {"page": {"path": None, "ms": "slow"}, "logged": True},
)


async def fill(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Puts both tenants into an empty database."""
    for tenant in (ACME, GLOBEX):
        async with superuser.transaction():
            await superuser.execute("select app.set_context($1, null, 'OWNER', 'fill', '', '', 0)", tenant.id)
            await _fill_tenant(superuser, tenant)


async def _fill_tenant(db: "asyncpg.Connection[asyncpg.Record]", tenant: TenantWorld) -> None:
    await db.execute(
        """insert into public.tenants (tenant_id, name, slug, domain, max_users, max_integrations)
           values ($1, $2, $3, $4, 10000, 10000)""",
        tenant.id, tenant.slug.title(), tenant.slug, f"{tenant.slug}.example",
    )  # fmt: skip
    for name in ("owner", "admin", "member", "viewer"):
        functions, permissions = FUNCTIONS.get(name, ((), ()))
        await db.execute(
            """insert into public.users (tenant_id, id, email, name, role, functions, extra_permissions)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            tenant.id, tenant.user(name), f"{name}@{tenant.slug}.example", name.title(), name.upper(), functions,
            permissions,
        )  # fmt: skip
    for name, provider, status in (("owner", "GITHUB", "ACTIVE"), ("member", "SLACK", "ERROR")):
        await db.execute(
            """insert into public.connections (tenant_id, id, user_id, provider, connection_id, status, metadata)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            tenant.id, tenant.connection(name), tenant.user(name), provider, f"broker-{name}", status,
            orjson.dumps({"accountName": name}).decode(),
        )  # fmt: skip
        for number in range(SYNC_JOBS):
            await db.execute(
                """insert into public.sync_jobs
                     (tenant_id, id, connection_id, sync_id, status, records_processed, started_at, completed_at)
                   values ($1, $2, $3, $4, $5, $6, $7, $8)""",
                tenant.id, tenant.sync_job(name, number), tenant.connection(name), f"sync-{name}-{number}",
                ("COMPLETED", "FAILED", "IN_PROGRESS")[number % 3], number * 10, START + timedelta(hours=number),
                None if number % 3 == 2 else START + timedelta(hours=number, minutes=5),
            )  # fmt: skip
    key = await Vault(MASTER_KEYS).sealing_key(tenant.id, partial(row_of, db, tenant))
    place = Place(tenant.id, "integrations", "credentials", tenant.integration)
    await db.execute(
        "insert into public.integrations (tenant_id, id, name, provider, credentials) values ($1, $2, $3, $4, $5)",
        tenant.id, tenant.integration, "Ads", "meta-ads", key.seal(place, f"secret of {tenant.slug}"),
    )  # fmt: skip
    await db.execute(
        "insert into public.kept_answers (tenant_id, key, fingerprint, data) values ($1, 'kept', 'x', '{}')",
        tenant.id,
    )
    for number in range(3):
        await db.execute(
            """insert into public.analytics_events (tenant_id, id, event_type, event_name, properties)
               values ($1, $2, $3, $4, $5)""",
            tenant.id, tenant.event(number), "page", f"viewed-{number}", orjson.dumps(PROPERTIES[number]).decode(),
        )  # fmt: skip


async def row_of(
    db: "asyncpg.Connection[asyncpg.Record]", tenant: TenantWorld, text: str, values: Sequence[Any]
) -> Sequence[Any] | None:
    """Runs a statement whose `$1` is the tenant; its first row."""
    row: Sequence[Any] | None = await db.fetchrow(text, tenant.id, *values)
    return row
