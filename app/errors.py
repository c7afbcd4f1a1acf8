"""Every error that a caller can see.

    BulkheadError
    ├── BadUserInput        BAD_USER_INPUT       the request is wrong; says where
    ├── Unauthenticated     UNAUTHENTICATED      no token, or one that does not hold
    ├── Forbidden           FORBIDDEN            the role, or the row's owner, does not allow it
    ├── NotFound            NOT_FOUND            nothing there, or nothing of this tenant: one answer
    ├── Conflict            CONFLICT             a unique value is taken, other rows still point here, or it changed
    ├── IllegalTransition   ILLEGAL_TRANSITION   the row's state does not allow this step
    ├── QuotaExceeded       QUOTA_EXCEEDED       the tenant has as many of these as it may
    ├── Undone              UNDONE               another field of an @atomic mutation failed
    ├── QueryTooComplex     QUERY_TOO_COMPLEX    refused before anything ran
    ├── DeadlineExceeded    DEADLINE_EXCEEDED    took too long and was cancelled in Postgres
    ├── Unavailable         UNAVAILABLE          the database, or keys of tokens or secrets, cannot be reached
    └── Internal            INTERNAL             our own fault; the cause is in the log, never in the answer

A message names what the caller sent or what the schema calls a thing. It never carries a value of a row,
or a table, column or constraint name of the database.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, ClassVar, NamedTuple

ErrorPath = tuple[str | int, ...]

MAX_VIOLATIONS = 100
"""Values of one input that an answer tells to be wrong."""


class Violation(NamedTuple):
    """A value of an input that does not fit: where in the arguments, and why."""

    input_path: ErrorPath
    message: str


class BulkheadError(Exception):
    """A coded error with a message for the caller.

    message     plain, for people
    path        response path of the root field it belongs to, () when it belongs to the whole request
    input_path  where in the field's arguments the cause stands, such as ("where", "email", "eq")
    """

    code: ClassVar[str]
    http_status: ClassVar[int] = 200

    def __init__(self, message: str, *, path: ErrorPath = (), input_path: ErrorPath = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.input_path = input_path

    def formatted(self) -> Mapping[str, Any]:
        """The error as an entry of a GraphQL response's `errors` list."""
        extensions: dict[str, Any] = {"code": self.code}
        if self.input_path:
            extensions["field"] = ".".join(map(str, self.input_path))
        entry: dict[str, Any] = {"message": self.message, "extensions": extensions}
        if self.path:
            entry["path"] = list(self.path)
        return entry


class BadUserInput(BulkheadError):
    """What is wrong with a request.

    violations  all values of the input that do not fit, in their order; the error itself tells of the first
    """

    code = "BAD_USER_INPUT"

    def __init__(
        self,
        message: str,
        *,
        path: ErrorPath = (),
        input_path: ErrorPath = (),
        violations: tuple[Violation, ...] = (),
    ) -> None:
        super().__init__(message, path=path, input_path=input_path)
        self.violations = violations or (Violation(input_path, message),)

    @classmethod
    def of(cls, violations: Iterable[Violation]) -> "BadUserInput":
        """One error that tells of them all; there is one at least."""
        told = tuple(islice(dict.fromkeys(islice(violations, 10 * MAX_VIOLATIONS)), MAX_VIOLATIONS + 1))
        return cls(told[0].message, input_path=told[0].input_path, violations=told)

    def formatted(self) -> Mapping[str, Any]:
        """As any other; where several values do not fit, `violations` lists them."""
        entry = dict(super().formatted())
        if len(self.violations) > 1:
            listed = self.violations[:MAX_VIOLATIONS]
            more = len(self.violations) - 1
            count = f"At least {more:,} more values do" if more == MAX_VIOLATIONS else f"{more:,} more values do"
            entry["message"] += f" {count} not fit." if more > 1 else " One more value does not fit."
            entry["extensions"]["violations"] = [
                {"field": ".".join(map(str, v.input_path)), "message": v.message} for v in listed
            ]
        return entry


class Unauthenticated(BulkheadError):
    code = "UNAUTHENTICATED"
    http_status = 401


class Forbidden(BulkheadError):
    code = "FORBIDDEN"


class NotFound(BulkheadError):
    code = "NOT_FOUND"


class Conflict(BulkheadError):
    """`current_version`: of the row that was changed meanwhile, where that is the reason."""

    code = "CONFLICT"
    current_version: int | None = None

    @classmethod
    def of_version(cls, name: str, known: int, current: int) -> "Conflict":
        """Somebody else changed the row."""
        message = f"This {name} was changed meanwhile: it is version {current}, not {known}."
        error = cls(message, input_path=("ifVersion",))
        error.current_version = current
        return error

    def formatted(self) -> Mapping[str, Any]:
        """With the row's version, where that is the reason."""
        entry = super().formatted()
        if self.current_version is not None:
            entry["extensions"]["currentVersion"] = self.current_version
        return entry


class Contended(Conflict):
    """A deadlock, or a serialization failure: Postgres undid the transaction, so it may run again (db/retries.py)."""


class IllegalTransition(BulkheadError):
    code = "ILLEGAL_TRANSITION"


class QuotaExceeded(BulkheadError):
    code = "QUOTA_EXCEEDED"


class Undone(BulkheadError):
    code = "UNDONE"


class QueryTooComplex(BulkheadError):
    code = "QUERY_TOO_COMPLEX"


class DeadlineExceeded(BulkheadError):
    code = "DEADLINE_EXCEEDED"


class Unavailable(BulkheadError):
    code = "UNAVAILABLE"
    http_status = 503


class Internal(BulkheadError):
    code = "INTERNAL"
    http_status = 500


class StartRefused(Exception):
    """The settings are not whole, or the database would not keep tenants apart. Says what to do."""
