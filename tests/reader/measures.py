"""Numbers over rows: counts, sums, means, least and greatest values; and the groups that they are taken of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.catalog.facts import Column, Entity, Kind
from tests.reader.conditions import Conditions, all_hold
from tests.reader.filters import comparable, filter_holds
from tests.reader.rows import Row

FUNCTIONS = ("countDistinct", "sum", "avg", "min", "max")
_KINDS = {"countDistinct": Kind.INT, "sum": Kind.BIGINT, "avg": Kind.FLOAT}


def measure(entity: Entity, function: str, field: str, rows: Iterable[Row]) -> Any:
    """One column's measure; null where there is nothing to measure."""
    column = entity.field(field)
    values = [row[column.name] for row in rows if row[column.name] is not None]
    if function == "countDistinct":
        return len({comparable(column.kind, value) for value in values})
    if not values:
        return None
    match function:
        case "sum":
            return sum(values)
        case "avg":
            return sum(values) / len(values)
    return {"min": min, "max": max}[function](values, key=lambda value: comparable(column.kind, value))


def kind_of(entity: Entity, function: str, field: str) -> Kind:
    """What a measure is."""
    return _KINDS.get(function, entity.field(field).kind)


def measures(entity: Entity, rows: Sequence[Row]) -> dict[str, Any]:
    """What `count`, `sum { … }` and their like answer."""
    columns = [column.field or "" for column in entity.fields]
    return {"count": len(rows)} | {
        function: {field: lambda _, f=function, c=field: measure(entity, f, c, rows) for field in columns}
        for function in FUNCTIONS
    }


# --- groups ---


@dataclass(frozen=True)
class Group:
    """Rows that share their keys."""

    keys: Mapping[str, Any]
    rows: list[Row]


def key_of(entity: Entity, member: str) -> tuple[str, Column, str | None]:
    """What a word of `groups(by:)` says: its field in `keys`, the column, the unit of time if it goes by one."""
    for column in entity.fields:
        if member_of(column) == member:
            return column.field or "", column, None
        for unit in ("hour", "day", "week", "month"):
            if f"{member_of(column)}_{unit.upper()}" == member:
                return f"{column.field}{unit.capitalize()}", column, unit
    raise KeyError(member)


def member_of(column: Column) -> str:
    """`userId` → `USER_ID`, as enums have it."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in column.field or "").upper()


def grouped(entity: Entity, rows: Iterable[Row], by: Iterable[str], zone: str) -> list[Group]:
    """The groups, in no order."""
    keys = [key_of(entity, member) for member in by]
    groups: dict[tuple[Any, ...], Group] = {}
    for row in rows:
        values = tuple(_key(row[column.name], unit, zone) for _, column, unit in keys)
        named = {field: value for (field, _, _), value in zip(keys, values, strict=True)}
        groups.setdefault(values, Group(named, [])).rows.append(row)
    return list(groups.values())


def _key(value: Any, unit: str | None, zone: str) -> Any:
    if unit is None or value is None:
        return value
    return start_of(unit, datetime.fromisoformat(value).astimezone(ZoneInfo(zone))).astimezone(UTC).isoformat()


def start_of(unit: str, moment: datetime) -> datetime:
    """When the hour, day, week or month began that the moment lies in, on the clock of its time zone."""
    if unit == "hour":
        # In UTC, for an hour that a clock shows twice has begun twice.
        into = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
        return moment.astimezone(UTC) - into
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    return day


def having_holds(entity: Entity, having: Conditions | None, group: Group) -> bool:
    """Whether a `having` holds for the group."""

    def holds(name: str, given: Any) -> bool:
        if name == "count":
            return filter_holds(Kind.INT, len(group.rows), given)
        return all(
            filter_holds(kind_of(entity, name, field), measure(entity, name, field, group.rows), inner)
            for field, inner in given.items()
        )

    return all_hold(having, holds)


Measured = tuple[Kind, Callable[[Sequence[Row]], Any]]


def measured(entity: Entity, name: str, given: Any) -> tuple[Measured, Any]:
    """A measure in an order term, such as `count: ASC` or `max: {startedAt: DESC}`: what it is, and its direction."""
    if name == "count":
        return (Kind.INT, len), given
    ((field, direction),) = given.items()
    return (kind_of(entity, name, field), lambda rows: measure(entity, name, field, rows)), direction
