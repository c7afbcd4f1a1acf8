"""What Postgres refuses, as errors that a caller can act on.

In: the driver's exceptions.  Out: errors of app/errors.py, the cause kept.
A message may name a field of GraphQL, never a value, a table, a column or a constraint.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType

import asyncpg
import orjson

from app.catalog.facts import Catalog, constraint_name
from app.catalog.names import camel
from app.errors import (
    BadUserInput,
    BulkheadError,
    Conflict,
    Contended,
    DeadlineExceeded,
    Forbidden,
    IllegalTransition,
    Internal,
    NotFound,
    QueryTooComplex,
    QuotaExceeded,
    Unavailable,
)

CONNECTION_FAILURES = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
_UNREACHABLE = Unavailable, "The database cannot serve this now; try again."
_HELD = Conflict, "Another change holds this; try again."
_TOLD: Mapping[str, tuple[type[BulkheadError], str]] = {
    "08": _UNREACHABLE,  # connection lost
    "22": (BadUserInput, "A value is out of range or malformed."),
    "23502": (BadUserInput, "A required value is missing."),
    "23P01": (Conflict, "This gets in the way of another row."),
    # A standby, or a database that was made read-only: when its disk is full, for instance.
    "25006": (Unavailable, "The database takes no changes now; try again."),
    "40": (Conflict, "Another change got in the way; try again."),
    "40001": (Contended, "Another change got in the way; try again."),
    "40P01": (Contended, "Another change got in the way; try again."),
    "42501": (Forbidden, "You may not write this."),
    "53": _UNREACHABLE,  # out of resources
    "54": (QueryTooComplex, "This is more than the database takes at once."),
    "55006": _HELD,
    "55P03": _HELD,
    "57014": (DeadlineExceeded, "This took too long and was cancelled."),
    "57P": _UNREACHABLE,  # shutting down
}
"""By SQLSTATE, or the beginning of it."""


class ErrorTranslator:
    """A `with` block in which the driver's errors become ours. Knows which field a constraint is about."""

    def __init__(self, catalog: Catalog) -> None:
        self._fields = constraint_fields(catalog)
        self._takes = checked_words(catalog)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, exc: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(exc, asyncpg.PostgresError):
            raise self.translate(exc) from exc
        if isinstance(exc, ValueError) and isinstance(exc, asyncpg.InterfaceError | UnicodeEncodeError):
            # A parameter could not be encoded: a text with a lone surrogate, or what asyncpg itself refuses.
            raise BadUserInput("A value is out of range or malformed.") from exc
        if isinstance(exc, CONNECTION_FAILURES):
            raise Unavailable("The database cannot be reached.") from exc

    def translate(self, exc: asyncpg.PostgresError) -> BulkheadError:
        """The error for a SQLSTATE."""
        state = exc.sqlstate or ""
        constraint = getattr(exc, "constraint_name", None) or ""
        field = self._fields.get(constraint)
        path = (field,) if field else ()
        if state in _OURS:
            return _OURS[state](exc)
        match state:
            case "23505":
                return Conflict(f"There is one already with this {field or 'key'}.", input_path=path)
            case "23503" | "23001":
                return _foreign_key(exc, field)
            case "23514":
                takes = self._takes.get(constraint, "one of the values that are allowed")
                return BadUserInput(f"This takes {takes}.", input_path=path)
        for known in (state, state[:3], state[:2]):
            if known in _TOLD:
                error, message = _TOLD[known]
                return error(message, input_path=path)
        return Internal("Something went wrong on our side.")


def _foreign_key(exc: asyncpg.PostgresError, field: str | None) -> BulkheadError:
    """A key to nothing, or a row that others still point at. What another tenant owns is as much nothing as any."""
    if exc.sqlstate == "23001" or str(exc).startswith("update or delete"):
        return Conflict("Other rows still belong to this one.")
    return NotFound(f"What {field or 'the key'} names does not exist.", input_path=(field,) if field else ())


def _illegal_transition(exc: asyncpg.PostgresError) -> IllegalTransition:
    """What app.refuse_transition raised: its column, and between which values."""
    told = orjson.loads(exc.detail)
    field = camel(told["column"])
    allowed = " or ".join(told["allowed"])
    then = f"it may become {allowed}" if allowed else "it is final"
    return IllegalTransition(
        f"{field} cannot become {told['to']}: it is {told['from']}, and {then}.", input_path=(field,)
    )


def _quota_exceeded(exc: asyncpg.PostgresError) -> QuotaExceeded:
    """What app.hold_quota raised: which of the tenant's numbers, and what it is."""
    told = orjson.loads(exc.detail)
    return QuotaExceeded(f"{camel(told['quota'])} is {told['most']}: the tenant has no room for this.")


def _missing(exc: asyncpg.PostgresError) -> NotFound:
    """What app.refuse_missing raised: where in the input the row is named."""
    path = tuple(int(part) if part.isdigit() else part for part in exc.detail.split("."))
    return NotFound("There is nothing with this key for you to connect, or it is connected twice.", input_path=path)


_OURS: Mapping[str, Callable[[asyncpg.PostgresError], BulkheadError]] = {
    "ST001": _illegal_transition,
    "ST002": _quota_exceeded,
    "ST003": _missing,
}
"""What functions of ours raise. Their details are words of the schema and numbers of the tenant."""


def constraint_fields(catalog: Catalog) -> Mapping[str, str]:
    """For each constraint of the database, the GraphQL field that it is about."""
    fields: dict[str, str] = {}
    for entity in catalog.tenant_entities():
        key_field = entity.key.field or "id"
        fields[constraint_name(entity.table, (), "pkey")] = key_field
        fields |= {constraint_name(entity.table, u.columns, "key"): u.field for u in entity.uniques}
        for column in entity.columns:
            for suffix in ("fkey", "check"):
                fields[constraint_name(entity.table, (column,), suffix)] = column.field or key_field
    return fields


def checked_words(catalog: Catalog) -> Mapping[str, str]:
    """For each CHECK that holds the rules of a column, what it takes, in words."""
    return {
        constraint_name(entity.table, (column,), "check"): column.takes
        for entity in catalog.tenant_entities()
        for column in entity.columns
        if column.rules and not column.enum
    }


@contextlib.contextmanager
def translated_connection_errors() -> Iterator[None]:
    """Failures to connect, as Unavailable."""
    try:
        yield
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as exc:
        raise Unavailable("The database cannot be reached.") from exc
    except asyncpg.PostgresError as exc:
        raise Unavailable("The database does not accept a connection.") from exc
