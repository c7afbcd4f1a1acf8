"""Answers, and how errors of graphql-core become entries of one.

In: outcomes and exceptions.  Out: Answer.
What is neither an error of ours nor of GraphQL's is INTERNAL: its cause is logged.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from graphql import GraphQLError, VariableDefinitionNode

from app.errors import BadUserInput, BulkheadError, Internal, QueryTooComplex

log = structlog.get_logger()

_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ([^:\s]+))?:")
_STEP = re.compile(r"\w+")
# Where graphql-core's words go on with what was given. That may have a secret in it, and clients log errors.
_QUOTED = re.compile(
    r"(?P<kept>, found| Found|cannot represent a non string value|(?:Block)?String)(?:: | (?=['\"])).*", re.DOTALL
)
_INSTEAD = {", found": ".", " Found": ""}
_TOO_DEEP = "Variable values are nested too deeply."  # what graphql-core says of it; nothing else tells it apart


class RequestErrors(Exception):
    """A document that does not hold, or variables that do not fit, with everything that is wrong."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


class Answer(NamedTuple):
    """An answer. `data` is None when the operation did not run: a request error, with its HTTP status."""

    data: bytes | None
    errors: Sequence[Mapping[str, Any]] = ()
    http_status: int = 200
    extensions: Mapping[str, Any] | None = None


def request_error(error: BulkheadError, http_status: int | None = None) -> Answer:
    """The answer to a request that did not get to run."""
    status = http_status or (error.http_status if error.http_status != 200 else 400)
    return Answer(None, (error.formatted(),), status)


def request_errors(errors: Iterable[GraphQLError]) -> Answer:
    """The answer to a document that did not parse, did not validate, or whose variables do not fit."""
    found = list(errors)
    ours = [logged(as_bulkhead_error(e.original_error)) for e in found if e.original_error is not None]
    status = next((error.http_status for error in ours if error.http_status != 200), 400)
    return Answer(None, tuple(map(_formatted, found)), status)


def as_bulkhead_error(exc: BaseException) -> BulkheadError:
    """Any exception as an error that a caller may see."""
    if isinstance(exc, BulkheadError):
        return exc
    if isinstance(exc, RecursionError):
        return QueryTooComplex("This is nested too deeply.")
    if isinstance(exc, GraphQLError):
        return as_bulkhead_error(exc.original_error) if exc.original_error else BadUserInput(unquoted(exc.message))
    internal = Internal("Something went wrong on our side.")
    internal.__cause__ = exc
    return internal


def logged(error: BulkheadError) -> BulkheadError:
    """The error; what is our own fault is logged with its cause, which the caller does not see."""
    if isinstance(error, Internal):
        log.error("internal_error", exc_info=error)
    return error


def _formatted(error: GraphQLError) -> Mapping[str, Any]:
    """An error with its place in the document."""
    if error.nodes and isinstance(error.nodes[0], VariableDefinitionNode) and error.original_error is not None:
        return _of_variable(error)
    if error.original_error is None:
        kind = QueryTooComplex if error.message == _TOO_DEEP else BadUserInput
        return {**error.formatted, "message": unquoted(error.message), "extensions": {"code": kind.code}}
    entry = dict(as_bulkhead_error(error.original_error).formatted())
    if error.locations:
        entry["locations"] = [location.formatted for location in error.locations]
    return entry


def _of_variable(error: GraphQLError) -> Mapping[str, Any]:
    """A variable that does not fit: graphql-core's message says which one and where in it, and nothing else does."""
    found = _VARIABLE.match(error.message)
    field = ".".join(_STEP.findall("".join(filter(None, found.groups())))) if found else ""
    extensions = {"code": BadUserInput.code, **({"field": field} if field else {})}
    return {**error.formatted, "message": unquoted(error.message), "extensions": extensions}


def unquoted(message: str) -> str:
    """What graphql-core says is wrong, without the value that is."""
    return _QUOTED.sub(lambda match: _INSTEAD.get(match["kept"], f"{match['kept']}."), message)
