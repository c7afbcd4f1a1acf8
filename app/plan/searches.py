"""Plans searches: by words, best first, and by vectors, nearest first.

In: field nodes that share a response key, and the planning.  Out: nodes.ReadFound.
Rejects: vectors of another length.
"""

from collections.abc import Iterator

from graphql import FieldNode

from app.catalog.facts import Entity
from app.plan.conditions import plan_where, text_query
from app.plan.expressions import TextQuery
from app.plan.fields import collect_fields, sub_selections
from app.plan.nodes import Nearby, NodeOf, ReadFound, Score, Snippet, TypeName
from app.plan.pages import page_offset, page_rows
from app.plan.planning import Planning
from app.plan.reads import plan_selection
from app.plan.values import Given, Leaf, column_slot

Fields = list[FieldNode]


def plan_search(planning: Planning, entity: Entity, key: str, nodes: Fields) -> ReadFound:
    """`searchNotes(query:)`."""
    given = planning.arguments("Query", nodes[0])
    return _found(planning, entity, key, nodes, text_query(given), "Hit")


def plan_nearest(planning: Planning, entity: Entity, key: str, nodes: Fields) -> ReadFound:
    """`nearestNotes(to:)`; without `by` and `metric`, as the first index that is declared has it."""
    given = planning.arguments("Query", nodes[0])
    by, metric, to = given.get("by"), given.get("metric"), given["to"]
    column = entity.field(by.value) if isinstance(by, Leaf) else entity.nearest[0].column
    declared = next(index.metric for index in entity.nearest if index.column is column)
    assert isinstance(to, Leaf)
    nearby = Nearby(column, metric.value if isinstance(metric, Leaf) else declared, column_slot(to, column))
    return _found(planning, entity, key, nodes, nearby, "Neighbour")


def _found(planning: Planning, entity: Entity, key: str, nodes: Fields, by: TextQuery | Nearby, kind: str) -> ReadFound:
    planning.allow(entity, "read")
    given: dict[str, Given] = planning.arguments("Query", nodes[0])
    return ReadFound(
        key,
        entity,
        by,
        where=plan_where(planning, entity, given.get("where"), ("where",)),
        rows=page_rows(planning, given.get("first")),
        offset=page_offset(given.get("offset")),
        fields=tuple(_fields(planning, entity, nodes, entity.name + kind)),
    )


def _fields(
    planning: Planning, entity: Entity, nodes: Fields, type_name: str
) -> Iterator[NodeOf | Score | Snippet | TypeName]:
    type_ = planning.type_of(type_name)
    for key, fields in collect_fields(planning.document, type_, sub_selections(nodes)).items():
        match fields[0].name.value:
            case "node":
                yield NodeOf(key, plan_selection(planning, entity, fields))
            case "rank" | "distance":
                yield Score(key)
            case "snippet":
                yield Snippet(key)
            case _:
                yield TypeName(key, type_name)
