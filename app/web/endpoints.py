"""The endpoints: `/graphql`, the page for engineers, health and the schema.

In: HTTP requests.  Out: HTTP responses.  Rejects: whoever is not known (401), before anything else is looked at.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from app.auth.principal import Principal
from app.auth.verifier import TokenVerifier
from app.db.database import Database, RequestContext
from app.errors import BadUserInput, BulkheadError, Unauthenticated
from app.graph.execution import Engine
from app.graph.running import Execution
from app.web.protocol import (
    GRAPHQL_JSON,
    JSON,
    RequestRefused,
    read_request,
    render_answer,
    render_refusal,
    response_type,
    wants_page,
)

STATIC = Path(__file__).parent / "static" / "graphiql"
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'"
)
_MAX_USER_AGENT = 256
COST_HEADER = "bulkhead-cost"
"""Whoever sends it, with any value, is told what the operation may cost."""


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """`/graphql`: GraphQL for programs, GraphiQL for browsers."""

    engine: Engine
    verifier: TokenVerifier
    max_body_bytes: int
    page: str | None

    async def respond(self, request: Request) -> Response:
        """Answers one request."""
        accept = request.headers.get("accept")
        if self.page is not None and request.method == "GET" and wants_page(accept):
            headers = {"content-security-policy": _PAGE_POLICY, "cache-control": "no-store"}
            return HTMLResponse(self.page, headers=headers)
        media_type = response_type(accept)
        if media_type is None:
            return render_refusal(BadUserInput(f"Accept {GRAPHQL_JSON} or {JSON}."), 406, JSON)
        return await self._answer(request, media_type)

    async def _answer(self, request: Request, media_type: str) -> Response:
        line = request.scope["state"]["log"]
        try:
            principal = await self._principal(request)
            line |= {"tenant": str(principal.tenant), "role": principal.role.value}
            asked = await read_request(request, self.max_body_bytes)
        except RequestRefused as refused:
            return render_refusal(refused.error, refused.status, media_type)
        except BulkheadError as error:
            line["codes"] = [error.code]
            return render_refusal(error, error.http_status, media_type)
        execution = Execution(_context(request, principal), wants_cost=COST_HEADER in request.headers)
        answer = await self.engine.execute(
            asked.query, asked.variables, asked.operation_name, execution, may_mutate=request.method == "POST"
        )
        line |= {"operation": execution.operation_name} if execution.operation_name else {}
        line |= {"codes": [error["extensions"]["code"] for error in answer.errors]} if answer.errors else {}
        return render_answer(answer, media_type)

    async def _principal(self, request: Request) -> Principal:
        values = request.headers.getlist("authorization")
        if len(values) > 1:
            raise Unauthenticated("Send one Authorization header.")
        return await self.verifier.principal_from_header(values[0] if values else None)


def _context(request: Request, principal: Principal) -> RequestContext:
    agent = request.headers.get("user-agent", "")[:_MAX_USER_AGENT]
    return RequestContext(principal, request.scope["state"]["log"]["request_id"], _client_ip(request), agent)


def _client_ip(request: Request) -> str:
    """The caller's address; nothing when what a proxy forwarded is none."""
    try:
        return str(ip_address(request.client.host)) if request.client else ""
    except ValueError:
        return ""


def graphiql_page(demo_token: str | None, query: str) -> str:
    """GraphiQL's page. Only a demo gives it a token to start with."""
    headers = {"Authorization": f"Bearer {demo_token}"} if demo_token else None
    config = orjson.dumps({"endpoint": "/graphql", "headers": headers, "query": query}).decode()
    # Inside <script>, only "<" could end the block.
    block = '<script id="bulkhead-config" type="application/json">%s</script>'
    page = (STATIC / "index.html").read_text()
    assert block % "{}" in page
    return page.replace(block % "{}", block % config.replace("<", "\\u003c"))


@dataclass(frozen=True, slots=True)
class ReadyEndpoint:
    """`/readyz`: whether requests can be served now."""

    database: Database

    async def respond(self, request: Request) -> Response:
        """200 when the database answers, else 503."""
        try:
            await self.database.ping()
        except BulkheadError as error:
            return PlainTextResponse(f"{error.message}\n", 503)
        return PlainTextResponse("ready\n")


async def healthz(request: Request) -> Response:
    """`/healthz`: whether the process is there at all."""
    return PlainTextResponse("ok\n")


@dataclass(frozen=True, slots=True)
class SchemaEndpoint:
    """`/schema.graphql`: the contract, for code generators. A large one takes half a second to print, once."""

    sdl: Callable[[], str]

    async def respond(self, request: Request) -> Response:
        """The schema in GraphQL's schema language."""
        return PlainTextResponse(await asyncio.to_thread(self.sdl))
