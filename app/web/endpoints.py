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
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from app.auth.principal import Principal
from app.auth.verifier import TokenVerifier
from app.db.database import Database, RequestContext
from app.errors import BadUserInput, BulkheadError, Unauthenticated
from app.graph.execution import Engine
from app.graph.responses import Answer, as_bulkhead_error, logged
from app.graph.running import Execution
from app.web.logs import RequestLine
from app.web.protocol import (
    GRAPHQL_JSON,
    JSON,
    Headers,
    HttpAnswer,
    RequestRefused,
    idempotency_key,
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
_PAGE_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _PAGE_POLICY.encode()),
    (b"cache-control", b"no-store"),
)
_MAX_USER_AGENT = 256
COST_HEADER = "bulkhead-cost"
"""Whoever sends it, with any value, is told what the operation may cost."""
IDEMPOTENCY_HEADER = "idempotency-key"
"""Whoever sends a mutation with a key may send it again: it runs once, and is answered the same."""


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """`/graphql`: GraphQL for programs, GraphiQL for browsers.

    An ASGI app of its own: Starlette's routing, requests and responses would double what HTTP costs (performance.md).
    """

    engine: Engine
    verifier: TokenVerifier
    max_body_bytes: int
    page: bytes | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, and logs it."""
        line = RequestLine(scope)
        try:
            answer = await self._respond(scope, receive, line)
            line.fields["status"] = answer.status
            headers = [*answer.headers, *line.headers]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
        except ClientDisconnect:
            pass  # nobody is there to be answered
        finally:
            line.write()

    async def _respond(self, scope: Scope, receive: Receive, line: RequestLine) -> HttpAnswer:
        headers = dict(scope["headers"])
        accept = headers.get(b"accept")
        if scope["method"] == "GET" and self.page is not None and wants_page(accept):
            return HttpAnswer(200, ((b"content-length", b"%d" % len(self.page)), *_PAGE_HEADERS), self.page)
        media_type = response_type(accept)
        if media_type is None:
            return render_refusal(BadUserInput(f"Accept {GRAPHQL_JSON} or {JSON}."), 406, JSON)
        try:
            return render_answer(await self._answer(scope, headers, receive, line), media_type)
        except RequestRefused as refused:
            return render_refusal(refused.error, refused.status, media_type)
        except BulkheadError as error:
            line.fields["codes"] = [error.code]
            return render_refusal(error, error.http_status, media_type)
        except ClientDisconnect:
            raise
        except Exception as exc:
            ours = logged(as_bulkhead_error(exc))
            line.fields["codes"] = [ours.code]
            return render_refusal(ours, 500, media_type)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive, line: RequestLine) -> Answer:
        principal = await self._principal(scope, headers)
        line.fields["tenant"], line.fields["role"] = principal.tenant_text, principal.role_text
        asked = await read_request(scope, headers, receive, self.max_body_bytes)
        agent = headers.get(b"user-agent", b"").decode("latin-1")[:_MAX_USER_AGENT]
        address = _address(scope["client"][0]) if scope["client"] else ""
        context = RequestContext(principal, line.request_id, address, agent)
        execution = Execution(
            context,
            wants_cost=COST_HEADER.encode() in headers,
            idempotency_key=idempotency_key(headers.get(IDEMPOTENCY_HEADER.encode())),
        )
        answer = await self.engine.execute(
            asked.query, asked.variables, asked.operation_name, execution, may_mutate=scope["method"] == "POST"
        )
        if execution.operation_name:
            line.fields["operation"] = execution.operation_name
        if answer.errors:
            line.fields["codes"] = [error["extensions"]["code"] for error in answer.errors]
        return answer

    async def _principal(self, scope: Scope, headers: Headers) -> Principal:
        if len(headers) < len(scope["headers"]) and _repeats(scope["headers"], b"authorization"):
            raise Unauthenticated("Send one Authorization header.")
        value = headers.get(b"authorization")
        return await self.verifier.principal_from_header(None if value is None else value.decode("latin-1"))


def _repeats(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bool:
    return [key for key, _ in headers].count(name) > 1


@lru_cache(maxsize=10_000)
def _address(host: str) -> str:
    """The caller's address; nothing when what a proxy forwarded is none."""
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


def graphiql_page(demo_token: str | None, query: str) -> bytes:
    """GraphiQL's page. Only a demo gives it a token to start with."""
    headers = {"Authorization": f"Bearer {demo_token}"} if demo_token else None
    config = orjson.dumps({"endpoint": "/graphql", "headers": headers, "query": query}).decode()
    # Inside <script>, only "<" could end the block.
    block = '<script id="bulkhead-config" type="application/json">%s</script>'
    page = (STATIC / "index.html").read_text()
    assert block % "{}" in page
    return page.replace(block % "{}", block % config.replace("<", "\\u003c")).encode()


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
