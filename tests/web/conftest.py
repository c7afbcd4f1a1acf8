"""The whole app, as a client meets it: HTTP in, HTTP out, a real Postgres behind."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from app.auth.mint import mint_token
from app.server import create_app
from app.settings import Settings
from app.web.logs import configure_logs
from tests.conftest import TestDatabase, create_database
from tests.world import ACME, TenantWorld

configure_logs("INFO")
logging.getLogger("httpx").setLevel(logging.WARNING)

SECRET = "a secret of the tests, long enough for HS256"


def token_of(tenant: TenantWorld = ACME, name: str = "owner", *, lifetime_s: int = 600) -> str:
    """A token of a tenant's user."""
    return mint_token(SECRET, tenant.principal(name), issuer=None, audience=None, lifetime_s=lifetime_s)


@dataclass
class Client:
    """An HTTP client with a caller."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": f"Bearer {token_of()}"})

    async def post(self, query: str, *, headers: dict[str, str] | None = None, **body: object) -> httpx.Response:
        """POSTs a query."""
        sent = {**self.headers, **(headers or {})}
        return await self.http.post("/graphql", json={"query": query, **body}, headers=sent)


def settings_for(database: TestDatabase, **changes: object) -> Settings:
    """Settings that read no environment and no .env file."""
    base: dict[str, object] = {"DATABASE_URL": database.app_url, "jwt_secret": SECRET, "pool_size": 3}
    return Settings.model_validate(base | changes)


@pytest.fixture(scope="module")
async def client(template: TestDatabase) -> AsyncIterator[Client]:
    """A client of an app on a database of its own."""
    database = await create_database(template.server, template.name)
    app = create_app(settings_for(database, cors_origins="https://spa.example"))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://bulkhead.test") as http:
            yield Client(http)
