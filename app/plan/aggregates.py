"""Plans aggregates: `userStats` and its groups.

In: field nodes that share a response key, and the planning.  Out: nodes.Stats.
Rejects: groups by nothing, order terms of no or several measures.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from graphql import FieldNode

from app.catalog.facts import Column, Entity, Kind
from app.errors import BadUserInput, ErrorPath
from app.plan.conditions import all_of, any_of, comparisons, plan_where, present
from app.plan.expressions import (
    COUNT,
    EVERYTHING,
    FUNCTIONS,
    UNITS,
    Condition,
    Expression,
    Function,
    Measure,
    Not,
    Own,
    Truncated,
    Unit,
)
from app.plan.fields import collect_fields, sub_selections
from app.plan.nodes import GroupKey, GroupKeys, GroupOrder, Groups, Measured, Measures, Stats, TypeName
from app.plan.orders import direction_of, measure_term, only_field
from app.plan.pages import page_offset, page_rows
from app.plan.planning import Planning
from app.plan.values import Constant, Encoding, Given, Leaf, Slot

UTC = Slot(Constant("UTC"), Encoding.TIME_ZONE)
TYPE_NAMES: Mapping[str, str] = {
    "countDistinct": "DistinctCounts",
    "sum": "Sums",
    "avg": "Averages",
    "min": "Extremes",
    "max": "Extremes",
}
"""What the object types of measures are called, after the entity's name."""


def measured_columns(entity: Entity, function: Function) -> list[Column]:
    """The columns that a function can go over."""
    if function == "countDistinct":
        return groupable_columns(entity)
    kinds = (Kind.INT, Kind.FLOAT) if function in ("sum", "avg") else (Kind.INT, Kind.FLOAT, Kind.TEXT, Kind.TIMESTAMP)
    return [c for c in groupable_columns(entity) if c.kind in kinds and not c.enum]


def groupable_columns(entity: Entity) -> list[Column]:
    """The columns that rows can be grouped by. A version tells of its own row only."""
    plain = [c for c in entity.fields if not c.array and c.kind not in (Kind.JSON, Kind.VECTOR)]
    return [c for c in plain if c is not entity.version]


def group_keys(entity: Entity) -> dict[str, tuple[Column, Unit | None]]:
    """What rows can be grouped by, by field: a column, or the start of the hour, day, week, month of a moment."""
    keys: dict[str, tuple[Column, Unit | None]] = {}
    for column in groupable_columns(entity):
        keys[column.field or ""] = (column, None)
        if column.kind is Kind.TIMESTAMP:
            keys |= {f"{column.field}{unit.capitalize()}": (column, unit) for unit in UNITS}
    return keys


def plan_stats(planning: Planning, entity: Entity, parent: str, nodes: list[FieldNode]) -> Stats:
    """`userStats(where:)`, or the stats of an edge; `parent` is the type that the field stands in."""
    planning.allow(entity, "read")
    given = planning.arguments(parent, nodes[0])
    type_ = planning.type_of(f"{entity.name}Stats")
    fields = collect_fields(planning.document, type_, sub_selections(nodes))
    return Stats(
        entity,
        plan_where(planning, entity, given.get("where"), ("where",)),
        tuple(_stats_field(planning, entity, key, nodes) for key, nodes in fields.items()),
    )


def _stats_field(
    planning: Planning, entity: Entity, key: str, nodes: list[FieldNode]
) -> Measured | Measures | Groups | TypeName:
    name = nodes[0].name.value
    if name == "groups":
        return _groups(planning, entity, key, nodes)
    return _measures(planning, entity, key, nodes) or TypeName(key, f"{entity.name}Stats")


def _measures(planning: Planning, entity: Entity, key: str, nodes: list[FieldNode]) -> Measured | Measures | None:
    """`count`, or `sum { amount }` and its like; nothing for `__typename`."""
    name = nodes[0].name.value
    if name == "count":
        return Measured(key, COUNT)
    if name not in FUNCTIONS:
        return None
    type_ = planning.type_of(entity.name + TYPE_NAMES[name])
    fields = collect_fields(planning.document, type_, sub_selections(nodes))
    return Measures(
        key,
        tuple(
            TypeName(key, type_.name)
            if (field := nodes[0].name.value) == "__typename"
            else Measured(key, Measure(name, entity.field(field)))
            for key, nodes in fields.items()
        ),
    )


def _groups(planning: Planning, entity: Entity, key: str, nodes: list[FieldNode]) -> Groups:
    given = planning.arguments(f"{entity.name}Stats", nodes[0])
    by = _by(given["by"])
    zone = given.get("timeZone")
    slot = Slot(zone.source, Encoding.TIME_ZONE, zone.input_path) if isinstance(zone, Leaf) else UTC
    keys = group_keys(entity)
    fields = collect_fields(planning.document, planning.type_of(f"{entity.name}Group"), sub_selections(nodes))
    return Groups(
        key,
        by=tuple(_key_expression(*keys[name], slot) for name in by),
        having=_having(planning, entity, given.get("having"), ("having",)),
        order=tuple(_group_order(entity, by, given.get("orderBy"))),
        rows=page_rows(planning, given.get("first")),
        offset=page_offset(given.get("offset")),
        fields=tuple(_group_field(planning, entity, by, key, nodes) for key, nodes in fields.items()),
    )


def _by(given: Given) -> list[str]:
    assert isinstance(given, Leaf)
    by = list(dict.fromkeys(given.value))
    if not by:
        raise BadUserInput("Groups go by one field at least.", input_path=("by",))
    return by


def _key_expression(column: Column, unit: Unit | None, zone: Slot) -> Expression:
    return Truncated(column, unit, zone) if unit else Own(column)


def _having(planning: Planning, entity: Entity, given: Given, path: ErrorPath) -> Condition:
    """A `having` input: conditions on measures."""
    if given is None:
        return EVERYTHING
    return all_of(_measure_conditions(planning, entity, cast(dict[str, Given], given), path))


def _measure_conditions(
    planning: Planning, entity: Entity, having: dict[str, Given], path: ErrorPath
) -> Iterator[Condition]:
    for name, item in having.items():
        planning.document.budget.spend()
        here = (*path, name)
        given = present(item, here)
        if name in ("and", "or"):
            parts = [_having(planning, entity, part, (*here, i)) for i, part in enumerate(cast(list[Given], given))]
            yield all_of(parts) if name == "and" else any_of(parts)
        elif name == "not":
            yield Not(_having(planning, entity, given, here))
        elif name == "count":
            yield from comparisons(planning, COUNT, cast(dict[str, Given], given), here)
        else:
            for field, operators in cast(dict[str, Given], given).items():
                measure = Measure(cast(Function, name), entity.field(field))
                filter_ = cast(dict[str, Given], present(operators, (*here, field)))
                yield from comparisons(planning, measure, filter_, (*here, field))


def _group_order(entity: Entity, by: list[str], order_by: Given) -> Iterator[GroupOrder]:
    """The order of groups, with the keys that it does not name in the end."""
    rest = list(range(len(by)))
    for i, item in enumerate(cast(list[Any], order_by or [])):
        path = ("orderBy", i)
        name, given, nulls = only_field(item, path)
        if name != "keys":
            measure, leaf, nulls, _ = measure_term(entity, item, path)
            yield GroupOrder(measure, *direction_of(leaf, nulls))
            continue
        field, leaf, _ = only_field(given, (*path, name))
        if field not in by:
            raise BadUserInput("Groups are ordered by keys that they go by.", input_path=(*path, name, field))
        if by.index(field) in rest:
            rest.remove(by.index(field))
            yield GroupOrder(by.index(field), *direction_of(leaf, nulls))
    for index in rest:
        yield GroupOrder(index, descending=False, nulls_first=False)


def _group_field(
    planning: Planning, entity: Entity, by: list[str], key: str, nodes: list[FieldNode]
) -> Measured | Measures | GroupKeys | TypeName:
    if nodes[0].name.value == "keys":
        return GroupKeys(key, tuple(_group_keys(planning, entity, by, nodes)))
    return _measures(planning, entity, key, nodes) or TypeName(key, f"{entity.name}Group")


def _group_keys(
    planning: Planning, entity: Entity, by: list[str], nodes: list[FieldNode]
) -> Iterator[GroupKey | TypeName]:
    type_ = planning.type_of(f"{entity.name}GroupKeys")
    for key, fields in collect_fields(planning.document, type_, sub_selections(nodes)).items():
        name = fields[0].name.value
        if name == "__typename":
            yield TypeName(key, type_.name)
        else:
            yield GroupKey(key, by.index(name) if name in by else None)
