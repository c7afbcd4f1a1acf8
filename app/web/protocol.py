"""GraphQL over HTTP: what a request says, and which status and type its answer has.

In: an HTTP request.  Out: GraphQLRequest; an HTTP response for an Answer.
Rejects: other media types (415, 406), bodies that are too large (413) or no GraphQL request (400).
Source: the GraphQL-over-HTTP specification, sections "Request" and "Response".
"""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadUserInput, BulkheadError
from app.graph.responses import Answer, request_error

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"


class RequestRefused(Exception):
    """A request that is no GraphQL request; answered with its own status, whatever the client accepts."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = BadUserInput(message)


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def read_request(request: Request, max_body_bytes: int) -> GraphQLRequest:
    """The GraphQL request of a GET or a POST. Raises RequestRefused."""
    if request.method == "GET":
        return parse_request(_from_query_string(request))
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise RequestRefused(415, f"Send the request as {JSON}.")
    return parse_request(_parse_json(await _read_body(request, max_body_bytes), "The body is not valid JSON."))


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
    if not isinstance(body.get("extensions", {}), dict | None):
        raise RequestRefused(400, "`extensions` is not an object.")
    return GraphQLRequest(query, variables, name or None)


def _from_query_string(request: Request) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _parse_json(parameters[name], f"`{name}` is not valid JSON.")
    return parameters


def _parse_json(text: str | bytes, message: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise RequestRefused(400, message) from exc


async def _read_body(request: Request, max_body_bytes: int) -> bytes:
    """The body, read no further than it may be long."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_body_bytes:
            raise RequestRefused(413, f"The body is longer than {max_body_bytes} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def response_type(accept: str | None) -> str | None:
    """The media type to answer in; None when the client accepts neither.

    What says nothing, or `*/*`, gets plain JSON: it is what every client reads.
    """
    if not accept:
        return JSON
    ranges = {part.partition(";")[0].strip().lower() for part in accept.split(",") if not _is_refused(part)}
    if GRAPHQL_JSON in ranges:
        return GRAPHQL_JSON
    return JSON if ranges & {JSON, "application/*", "*/*"} else None


def _is_refused(media_range: str) -> bool:
    """`q=0` says: not this."""
    parameters = [p.strip().lower() for p in media_range.split(";")[1:]]
    return any(p.startswith("q=") and p[2:].strip("0.") == "" for p in parameters)


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page to look at."""
    return bool(accept) and "text/html" in str(accept)


def render_answer(answer: Answer, media_type: str) -> Response:
    """An answer as a response.

    As plain JSON, a document that is at fault is answered with 200: clients of that type take other statuses for
    failures of the network. What is not the document's fault keeps its status.
    """
    status = 200 if media_type == JSON and answer.http_status == 400 else answer.http_status
    return _response(answer, status, media_type)


def render_refusal(error: BulkheadError, status: int, media_type: str) -> Response:
    """The response to a request that did not get as far as a document."""
    response = _response(request_error(error), status, media_type)
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _response(answer: Answer, status: int, media_type: str) -> Response:
    headers = {"allow": "POST"} if status == 405 else None
    return Response(render_body(answer), status, headers, media_type=f"{media_type}; charset=utf-8")


def render_body(answer: Answer) -> bytes:
    """The JSON of an answer, spliced around what Postgres built: nothing is decoded, nothing encoded again."""
    more = b',"extensions":%b' % orjson.dumps(answer.extensions) if answer.extensions else b""
    if not answer.errors:
        return b'{"data":%b%b}' % (answer.data or b"null", more)
    errors = orjson.dumps(answer.errors)
    if answer.data is None:
        return b'{"errors":%b%b}' % (errors, more)
    return b'{"errors":%b,"data":%b%b}' % (errors, answer.data, more)
