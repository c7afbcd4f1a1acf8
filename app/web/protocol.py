"""GraphQL over HTTP: what a request says, and which status and type its answer has.

In: an HTTP request.  Out: GraphQLRequest; an HTTP response for an Answer.
Rejects: other media types (415, 406), bodies that are too large (413) or no GraphQL request (400).
Source: the GraphQL-over-HTTP specification, sections "Request" and "Response".
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from app.errors import BadUserInput, BulkheadError
from app.graph.responses import Answer, request_error

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
_CONTENT_TYPES = {name: f"{name}; charset=utf-8".encode() for name in (GRAPHQL_JSON, JSON)}

_JSON = JSON.encode()
_DICT_OR_NONE = (dict, type(None))

_PLAIN = (b"*/*", _JSON)
"""What most clients say that they accept."""

_KEY = re.compile(rb"[!-~]{1,255}")

Headers = Mapping[bytes, bytes]
"""A request's headers by their lower-case names; of several of one name, the last."""


class RequestRefused(Exception):
    """A request that is no GraphQL request; answered with its own status, whatever the client accepts."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = BadUserInput(message)


class GraphQLRequest(NamedTuple):
    """What a client asks."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def read_request(scope: Scope, headers: Headers, receive: Receive, max_body_bytes: int) -> GraphQLRequest:
    """The GraphQL request of a GET or a POST. Raises RequestRefused."""
    if scope["method"] not in ("GET", "POST"):
        raise RequestRefused(405, "Send GraphQL by GET or POST.")
    if scope["method"] == "GET":
        return parse_request(_from_query_string(scope["query_string"]))
    if not _is_json(headers.get(b"content-type", b"")):
        raise RequestRefused(415, f"Send the request as {JSON}.")
    return parse_request(_parse_json(await _read_body(receive, max_body_bytes), "The body is not valid JSON."))


def parse_request(body: Any) -> GraphQLRequest:
    """The parameters of a request, checked for their types. Raises RequestRefused."""
    if not isinstance(body, dict):
        raise RequestRefused(400, "A GraphQL request is a JSON object; batches are not served.")
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str):
        raise RequestRefused(400, "`query` is missing, or not a string.")
    if variables is not None and not isinstance(variables, dict):
        raise RequestRefused(400, "`variables` is not an object.")
    if name is not None and not isinstance(name, str):
        raise RequestRefused(400, "`operationName` is not a string.")
    if not isinstance(body.get("extensions"), _DICT_OR_NONE):
        raise RequestRefused(400, "`extensions` is not an object.")
    return GraphQLRequest(query, variables, name or None)


def _is_json(content_type: bytes) -> bool:
    return content_type == _JSON or content_type.partition(b";")[0].strip().lower() == _JSON


def idempotency_key(header: bytes | None) -> str | None:
    """What a request is named by its sender. Raises RequestRefused."""
    if header is None:
        return None
    if not _KEY.fullmatch(header):
        raise RequestRefused(400, "An Idempotency-Key has 1 to 255 characters, of those that can be seen.")
    return header.decode()


def _from_query_string(query_string: bytes) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _parse_json(parameters[name], f"`{name}` is not valid JSON.")
    return parameters


def _parse_json(text: str | bytes, message: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise RequestRefused(400, message) from exc


async def _read_body(receive: Receive, max_body_bytes: int) -> bytes:
    """The body, read no further than it may be long."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > max_body_bytes:
            raise RequestRefused(413, f"The body is longer than {max_body_bytes} bytes.")
        if not message.get("more_body"):
            return b"".join(chunks)


def response_type(accept: bytes | None) -> str | None:
    """The media type to answer in; None when the client accepts neither.

    What says nothing, or `*/*`, gets plain JSON: it is what every client reads.
    """
    if not accept or accept in _PLAIN:
        return JSON
    parts = accept.decode("latin-1").split(",")
    ranges = {part.partition(";")[0].strip().lower() for part in parts if not _is_refused(part)}
    if GRAPHQL_JSON in ranges:
        return GRAPHQL_JSON
    return JSON if ranges & {JSON, "application/*", "*/*"} else None


def _is_refused(media_range: str) -> bool:
    """`q=0` says: not this."""
    parameters = [p.strip().lower() for p in media_range.split(";")[1:]]
    return any(p.startswith("q=") and p[2:].strip("0.") == "" for p in parameters)


def wants_page(accept: bytes | None) -> bool:
    """Whether a browser asks for a page to look at."""
    return accept is not None and b"text/html" in accept


class HttpAnswer(NamedTuple):
    """An answer as HTTP has it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def render_answer(answer: Answer, media_type: str) -> HttpAnswer:
    """An answer as a response.

    As plain JSON, a document that is at fault is answered with 200: clients of that type take other statuses for
    failures of the network. What is not the document's fault keeps its status.
    """
    status = 200 if media_type == JSON and answer.http_status == 400 else answer.http_status
    return _http(status, answer, media_type, *([(b"allow", b"POST")] if status == 405 else ()))


def render_refusal(error: BulkheadError, status: int, media_type: str) -> HttpAnswer:
    """The response to a request that did not get as far as a document."""
    more = {401: [(b"www-authenticate", b"Bearer")], 405: [(b"allow", b"GET, POST")]}.get(status, [])
    return _http(status, request_error(error), media_type, *more)


def _http(status: int, answer: Answer, media_type: str, *more: tuple[bytes, bytes]) -> HttpAnswer:
    body = render_body(answer)
    length = (b"content-length", b"%d" % len(body))
    return HttpAnswer(status, (length, (b"content-type", _CONTENT_TYPES[media_type]), *more), body)


def render_body(answer: Answer) -> bytes:
    """The JSON of an answer, spliced around what Postgres built: nothing is decoded, nothing encoded again."""
    more = b',"extensions":%b' % orjson.dumps(answer.extensions) if answer.extensions else b""
    if not answer.errors:
        return b'{"data":%b%b}' % (answer.data or b"null", more)
    errors = orjson.dumps(answer.errors)
    if answer.data is None:
        return b'{"errors":%b%b}' % (errors, more)
    return b'{"errors":%b,"data":%b%b}' % (errors, answer.data, more)
