"""Plans reads: a root field and its selection become one tree of table reads.

In: field nodes that share a response key, and the planning.  Out: nodes.Read.
Rejects: entities that the role may not read.
"""

from collections.abc import Iterator

from graphql import FieldNode

from app.catalog.facts import Edge, Entity, Reference
from app.plan.aggregates import plan_stats
from app.plan.conditions import own_value, plan_key
from app.plan.fields import collect_fields, sub_selections
from app.plan.nodes import (
    CursorOf,
    Custom,
    Edges,
    EdgeStats,
    NodeOf,
    Nodes,
    Page,
    PageField,
    PageInfo,
    ReadNodes,
    ReadOne,
    ReadPage,
    ReadStats,
    Referred,
    Scalar,
    SelectedField,
    Selection,
    ToMany,
    ToOne,
    TotalCount,
    TypeName,
)
from app.plan.pages import plan_page_arguments
from app.plan.planning import Planning
from app.plan.values import Constant, Encoding, Leaf, Slot

STATS_SUFFIX = "Stats"

Fields = list[FieldNode]


def plan_read_one(planning: Planning, entity: Entity, key: str, nodes: Fields) -> ReadOne:
    """`user(by:)`."""
    given = planning.arguments("Query", nodes[0])
    return ReadOne(key, plan_key(entity, given["by"], ("by",)), plan_selection(planning, entity, nodes))


def plan_read_page(planning: Planning, entity: Entity, key: str, nodes: Fields) -> ReadPage:
    """`users(…)`."""
    return ReadPage(key, _page(planning, entity, "Query", nodes))


def plan_read_stats(planning: Planning, entity: Entity, key: str, nodes: Fields) -> ReadStats:
    """`userStats(…)`."""
    return ReadStats(key, plan_stats(planning, entity, "Query", nodes))


def plan_read_nodes(planning: Planning, key: str, nodes: Fields) -> ReadNodes:
    """`node(id:)` or `nodes(ids:)`: of each entity that the role may read, what the fragments ask of it."""
    given = planning.arguments("Query", nodes[0])
    ids = given.get("ids", given.get("id"))
    assert isinstance(ids, Leaf)
    slot = Slot(ids.source, Encoding.IDS if "ids" in given else Encoding.UUID, ids.input_path)
    readable = [e for e in planning.catalog.graph_entities() if e.access.allows(planning.role, "read")]
    return ReadNodes(key, slot, tuple(plan_selection(planning, entity, nodes) for entity in readable))


def plan_selection(planning: Planning, entity: Entity, nodes: Fields) -> Selection:
    """What the field nodes ask of a row of the entity."""
    planning.allow(entity, "read")
    planning = planning.deeper()
    fields = collect_fields(planning.document, planning.type_of(entity.name), sub_selections(nodes))
    return Selection(entity, tuple(_selected(planning, entity, key, nodes) for key, nodes in fields.items()))


def _selected(planning: Planning, entity: Entity, key: str, nodes: Fields) -> SelectedField:
    name = nodes[0].name.value
    if name == "__typename":
        return TypeName(key, entity.name)
    if edge := entity.edge(name):
        return _edge(planning, entity, edge, key, nodes)
    if edge := entity.edge(name.removesuffix(STATS_SUFFIX)):
        return EdgeStats(key, edge, plan_stats(planning, planning.catalog[edge.target_name], entity.name, nodes))
    if reference := entity.reference(name):
        return Referred(key, reference, tuple(_referred(planning, reference, nodes)))
    if custom := entity.custom_field(name):
        return Custom(key, custom)
    return Scalar(key, own_value(planning, entity, entity.value(name)))


def _referred(planning: Planning, reference: Reference, nodes: Fields) -> Iterator[Selection]:
    """What is asked of a row of each entity that the reference can lead to, and the role may read."""
    for name in reference.targets:
        target = planning.catalog[name]
        if target.access.allows(planning.role, "read"):
            yield plan_selection(planning, target, nodes)


def _edge(planning: Planning, entity: Entity, edge: Edge, key: str, nodes: Fields) -> ToOne | ToMany:
    target = planning.catalog[edge.target_name]
    if edge.many:
        return ToMany(key, edge, _page(planning, target, entity.name, nodes))
    return ToOne(key, edge, plan_selection(planning, target, nodes))


def _page(planning: Planning, entity: Entity, parent: str, nodes: Fields) -> Page:
    planning.allow(entity, "read")
    arguments = plan_page_arguments(planning, entity, planning.arguments(parent, nodes[0]))
    fields = collect_fields(planning.document, planning.type_of(f"{entity.name}Connection"), sub_selections(nodes))
    return Page(
        entity=entity,
        where=arguments.where,
        order=arguments.order,
        rows=arguments.rows,
        distinct=arguments.distinct,
        fields=tuple(_page_field(planning, entity, key, nodes) for key, nodes in fields.items()),
        backward=arguments.backward,
        after=arguments.after,
        before=arguments.before,
        offset=arguments.offset,
    )


def _page_field(planning: Planning, entity: Entity, key: str, nodes: Fields) -> PageField:
    match nodes[0].name.value:
        case "nodes":
            return Nodes(key, plan_selection(planning, entity, nodes))
        case "edges":
            return Edges(key, tuple(_edge_fields(planning, entity, nodes)))
        case "pageInfo":
            fields = collect_fields(planning.document, planning.type_of("PageInfo"), sub_selections(nodes))
            return PageInfo(key, tuple((key, nodes[0].name.value) for key, nodes in fields.items()))
        case "totalCount":
            return TotalCount(key, _cap(planning))
        case "totalCountIsExact":
            return TotalCount(key, _cap(planning), is_exact=True)
        case _:
            return TypeName(key, f"{entity.name}Connection")


def _cap(planning: Planning) -> Slot:
    """How far rows are counted."""
    return Slot(Constant(planning.limits.max_counted_rows), Encoding.PLAIN)


def _edge_fields(planning: Planning, entity: Entity, nodes: Fields) -> Iterator[CursorOf | NodeOf | TypeName]:
    type_ = planning.type_of(f"{entity.name}Edge")
    for key, fields in collect_fields(planning.document, type_, sub_selections(nodes)).items():
        match fields[0].name.value:
            case "cursor":
                yield CursorOf(key)
            case "node":
                yield NodeOf(key, plan_selection(planning, entity, fields))
            case _:
                yield TypeName(key, type_.name)
