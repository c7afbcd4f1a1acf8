"""Builds the Starlette app. Reads like a table of contents: what the gateway is made of, and what is served where."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from functools import cache

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app.audit.sealing import Sealer, WrittenTenants
from app.auth.verifier import TokenVerifier, verifier_from
from app.catalog import Catalog, build_catalog
from app.db.database import Database, DatabaseOptions
from app.db.sqlstate import ErrorTranslator
from app.domains import DOMAINS
from app.errors import StartRefused
from app.graph.execution import Engine
from app.graph.schema import print_sdl
from app.isolation.doctor import examine_at
from app.plan.planning import Limits
from app.settings import Settings
from app.vault.configured import vault_of
from app.web.endpoints import (
    COST_HEADER,
    IDEMPOTENCY_HEADER,
    STATIC,
    GraphQLEndpoint,
    ReadyEndpoint,
    SchemaEndpoint,
    graphiql_page,
    healthz,
)
from app.web.logs import REQUEST_ID_HEADER, RequestLog, configure_logs
from app.web.serving import made_to_last

GRAPHQL = "/graphql"
FIRST_QUERY = """# Ctrl+Enter runs it. The docs on the left list everything else.
query Connections {
  users(first: 3, orderBy: [{ email: ASC }]) {
    totalCount
    nodes {
      name
      email
      role
      connections {
        nodes {
          provider
          status
          syncJobs(orderBy: [{ startedAt: DESC }], first: 2) {
            nodes {
              status
              recordsProcessed
              startedAt
            }
          }
        }
      }
    }
  }
  connectionStats {
    groups(by: [PROVIDER, STATUS]) {
      keys {
        provider
        status
      }
      count
    }
  }
}
"""


def worker_app() -> Starlette:
    """The app of a process that uvicorn started: everything it needs is in the environment."""
    settings = Settings()
    configure_logs(settings.log_level)
    with made_to_last():
        return create_app(settings)


def create_app(settings: Settings, demo_token: str | None = None) -> Starlette:
    """The app of these settings: its routes now, its pool and its checks when it starts."""
    return _app(settings, build_catalog(DOMAINS), demo_token, checked=False)


def checked_app(settings: Settings, demo_token: str | None = None) -> Starlette:
    """The app of these settings, made while Postgres is busy with the checks. Raises StartRefused or Unavailable."""
    catalog = build_catalog(DOMAINS)
    with ThreadPoolExecutor(1) as aside:
        checked = aside.submit(asyncio.run, refuse_unsafe_database(settings, catalog))
        app = _app(settings, catalog, demo_token, checked=True)
        checked.result()
    return app


def check_start(settings: Settings) -> None:
    """Raises StartRefused or Unavailable where workers of these settings would not serve."""
    _verifier(settings)
    vault_of(settings)
    asyncio.run(refuse_unsafe_database(settings, build_catalog(DOMAINS)))


def _app(settings: Settings, catalog: Catalog, demo_token: str | None, *, checked: bool) -> Starlette:
    written = WrittenTenants()
    on_write = written.add if settings.audit_seal_seconds else None
    database = Database(_database_url(settings), database_options(settings), ErrorTranslator(catalog), on_write)
    engine = Engine(catalog, database, limits(settings), vault_of(settings))
    page = graphiql_page(demo_token, FIRST_QUERY) if settings.graphiql else None
    graphql = GraphQLEndpoint(engine, _verifier(settings), settings.max_body_bytes, page)
    sealer = _sealer(settings, database, written)
    return Gateway(graphql, settings, engine, database, sealer, None if checked else catalog)


def _sealer(settings: Settings, database: Database, written: WrittenTenants) -> Sealer | None:
    """What seals the audit log behind the requests, unless it is switched off."""
    every_s, timeout_ms = settings.audit_seal_seconds, settings.statement_timeout_ms
    return Sealer(database, written, every_s, settings.seal_key, timeout_ms) if every_s else None


class Gateway(Starlette):
    """`/graphql`, and beside it what Starlette routes. What is asked most goes past routes and all that wraps them."""

    def __init__(
        self,
        graphql: GraphQLEndpoint,
        settings: Settings,
        engine: Engine,
        database: Database,
        sealer: Sealer | None,
        unchecked: Catalog | None,
    ) -> None:
        super().__init__(
            routes=_routes(settings, engine, database),
            lifespan=lambda _: _lifespan(settings, database, sealer, unchecked),
        )
        self._graphql = graphql
        self._beside = super().__call__
        self._way = _with_cors(self._fork, settings.cors_origins) if settings.cors_origins else self._fork

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override]
        """Answers a request."""
        return self._way(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """What a request for anything but GraphQL goes through."""
        return RequestLog(super().build_middleware_stack())

    def _fork(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return (
            self._graphql(scope, receive, send) if scope.get("path") == GRAPHQL else self._beside(scope, receive, send)
        )


def _routes(settings: Settings, engine: Engine, database: Database) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route("/schema.graphql", SchemaEndpoint(cache(lambda: print_sdl(engine.schema))).respond),
        Route("/healthz", healthz),
        Route("/readyz", ReadyEndpoint(database).respond),
    ]
    return routes + ([Mount("/graphiql", StaticFiles(directory=STATIC))] if settings.graphiql else [])


def _verifier(settings: Settings) -> TokenVerifier:
    try:
        return verifier_from(
            jwt_secret=settings.jwt_secret,
            jwt_public_key=settings.jwt_public_key,
            jwks_url=settings.jwks_url,
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
        )
    except ValueError as exc:
        names = "BULKHEAD_JWT_SECRET, BULKHEAD_JWT_PUBLIC_KEY or BULKHEAD_JWKS_URL"
        raise StartRefused(f"Tokens need one key, as {names}: {exc}.") from exc


def _with_cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    shared = CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", REQUEST_ID_HEADER, COST_HEADER, IDEMPOTENCY_HEADER],
        expose_headers=[REQUEST_ID_HEADER],
    )
    preflight = RequestLog(shared)  # answered without the app, which logs everything else

    async def fork(scope: Scope, receive: Receive, send: Send) -> None:
        asks = scope.get("method") == "OPTIONS" and b"access-control-request-method" in dict(scope["headers"])
        await (preflight if asks else shared)(scope, receive, send)

    return fork


@asynccontextmanager
async def _lifespan(
    settings: Settings, database: Database, sealer: Sealer | None, unchecked: Catalog | None
) -> AsyncIterator[None]:
    await database.open()
    try:
        if unchecked is not None:
            await refuse_unsafe_database(settings, unchecked)
        async with sealer.at_work() if sealer else nullcontext():
            yield
    finally:
        await database.close()


async def refuse_unsafe_database(settings: Settings, catalog: Catalog) -> None:
    """Raises StartRefused, saying what is wrong where, unless every isolation rule holds; or Unavailable."""
    report = await examine_at(_database_url(settings), catalog)
    if not report.clean:
        holes = "".join(f"\n  {hole.object}: {hole.problem}" for hole in report.findings)
        raise StartRefused(f"The database does not keep tenants apart (`bulkhead doctor` tells more):{holes}")


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[tuple[Engine, Database]]:
    """The engine and its database without a server around them, for the command."""
    catalog = build_catalog(DOMAINS)
    database = Database(_database_url(settings), database_options(settings), ErrorTranslator(catalog))
    await database.open()
    try:
        yield Engine(catalog, database, limits(settings), vault_of(settings)), database
    finally:
        await database.close()


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise StartRefused("DATABASE_URL is not set; `bulkhead serve` starts an embedded Postgres without it.")
    return settings.database_url


def database_options(settings: Settings) -> DatabaseOptions:
    """The settings that are about the pool."""
    return DatabaseOptions(
        pool_size=settings.pool_size,
        pool_timeout_ms=settings.pool_timeout_ms,
        statement_timeout_ms=settings.statement_timeout_ms,
        tenant_connections=settings.tenant_connections,
        prepared_statements=settings.prepared_statements,
    )


def limits(settings: Settings) -> Limits:
    """The settings that are about requests."""
    return Limits(
        default_page_rows=min(settings.default_page_rows, settings.max_page_rows),
        max_page_rows=settings.max_page_rows,
        max_counted_rows=settings.max_counted_rows,
        max_nodes=settings.max_nodes,
        max_cost=settings.max_cost,
        max_depth=settings.max_depth,
        max_document_characters=settings.max_document_characters,
        max_tokens=settings.max_tokens,
        max_nesting=settings.max_nesting,
        max_definitions=settings.max_definitions,
        max_aliases=settings.max_aliases,
        max_root_fields=settings.max_root_fields,
        max_directives=settings.max_directives,
        max_selections=settings.max_selections,
        max_field_pairs=settings.max_field_pairs,
    )
