"""A world for reading: enough rows of one tenant for pages, with nulls and ties in whatever they are ordered by.

Words are lower-case letters, so that every collation orders them alike. Moments lie on both sides of midnight, of the
ends of months and of changes of the clock, in one time zone or another. The same paths of JSON lead to values of
several types.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg

from tests.conftest import TestDatabase
from tests.world import ACME, GLOBEX, START, TenantWorld, made_id

WORDS = ("ash", "birch", "cedar", "elm", "fir")
PROVIDERS = ("GITHUB", "NOTION", "JIRA", "SLACK")
FUNCTIONS = ("AUTHOR", "EDITOR", "OPERATOR", "PM", "other")
PERMISSIONS = ("content:write", "data:read", "jobs:run", "zebra:feed")
MOMENTS = (
    START,
    START + timedelta(microseconds=1),
    START + timedelta(milliseconds=120),
    START + timedelta(minutes=2),
    datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 8, 6, 30, tzinfo=UTC),  # New York's clock goes forward at 7
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),  # Berlin's clock goes forward at 1
    datetime(2026, 3, 29, 1, 15, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # Berlin's clock shows this hour and the next as the same
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
)
DOCUMENTS: Sequence[Any] = (
    {"a": 1, "b": {"c": "x", "d": [1, 2.5, [3]]}},
    {"a": 1.0, "b": {"c": None}},
    {"a": [1, '"', None], "b": "x"},
    {"a": True, "b": {"c": "elm"}},
    {"a": "elm", "b": {"d": [{"a": 1}, {"a": 2, "b": 3}]}},
    {"a": [{"a": 1}, 2.5, "x"]},
    {"a": None},
    {},
    [],
    ["x", 1, {"a": 1}],
    [[1, 2], {"a": [1]}],
    "x",
    1,
    True,
)


async def fill_richly(database: TestDatabase) -> None:
    """Adds users, connections, sync jobs, integrations and events to both tenants."""
    superuser = await database.superuser()
    try:
        for tenant in (ACME, GLOBEX):
            async with superuser.transaction():
                await superuser.execute("select app.set_context($1, null, 'OWNER', 'fill', '', '', 0)", tenant.id)
                await _Filling(superuser, tenant, Random(7)).fill()  # noqa: S311
            async with superuser.transaction():
                await superuser.execute("select app.set_context($1, null, null, 'fill', '', '', 0)", tenant.id)
                await superuser.execute("select app.seal_audit($1)", tenant.id)
    finally:
        await superuser.close()


class _Filling:
    """One tenant being filled."""

    def __init__(self, db: "asyncpg.Connection[asyncpg.Record]", tenant: TenantWorld, random: Random) -> None:
        self._db = db
        self._tenant = tenant
        self._random = random

    async def fill(self) -> None:
        # The small world's names start with a capital letter.
        await self._db.execute("update public.tenants set name = lower(name) where tenant_id = $1", self._tenant.id)
        await self._db.execute("update public.users set name = lower(name) where tenant_id = $1", self._tenant.id)
        await self._db.execute(
            "update public.integrations set name = lower(name) where tenant_id = $1", self._tenant.id
        )
        for number in range(10):
            await self._user(number)
        for number in range(5):
            await self._integration(number)
        for number in range(20):
            await self._event(number)

    async def _user(self, number: int) -> None:
        user = made_id("rich", self._tenant.slug, "user", number)
        await self._insert(
            "users",
            id=user,
            email=f"{self._one(WORDS)}{number}@rich.example",
            name=self._maybe(self._one(WORDS)),
            first_name=self._maybe(self._one((*WORDS, ""))),
            last_name=self._maybe(self._one(WORDS)),
            role=self._one(("VIEWER", "MEMBER", "MANAGER", "ADMIN")),
            functions=self._some(FUNCTIONS),
            extra_permissions=self._some(PERMISSIONS),
            email_verified=self._one((True, False)),
            last_login_at=self._maybe(self._one(MOMENTS)),
            preferences=json.dumps(self._one(DOCUMENTS)),
        )
        for connection in range(self._random.randrange(4)):
            await self._connection(user, number, connection)

    async def _connection(self, user: object, *numbers: int) -> None:
        connection = made_id("rich", self._tenant.slug, "connection", *numbers)
        await self._insert(
            "connections",
            id=connection,
            user_id=user,
            provider=self._one(PROVIDERS),
            connection_id="broker" + "of".join(map(str, numbers)),
            status=self._one(("ACTIVE", "ERROR")),
            metadata=self._maybe(json.dumps(self._one(DOCUMENTS))),
            last_sync_at=self._maybe(self._one(MOMENTS)),
        )
        for job in range(self._random.randrange(5)):
            await self._sync_job(connection, *numbers, job)

    async def _sync_job(self, connection: object, *numbers: int) -> None:
        await self._insert(
            "sync_jobs",
            id=made_id("rich", self._tenant.slug, "job", *numbers),
            connection_id=connection,
            sync_id="job" + "of".join(map(str, numbers)),
            status=self._one(("COMPLETED", "FAILED", "PENDING")),
            records_processed=self._random.randrange(4) * 10,
            errors=self._maybe(json.dumps(self._one(DOCUMENTS))),
            started_at=self._one(MOMENTS),
            completed_at=self._maybe(self._one(MOMENTS)),
        )

    async def _integration(self, number: int) -> None:
        await self._insert(
            "integrations",
            id=made_id("rich", self._tenant.slug, "integration", number),
            name=self._one(WORDS),
            provider=f"{self._one(WORDS)}{number}",
            description=self._maybe(self._one(WORDS)),
            config=json.dumps(self._one(DOCUMENTS)),
            enabled=self._one((True, False)),
            last_sync_at=self._maybe(self._one(MOMENTS)),
        )

    async def _event(self, number: int) -> None:
        await self._insert(
            "analytics_events",
            id=made_id("rich", self._tenant.slug, "event", number),
            event_type=self._one(WORDS[:2]),
            event_name=self._one(WORDS),
            properties=json.dumps(self._one(DOCUMENTS)),
            source=self._maybe(self._one(WORDS[:3])),
            timestamp=self._one(MOMENTS),
        )

    async def _insert(self, table: str, **values: object) -> None:
        places = ", ".join(f"${i}" for i in range(2, len(values) + 2))
        text = f"insert into public.{table} (tenant_id, {', '.join(values)}) values ($1, {places})"
        await self._db.execute(text, self._tenant.id, *values.values())

    def _one(self, items: Sequence[Any]) -> Any:
        return self._random.choice(items)

    def _some(self, items: Sequence[str]) -> list[str]:
        return self._random.sample(items, self._random.randrange(3))

    def _maybe(self, value: object) -> object:
        return value if self._random.random() < 0.6 else None
