"""Plans reads: a root field and its selection become one tree of table reads.

In: field nodes that share a response key, and the planning.  Out: nodes.Read.
Rejects: entities that the role may not read.
"""

from collections.abc import Iterator

from graphql import FieldNode

from app.catalog.facts import Edge, Entity
from app.errors import BadUserInput
from app.plan.conditions import plan_key, plan_where
from app.plan.fields import collect_fields, sub_selections
from app.plan.nodes import (
    Count,
    CursorOf,
    Edges,
    EdgeStats,
    GroupKeys,
    Groups,
    NodeOf,
    Nodes,
    Page,
    PageField,
    PageInfo,
    ReadOne,
    ReadPage,
    ReadStats,
    Scalar,
    SelectedField,
    Selection,
    Stats,
    ToMany,
    ToOne,
    TotalCount,
    TypeName,
)
from app.plan.pages import plan_page_arguments, plan_rows
from app.plan.planning import Planning

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
    return ReadStats(key, _stats(planning, entity, "Query", nodes))


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
        target = planning.catalog[edge.target_name]
        return EdgeStats(key, edge, _stats(planning, target, entity.name, nodes))
    return Scalar(key, entity.field(name))


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
            return TotalCount(key)
        case _:
            return TypeName(key, f"{entity.name}Connection")


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


def _stats(planning: Planning, entity: Entity, parent: str, nodes: Fields) -> Stats:
    planning.allow(entity, "read")
    given = planning.arguments(parent, nodes[0])
    return Stats(
        entity,
        plan_where(planning, entity, given.get("where"), ("where",)),
        tuple(_stats_fields(planning, entity, nodes)),
    )


def _stats_fields(planning: Planning, entity: Entity, nodes: Fields) -> Iterator[Count | Groups | TypeName]:
    type_ = planning.type_of(f"{entity.name}Stats")
    for key, fields in collect_fields(planning.document, type_, sub_selections(nodes)).items():
        match fields[0].name.value:
            case "count":
                yield Count(key)
            case "groups":
                yield _groups(planning, entity, key, fields)
            case _:
                yield TypeName(key, type_.name)


def _groups(planning: Planning, entity: Entity, key: str, nodes: Fields) -> Groups:
    given = planning.arguments(f"{entity.name}Stats", nodes[0])
    by = dict.fromkeys(member.value for member in given["by"].value)  # type: ignore[union-attr]
    if not by:
        raise BadUserInput("Groups go by one field at least.", input_path=("by",))
    return Groups(
        key,
        tuple(entity.column(name) for name in by),
        plan_rows(planning, given),
        tuple(_group_fields(planning, entity, nodes)),
    )


def _group_fields(planning: Planning, entity: Entity, nodes: Fields) -> Iterator[Count | GroupKeys | TypeName]:
    type_ = planning.type_of(f"{entity.name}Group")
    for key, fields in collect_fields(planning.document, type_, sub_selections(nodes)).items():
        match fields[0].name.value:
            case "count":
                yield Count(key)
            case "keys":
                yield GroupKeys(key, tuple(_group_keys(planning, entity, fields)))
            case _:
                yield TypeName(key, type_.name)


def _group_keys(planning: Planning, entity: Entity, nodes: Fields) -> Iterator[Scalar | TypeName]:
    type_ = planning.type_of(f"{entity.name}GroupKeys")
    for key, fields in collect_fields(planning.document, type_, sub_selections(nodes)).items():
        name = fields[0].name.value
        yield TypeName(key, type_.name) if name == "__typename" else Scalar(key, entity.field(name))
