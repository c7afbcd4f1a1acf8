"""The endpoints: `/graphql`, the page for engineers, health and the schema.

In: HTTP requests.  Out: HTTP responses.  Rejects: whoever is not known (401), before anything else is looked at.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.principal import Principal
from app.auth.verifier import TokenVerifier
from app.db.database import Database, RequestContext
from app.errors import BadUserInput, BulkheadError, Unauthenticated
from app.graph.execution import Engine
from app.graph.responses import Answer
from app.graph.running import Execution
from app.web.protocol import (
    GRAPHQL_JSON,
    JSON,
    Headers,
    RequestRefused,
    read_request,
    response_type,
    send_answer,
    send_refusal,
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
    """`/graphql`: GraphQL for programs, GraphiQL for browsers.

    An ASGI app of its own: Starlette's routing, requests and responses would double what HTTP costs (performance.md).
    """

    engine: Engine
    verifier: TokenVerifier
    max_body_bytes: int
    page: str | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one GET or POST."""
        headers = dict(scope["headers"])
        accept = headers.get(b"accept")
        if self.page is not None and scope["method"] == "GET" and wants_page(accept):
            page = HTMLResponse(
                self.page, headers={"content-security-policy": _PAGE_POLICY, "cache-control": "no-store"}
            )
            await page(scope, receive, send)
            return
        media_type = response_type(accept)
        if media_type is None:
            await send_refusal(send, BadUserInput(f"Accept {GRAPHQL_JSON} or {JSON}."), 406, JSON)
            return
        try:
            answer = await self._answer(scope, headers, receive)
        except ClientDisconnect:
            return
        except RequestRefused as refused:
            await send_refusal(send, refused.error, refused.status, media_type)
        except BulkheadError as error:
            scope["state"]["log"]["codes"] = [error.code]
            await send_refusal(send, error, error.http_status, media_type)
        else:
            await send_answer(send, answer, media_type)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive) -> Answer:
        line = scope["state"]["log"]
        principal = await self._principal(scope, headers)
        line["tenant"], line["role"] = str(principal.tenant), principal.role.value
        asked = await read_request(scope, headers, receive, self.max_body_bytes)
        agent = headers.get(b"user-agent", b"").decode("latin-1")[:_MAX_USER_AGENT]
        address = _address(scope["client"][0]) if scope["client"] else ""
        context = RequestContext(principal, line["request_id"], address, agent)
        execution = Execution(context, wants_cost=COST_HEADER.encode() in headers)
        answer = await self.engine.execute(
            asked.query, asked.variables, asked.operation_name, execution, may_mutate=scope["method"] == "POST"
        )
        if execution.operation_name:
            line["operation"] = execution.operation_name
        if answer.errors:
            line["codes"] = [error["extensions"]["code"] for error in answer.errors]
        return answer

    async def _principal(self, scope: Scope, headers: Headers) -> Principal:
        if len(headers) < len(scope["headers"]) and _repeats(scope["headers"], b"authorization"):
            raise Unauthenticated("Send one Authorization header.")
        value = headers.get(b"authorization")
        return await self.verifier.principal_from_header(None if value is None else value.decode("latin-1"))


@dataclass(frozen=True, slots=True)
class Shortcut:
    """ASGI middleware: POSTs to one path go straight to their endpoint, past the router and what wraps it."""

    app: ASGIApp
    path: str
    endpoint: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers through the endpoint, or through the rest of the app."""
        is_short = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == self.path
        await (self.endpoint if is_short else self.app)(scope, receive, send)


def _repeats(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bool:
    return [key for key, _ in headers].count(name) > 1


@lru_cache(maxsize=10_000)
def _address(host: str) -> str:
    """The caller's address; nothing when what a proxy forwarded is none."""
    try:
        return str(ip_address(host))
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
