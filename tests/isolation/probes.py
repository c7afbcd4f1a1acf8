"""GraphQL requests that aim at one row, made from the catalog: by each key, through each edge, as each kind of write.

In: the catalog.  Out: Probe, a document whose variables are filled in for the row that it aims at.
Aimed at another tenant's row and at one that does not exist, a probe must get the same answer, byte for byte.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.catalog import Edge, Entity, Unique
from app.catalog.facts import ForeignKey
from app.catalog.names import screaming
from app.graph.names import many_fields, stats_field, write_fields
from app.plan.trees import Nestable, nestable_edges
from app.plan.writes import keys_of
from tests.isolation.rows import CATALOG, GRAPH_ENTITIES, Values, as_input, as_json, sample

Target = Mapping[str, Any]
"""The values of a row's keys, by column name."""

Variables = dict[str, Any]


@dataclass(frozen=True)
class Probe:
    """A request that aims at a row of `aims_at`."""

    name: str
    aims_at: Entity
    document: str
    variables: Callable[[Target], Variables]


def everything(entity: Entity) -> str:
    """A selection of all that a row shows, one edge deep."""
    fields = [c.field or "" for c in entity.fields]
    for edge in entity.edges:
        key = CATALOG[edge.target_name].key.field
        many = f"{edge.field} {{ totalCount nodes {{ {key} }} }} {edge.field}Stats {{ count }}"
        fields.append(many if edge.many else f"{edge.field} {{ {key} }}")
    return f"{{ {' '.join(fields)} }}"


def listing(entity: Entity) -> str:
    """A query of all that a list shows, its numbers included; takes `$where`."""
    key = entity.key.field
    return f"""query ($where: {entity.name}Where) {{
      {entity.plural_field}(where: $where, first: 1000) {{
        totalCount
        nodes {everything(entity)}
        edges {{ cursor node {{ {key} }} }}
        pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }}
      }}
      {stats_field(entity)}(where: $where) {{
        count groups(by: [{screaming(key or "")}], first: 1000) {{ keys {{ {key} }} count }}
      }}
    }}"""


def read_probes(entity: Entity) -> Iterator[Probe]:
    """Reads that would find the row: by key, by filter, by a filter through each edge that leads there."""
    one = f"query ($by: {entity.name}Key!) {{ {entity.singular_field}(by: $by) {everything(entity)} }}"
    for key in keys_of(entity):
        yield Probe(f"{entity.singular_field}(by {key.field})", entity, one, by(key))
        for shape in ("eq", "in", "not ne"):
            yield Probe(f"{entity.plural_field}({key.field} {shape})", entity, listing(entity), where(key, shape))
    for source in GRAPH_ENTITIES:
        for edge in source.edges:
            if edge.target_name == entity.name:
                yield from _edge_probes(source, edge, entity)


def _edge_probes(source: Entity, edge: Edge, target: Entity) -> Iterator[Probe]:
    key = keys_of(target)[0]
    name = f"{source.plural_field}({edge.field}"
    if not edge.many:
        yield Probe(f"{name})", target, listing(source), _through(where(key, "eq"), edge.field))
        return
    for quantifier, shape in (("some", "eq"), ("none", "eq"), ("every", "ne")):
        variables = _through(where(key, shape), edge.field, quantifier)
        yield Probe(f"{name} {quantifier})", target, listing(source), variables)


def write_probes(entity: Entity, row: Values) -> Iterator[Probe]:
    """Writes that would change the row, or make another with its key. `row` is what a new row of the caller's needs."""
    name, fields = entity.name, {kind: field for field, kind in write_fields(entity).items()}
    for key in keys_of(entity):
        if field := fields.get("update"):
            document = update_document(entity, field)
            yield Probe(f"{field}(by {key.field})", entity, document, by(key, set=some_change(entity)))
        if field := fields.get("delete"):
            document = f"mutation ($by: {name}Key!) {{ {field}(by: $by) {{ __typename }} }}"
            yield Probe(f"{field}(by {key.field})", entity, document, by(key))
        if (field := fields.get("restore")) and key.columns == (entity.key,):
            document = f"mutation ($id: ID!) {{ {field}(id: $id) {{ __typename }} }}"
            yield Probe(field, entity, document, lambda target: {"id": as_json(target[entity.key.name])})
        if field := fields.get("upsert"):
            on = screaming(key.field)
            document = f"mutation ($row: {name}Create!) {{ {field}(create: $row, on: {on}) {{ __typename }} }}"
            yield Probe(f"{field}(on {key.field})", entity, document, _taking(entity, row, key))
        if field := fields.get("create"):
            document = f"mutation ($row: {name}Create!) {{ {field}(input: $row) {{ __typename }} }}"
            yield Probe(f"{field}(with {key.field})", entity, document, _taking(entity, row, key))
    yield from _write_many_probes(entity, row)


def _write_many_probes(entity: Entity, row: Values) -> Iterator[Probe]:
    name, fields = entity.name, {kind: field for field, kind in many_fields(entity).items()}
    for key in keys_of(entity):
        if field := fields.get("update"):
            variables = f"$where: {name}Where!, $set: {name}Set!"
            document = f"mutation ({variables}) {{ {field}(where: $where, set: $set) {{ count nodes {{ id }} }} }}"
            yield Probe(f"{field}({key.field})", entity, document, where(key, "eq", set=some_change(entity)))
        if field := fields.get("delete"):
            document = f"mutation ($where: {name}Where!) {{ {field}(where: $where) {{ count nodes {{ id }} }} }}"
            yield Probe(f"{field}({key.field})", entity, document, where(key, "eq"))
        if field := fields.get("create"):
            document = f"mutation ($row: {name}Create!) {{ {field}(input: [$row]) {{ count }} }}"
            yield Probe(f"{field}(with {key.field})", entity, document, _taking(entity, row, key))


def update_document(entity: Entity, field: str) -> str:
    """An update by `$by` to `$set`."""
    variables = f"$by: {entity.name}Key!, $set: {entity.name}Set!"
    return f"mutation ({variables}) {{ {field}(by: $by, set: $set) {{ __typename }} }}"


def reference_probes(entity: Entity, row: Values, existing: Any) -> Iterator[Probe]:
    """Writes of a row that would point at the row aimed at: new ones, and the existing one with that id."""
    name, fields = entity.name, {kind: field for field, kind in write_fields(entity).items()}
    for key in entity.foreign_keys:
        target = CATALOG[key.target_name]
        if target.tenant is None:
            continue
        if field := fields.get("create"):
            document = f"mutation ($row: {name}Create!) {{ {field}(input: $row) {{ __typename }} }}"
            yield Probe(f"{field}({key.column.field})", target, document, _pointing(entity, row, key))
            many = next(field for field, kind in many_fields(entity).items() if kind == "create")
            document = f"mutation ($row: {name}Create!) {{ {many}(input: [$row]) {{ count }} }}"
            yield Probe(f"{many}({key.column.field})", target, document, _pointing(entity, row, key))
        if field := fields.get("upsert"):
            document = f"mutation ($row: {name}Create!) {{ {field}(create: $row) {{ __typename }} }}"
            yield Probe(f"{field}({key.column.field})", target, document, _pointing(entity, row, key))
        if (field := fields.get("update")) and key.column in entity.updatable:
            document = update_document(entity, field)
            this = {entity.key.field or "": as_json(existing)}
            yield Probe(f"{field}({key.column.field})", target, document, _repointing(this, key))
    yield from _connecting_probes(entity, row)


def _connecting_probes(entity: Entity, row: Values) -> Iterator[Probe]:
    """New rows with the row aimed at under one of their edges, by each of its keys."""
    creating = {kind: field for field, kind in write_fields(entity).items()}.get("create")
    if creating:
        document = f"mutation ($row: {entity.name}Create!) {{ {creating}(input: $row) {{ __typename }} }}"
        for nestable in nestable_edges(CATALOG, entity):
            for key in keys_of(nestable.target) if nestable.connects else ():
                name = f"{creating}({nestable.edge.field}.connect.{key.field})"
                yield Probe(name, nestable.target, document, _connecting(entity, row, nestable, key))


def by(key: Unique, **others: Any) -> Callable[[Target], Variables]:
    """Variables that name the row by a key."""
    (column,) = key.columns
    return lambda target: {"by": {key.field: as_json(target[column.name])}} | others


def where(key: Unique, shape: str, **others: Any) -> Callable[[Target], Variables]:
    """Variables that find the row by a filter on a key."""
    (column,) = key.columns

    def variables(target: Target) -> Variables:
        value = as_json(target[column.name])
        conditions = {"eq": {"eq": value}, "in": {"in": [value]}, "ne": {"ne": value}, "not ne": {"ne": value}}
        condition = {key.field: conditions[shape]}
        return {"where": {"not": condition} if shape == "not ne" else condition} | others

    return variables


def _through(inner: Callable[[Target], Variables], *path: str) -> Callable[[Target], Variables]:
    def variables(target: Target) -> Variables:
        condition = inner(target)["where"]
        for name in reversed(path):
            condition = {name: condition}
        return {"where": condition}

    return variables


def some_change(entity: Entity) -> dict[str, Any]:
    """A `set` that changes a row: of a field that is no key, no reference and no matter of rights."""
    special = {c.name for key in keys_of(entity) for c in key.columns} | {k.column.name for k in entity.foreign_keys}
    special |= {entity.access.owner or "", entity.access.rank or ""}
    column = next(c for c in entity.updatable if c.name not in special)
    # New rows hold the first value of an enum.
    value = list(column.enum)[-1].value if column.enum else sample(column)
    return {column.field or "": as_json(value)}


def fresh_input(entity: Entity, row: Values) -> Variables:
    """The input of a new row like this one: with other keys, which may be taken."""
    keys = {c.name: sample(c) for key in keys_of(entity) for c in key.columns}
    return as_input(entity, row | keys)


def _taking(entity: Entity, row: Values, key: Unique) -> Callable[[Target], Variables]:
    (column,) = key.columns
    return lambda target: {"row": fresh_input(entity, row) | {key.field: as_json(target[column.name])}}


def _pointing(entity: Entity, row: Values, key: ForeignKey) -> Callable[[Target], Variables]:
    target_key = CATALOG[key.target_name].key.name
    return lambda target: {"row": fresh_input(entity, row) | {key.column.field or "": as_json(target[target_key])}}


def _connecting(entity: Entity, row: Values, nestable: Nestable, key: Unique) -> Callable[[Target], Variables]:
    edge, column = nestable.edge, nestable.column

    def variables(target: Target) -> Variables:
        named = {key.field: as_json(target[key.columns[0].name])}
        given = {name: v for name, v in fresh_input(entity, row).items() if edge.many or name != column.field}
        return {"row": given | {edge.field: {"connect": [named] if edge.many else named}}}

    return variables


def _repointing(this: Variables, key: ForeignKey) -> Callable[[Target], Variables]:
    target_key = CATALOG[key.target_name].key.name
    return lambda target: {"by": this, "set": {key.column.field or "": as_json(target[target_key])}}
