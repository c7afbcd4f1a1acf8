"""GraphQL requests that aim at one row, made from the catalog: by each key, through each edge, as each kind of write.

In: the catalog.  Out: Probe, a document whose variables are filled in for the row that it aims at.
Aimed at another tenant's row and at one that does not exist, a probe must get the same answer, byte for byte.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson

from app.catalog import Edge, Entity, Unique
from app.catalog.names import screaming, snake
from app.graph.names import stats_field, write_fields
from app.graph.operations import Operation, answers_with
from app.plan.writes import keys_of
from app.repositories import New
from tests.conftest import World
from tests.isolation.rows import CATALOG, ENTITIES, Session, Values, as_input, as_json, sample
from tests.world import ACME, GLOBEX

Target = Mapping[str, Any]
"""The key fields of a row, by column name."""

Variables = dict[str, Any]


@dataclass(frozen=True)
class Probe:
    """A request that aims at a row of `aims_at`."""

    name: str
    aims_at: Entity
    document: str
    variables: Callable[[Target], Variables]


def read_probes(entity: Entity) -> Iterator[Probe]:
    """Reads that would find the row: by key, by filter, by a filter through each edge that leads there."""
    one = f"query ($by: {entity.name}Key!) {{ {entity.singular_field}(by: $by) {everything(entity)} }}"
    for key in keys_of(entity):
        yield Probe(f"{entity.singular_field} by {key.field}", entity, one, _by(key))
        for shape in ("eq", "in", "not ne"):
            yield Probe(f"{key.field} {shape}", entity, filtered(entity), _where(key, shape))
    for source in ENTITIES:
        for edge in source.edges:
            if CATALOG[edge.target_name] is entity:
                yield from _edge_probes(source, edge, entity)


def write_probes(entity: Entity, row: Values) -> Iterator[Probe]:
    """Writes that would change or find the row, or make another that takes its key. `row` is a valid row of acme."""
    fields = {kind: field for field, kind in write_fields(entity).items()}
    for key in keys_of(entity):
        if "update" in fields:
            change = as_input_of_update(entity, row)
            document = f"mutation ($by: {entity.name}Key!, $set: {entity.name}Set!) {{ {fields['update']}"
            document += f"(by: $by, set: $set) {everything(entity)} }}"
            yield Probe(f"update by {key.field}", entity, document, _by(key, set=change))
        if "delete" in fields:
            document = f"mutation ($by: {entity.name}Key!) {{ {fields['delete']}(by: $by) {everything(entity)} }}"
            yield Probe(f"delete by {key.field}", entity, document, _by(key))
        if "upsert" in fields:
            document = f"mutation ($row: {entity.name}Create!) {{ {fields['upsert']}"
            document += f"(create: $row, on: {screaming(key.field)}) {{ __typename }} }}"
            yield Probe(f"upsert on {key.field}", entity, document, _taking(entity, row, key))
        if "create" in fields:
            document = f"mutation ($row: {entity.name}Create!) {{ {fields['create']}(input: $row) {{ __typename }} }}"
            yield Probe(f"create with {key.field}", entity, document, _taking(entity, row, key))


def reference_probes(entity: Entity, row: Values) -> Iterator[Probe]:
    """Writes of a row that points at another: `row` is a valid row of acme that is there."""
    by = {entity.key.field: as_json(row[entity.key.name])}
    fields = {kind: field for field, kind in write_fields(entity).items()}
    for key in entity.foreign_keys:
        target, field = CATALOG[key.target_name], key.column.field
        if target.tenant is None or key.column not in entity.creatable:
            continue
        if "create" in fields:
            document = f"mutation ($row: {entity.name}Create!) {{ {fields['create']}(input: $row) {{ __typename }} }}"
            yield Probe(f"create with {field}", target, document, _pointing(entity, row, field))
        if "upsert" in fields:
            document = f"mutation ($row: {entity.name}Create!) {{ {fields['upsert']}(create: $row) {{ __typename }} }}"
            yield Probe(f"upsert with {field}", target, document, _pointing(entity, row, field))
        if "update" in fields and key.column in entity.updatable:
            document = f"mutation ($by: {entity.name}Key!, $set: {entity.name}Set!) {{ {fields['update']}"
            document += "(by: $by, set: $set) { __typename } }"
            yield Probe(f"update of {field}", target, document, _setting(by, field))


def operation_probes(row_of: Callable[[Entity], Values]) -> Iterator[Probe]:
    """Every domain operation, aimed at a row through each argument that names one; the rest is acme's own."""
    for name, function in CATALOG.operations.items():
        for argument, aimed in _naming_arguments(function):
            yield Probe(f"{name}({argument})", aimed[0], operation_document(name, function), _calling(function, argument, row_of))


def operation_document(name: str, function: Operation) -> str:
    """A call of the operation with a variable for each argument."""
    from app.graph.operations import operation_field

    arguments = operation_field(name, function).arguments
    variables = ", ".join(f"${a.name}: {_graphql_type(a.annotation)}" for a in arguments)
    given = ", ".join(f"{a.name}: ${a.name}" for a in arguments)
    return f"mutation ({variables}) {{ {name}({given}) {{ __typename }} }}"


def _graphql_type(annotation: str) -> str:
    """`Optional[list[X]]` → `[X!]`, `str` → `String!`."""
    if annotation.startswith("Optional["):
        return _graphql_type(annotation[9:-1]).removesuffix("!")
    if annotation.startswith("list["):
        return f"[{_graphql_type(annotation[5:-1])}]!"
    return {"str": "String", "int": "Int", "float": "Float", "bool": "Boolean"}.get(annotation, annotation) + "!"
