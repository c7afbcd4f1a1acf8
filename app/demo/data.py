"""The demo's rows, made from a seed. Pure: the same at every run."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from app.auth.principal import TenantId
from app.db.platform import NewTenant
from app.domains.integrations.tables import ConnectionStatus, IntegrationStatus, Provider, SyncStatus

Row = dict[str, Any]

SLUGS = ("acme", "globex", "initech")
SEATS = ("owner", "admin", "member", "viewer")
MORE_USERS = 20
CONNECTIONS = 60
SYNC_JOBS = 20
EVENTS = 2_000
TODAY = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

_NAMES = (
    "Ada Berg", "Bruno Castel", "Chiara Dahl", "Dev Anand", "Elif Demir", "Farid Haddad", "Greta Olsen", "Hugo Marin",
    "Ines Rocha", "Jonas Keller", "Kaya Lund", "Liam Byrne", "Mei Tanaka", "Nils Holm", "Olga Petrova", "Paulo Reis",
    "Quinn Adler", "Rosa Vidal", "Sami Korhonen", "Tara Singh",
)  # fmt: skip
_INTEGRATIONS = (
    ("Point of sale", "pos", IntegrationStatus.ACTIVE),
    ("Meta Ads", "meta-ads", IntegrationStatus.ACTIVE),
    ("Google Analytics", "google-analytics", IntegrationStatus.PENDING),
    ("Warehouse", "warehouse", IntegrationStatus.ERROR),
    ("Newsletter", "newsletter", IntegrationStatus.DISABLED),
)
_EVENTS = (("page", "viewed"), ("page", "left"), ("order", "placed"), ("order", "paid"), ("ad", "clicked"))
_ERRORS = (("Rate limit exceeded", "RATE_LIMIT"), ("The token was revoked", "ACCESS_DENIED"))


def made_id(*names: object) -> UUID:
    """The id of what has these names; the same at every run."""
    return uuid5(NAMESPACE_DNS, "demo/" + "/".join(map(str, names)))


def tenant(slug: str) -> NewTenant:
    """A tenant."""
    id_ = TenantId(made_id(slug))
    return NewTenant(id_, slug.title(), slug, f"{slug}.example", "business", max_users=50, max_integrations=10)


def users(slug: str) -> list[Row]:
    """Four seats named for their roles, and twenty members."""
    seats = [(f"{name}@{slug}.example", f"{slug.title()} {name.title()}", name.upper()) for name in SEATS]
    people = islice(cycle(_NAMES), MORE_USERS)
    seats += [(f"{name.split()[0].lower()}@{slug}.example", name, "MEMBER") for name in people]
    return [
        {
            "id": made_id(slug, email),
            "email": email,
            "name": name,
            "firstName": name.split()[0],
            "lastName": name.split()[-1],
            "role": role,
        }
        for email, name, role in seats
    ]


def integrations(slug: str) -> list[Row]:
    """Data sources of the whole tenant."""
    return [
        {
            "id": made_id(slug, provider),
            "name": name,
            "provider": provider,
            "status": status,
            "enabled": status is IntegrationStatus.ACTIVE,
            "config": {"region": "eu"},
        }
        for name, provider, status in _INTEGRATIONS
    ]


def connections(slug: str) -> list[Row]:
    """Sixty connections over every provider and status."""
    owners = cycle(users(slug))
    statuses = [*ConnectionStatus, ConnectionStatus.ACTIVE, ConnectionStatus.ACTIVE]
    return [
        {
            "id": made_id(slug, "connection", n),
            "userId": next(owners)["id"],
            "provider": list(Provider)[n % len(Provider)],
            "connectionId": f"{slug}_project{n:02}",
            "status": (status := statuses[n // len(Provider) % len(statuses)]),
            "metadata": _connection_metadata(slug, n, status),
            "lastSyncAt": TODAY - timedelta(hours=n) if status is ConnectionStatus.ACTIVE else None,
        }
        for n in range(CONNECTIONS)
    ]


def _connection_metadata(slug: str, number: int, status: ConnectionStatus) -> Row:
    metadata: Row = {"accountName": f"{slug}-{number:02}", "permissions": ["read:user", "read:repo"]}
    if status in (ConnectionStatus.ERROR, ConnectionStatus.EXPIRED):
        at = (TODAY - timedelta(hours=number)).isoformat()
        metadata["lastError"] = {"message": "OAuth token expired", "code": "TOKEN_EXPIRED", "timestamp": at}
    return metadata


def sync_jobs(slug: str) -> Iterator[Row]:
    """Twenty runs of each connection, a day apart; the latest may still be going on."""
    chance = random.Random(f"{slug} sync jobs")  # noqa: S311 - demo data, the same at every run
    for connection in connections(slug):
        for n in range(SYNC_JOBS):
            yield _sync_job(chance, connection, n)


def _sync_job(chance: random.Random, connection: Row, number: int) -> Row:
    started = TODAY - timedelta(days=SYNC_JOBS - 1 - number, minutes=chance.randrange(600))
    running = number == SYNC_JOBS - 1 and connection["status"] is ConnectionStatus.ACTIVE
    failed = not running and chance.random() < 0.15
    status = SyncStatus.IN_PROGRESS if running else SyncStatus.FAILED if failed else SyncStatus.COMPLETED
    message, code = chance.choice(_ERRORS)
    return {
        "id": made_id(connection["id"], "sync", number),
        "connectionId": connection["id"],
        "syncId": f"sync_{connection['connectionId']}_{number:02}",
        "status": status,
        "recordsProcessed": chance.randrange(5_000),
        "errors": {"errors": [{"message": message, "code": code}]} if failed else None,
        "startedAt": started,
        "completedAt": None if running else started + timedelta(seconds=chance.randrange(5, 900)),
    }


def analytics_events(slug: str) -> Iterator[Row]:
    """Two thousand events of the last thirty days."""
    chance = random.Random(f"{slug} events")  # noqa: S311 - demo data, the same at every run
    sources = [provider for _, provider, _ in _INTEGRATIONS]
    for n in range(EVENTS):
        event_type, event_name = chance.choice(_EVENTS)
        source = chance.choice(sources)
        yield {
            "id": made_id(slug, "event", n),
            "eventType": event_type,
            "eventName": f"{event_type}.{event_name}",
            "properties": {"amount": chance.randrange(1, 500)} if event_type == "order" else {},
            "source": source,
            "sourceId": f"{source}-{chance.randrange(100):03}",
            "timestamp": TODAY - timedelta(seconds=chance.randrange(30 * 86_400)),
        }
