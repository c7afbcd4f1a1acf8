"""Scalars beyond those of the specification."""

import re
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any

from graphql import GraphQLScalarType

from app.errors import BadUserInput
from app.plan.values import Cursor

# RFC 3339, section 5.6. The standard library reads more, such as weeks.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _parse_datetime(value: Any) -> datetime:
    try:
        if not _DATE_TIME.fullmatch(value):
            raise ValueError
        parsed = datetime.fromisoformat(value.upper())
    except (TypeError, ValueError) as exc:
        raise BadUserInput("A DateTime is written like 2026-11-20T10:15:00Z.") from exc
    if not MINYEAR < parsed.year < MAXYEAR:
        # The driver writes the ends of Python's calendar as infinity, which is no moment.
        raise BadUserInput("A DateTime lies between the years 2 and 9998.")
    if parsed.tzinfo is None:
        raise BadUserInput("A DateTime says its offset, such as 2026-11-20T10:15:00Z.")
    return parsed


SCALARS = (
    GraphQLScalarType(
        "DateTime",
        description="A moment with its offset, as RFC 3339 writes it: 2026-11-20T10:15:00Z. Answers are in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        coerce_input_value=_parse_datetime,
    ),
    GraphQLScalarType(
        "BigInt",
        description="A whole number of at most 64 bits, as a JSON number. JavaScript reads it exactly up to 2^53.",
    ),
    GraphQLScalarType("JSON", description="Any JSON value."),
    GraphQLScalarType(
        "Cursor",
        description="A place in an ordered list. Opaque: take it from an edge or from pageInfo, and give it back.",
        coerce_input_value=Cursor.parse,
    ),
)
