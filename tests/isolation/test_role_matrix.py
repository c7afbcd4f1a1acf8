"""Every entity by every role by every command: GraphQL and the database do what `__access__` says, and agree.

The rule is stated once more in sessions.expected(), from the declaration alone. Rows are of every kind that the
declaration tells apart: one's own and other people's, and of each rank.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.auth.principal import Principal
from app.catalog import Entity
from app.catalog.names import screaming
from app.graph.names import write_fields
from app.model import Role
from app.model.access import Command
from tests.conftest import World
from tests.isolation.commands import deletion
from tests.isolation.operations import MUTATIONS
from tests.isolation.probes import Variables, fresh_input, some_change, update_document
from tests.isolation.rows import (
    CATALOG,
    ENTITIES,
    GRAPH_ENTITIES,
    Session,
    Values,
    add_row,
    as_json,
    every_entity,
    every_graph_entity,
    insert,
    valid_row,
)
from tests.isolation.sessions import WHO_HAS_THE_ROLE, Outcome, acting, attempt, expected
from tests.world import ACME

every_role = pytest.mark.parametrize("role", list(Role))
owned_entities = pytest.mark.parametrize("entity", [e for e in ENTITIES if e.access.owner], ids=lambda e: e.name)
ranked_entities = pytest.mark.parametrize("entity", [e for e in ENTITIES if e.access.rank], ids=lambda e: e.name)


_COMMANDS: dict[str, tuple[Command, ...]] = {
    "create": ("create",),
    "update": ("update",),
    "upsert": ("create", "update"),
    "delete": ("delete",),
    "restore": ("delete",),
}


@dataclass(frozen=True)
class RowKind:
    """What about a row the rules look at, from the eyes of one caller."""

    given: dict[str, Any]
    owns: bool = True
    rank: Role | None = None


def principal(role: Role) -> Principal:
    """A caller of acme with that role."""
    return Principal(ACME.id, ACME.user(WHO_HAS_THE_ROLE[role]), role)


def row_kinds(entity: Entity, role: Role) -> Iterator[RowKind]:
    """One row of each kind."""
    access, name = entity.access, WHO_HAS_THE_ROLE[role]
    someone_else = "viewer" if name != "viewer" else "member"
    for owns in (True, False) if access.owner else (True,):
        for rank in tuple(Role) if access.rank else (None,):
            given: dict[str, Any] = {access.owner: ACME.user(name if owns else someone_else)} if access.owner else {}
            yield RowKind(given | ({access.rank: rank.value} if access.rank and rank else {}), owns, rank)


async def row_there(superuser: Session, entity: Entity, kind: RowKind) -> Values:
    """A row of that kind; of tenants there is but the one."""
    if entity.key is entity.tenant:
        return {entity.key.name: ACME.id}
    return await add_row(superuser, entity, ACME.id, **kind.given)


@every_role
@every_entity
async def test_raw_sql_does_what_the_declaration_says(
    app_session: Session, superuser: Session, entity: Entity, role: Role
) -> None:
    table, key, column = entity.sql_name, entity.key.name, entity.updatable[0].name
    for kind in row_kinds(entity, role):
        row_id = (await row_there(superuser, entity, kind))[key]
        new_row = await valid_row(superuser, entity, ACME.id, **kind.given)
        statements: dict[Command, tuple[Any, ...]] = {
            "read": (f"select {key} from {table} where {key} = $1", row_id),
            "create": insert(entity, new_row),
            "update": (f"update {table} set {column} = {column} where {key} = $1", row_id),
            "delete": (f"{deletion(entity)} where {key} = $1", row_id),
        }
        for command, (text, *values) in statements.items():
            wanted = expected(entity.access, command, role, owns=kind.owns, rank=kind.rank)
            async with acting(app_session, role=role):
                assert await attempt(app_session, text, *values) is wanted, (command, kind)


@every_role
@every_graph_entity
async def test_graphql_does_what_the_declaration_says(
    world: World, superuser: Session, entity: Entity, role: Role
) -> None:
    kinds = list(row_kinds(entity, role))
    for kind in kinds:
        for command in write_fields(entity).values():
            row = await row_there(superuser, entity, kind)
            # An upsert of a row that is there would have been free to make it: what counts is whose row it is.
            new = kind if command == "create" else kinds[0]
            document, variables = await _request(superuser, entity, command, row, new)
            codes = _codes(await world.answer(document, variables, as_=principal(role)))
            assert codes == ([] if _may(entity, command, role, kind, new) else ["FORBIDDEN"]), (command, kind)


@every_role
@every_graph_entity
async def test_graphql_reads_what_the_declaration_says(world: World, entity: Entity, role: Role) -> None:
    name = entity.plural_field
    for selection, where, needed in (
        ("totalCount", "", [entity]),
        ("nodes { __typename }", "", [entity]),
        *_ways_to_the_neighbours(entity),
    ):
        answer = await world.answer(f"{{ {name}{where} {{ {selection} }} }}", as_=principal(role))
        readable = all(expected(e.access, "read", role) is Outcome.DONE for e in needed)
        assert _codes(answer) == ([] if readable else ["FORBIDDEN"]), (selection, where)


def test_what_nobody_may_do_is_not_in_the_schema() -> None:
    for entity in GRAPH_ENTITIES:
        for command in ("create", "update", "delete"):
            assert (f"{command}{entity.name}" in MUTATIONS.fields) is (getattr(entity.access, command) is not None)


@every_role
@owned_entities
async def test_below_the_ladders_top_nobody_makes_a_row_for_or_gives_one_to_someone_else(
    world: World, app_session: Session, superuser: Session, entity: Entity, role: Role
) -> None:
    access, owner = entity.access, entity.access.owner
    assert owner is not None
    someone = ACME.user("viewer" if role is not Role.VIEWER else "member")
    ours = await add_row(superuser, entity, ACME.id, **{owner: principal(role).user})
    may_create = expected(access, "create", role, owns=False) is Outcome.DONE
    may_give = expected(access, "update", role, owns=False) is Outcome.DONE
    row = await valid_row(superuser, entity, ACME.id, **{owner: someone})
    async with acting(app_session, role=role):
        assert (await attempt(app_session, *insert(entity, row)) is Outcome.DONE) is may_create
        update = f"update {entity.sql_name} set {owner} = $1 where {entity.key.name} = $2"
        assert (await attempt(app_session, update, someone, ours[entity.key.name]) is Outcome.DONE) is may_give
    field = entity.column(owner).field or ""
    created = await _create(world, entity, fresh_input(entity, row), role)
    given = await _set(world, entity, ours, {field: str(someone)}, role)
    assert (created, given) == ([] if may_create else ["FORBIDDEN"], [] if may_give else ["FORBIDDEN"])


@every_role
@ranked_entities
async def test_nobody_raises_a_row_above_their_own_role(
    world: World, app_session: Session, superuser: Session, entity: Entity, role: Role
) -> None:
    rank = entity.access.rank
    assert rank is not None
    for wanted in Role:
        row = await add_row(superuser, entity, ACME.id, **{rank: Role.VIEWER.value})
        may = expected(entity.access, "update", role, rank=wanted) is Outcome.DONE
        async with acting(app_session, role=role):
            update = f"update {entity.sql_name} set {rank} = $1 where {entity.key.name} = $2"
            assert (await attempt(app_session, update, wanted.value, row[entity.key.name]) is Outcome.DONE) is may
        field = entity.column(rank).field or ""
        assert await _set(world, entity, row, {field: wanted.value}, role) == ([] if may else ["FORBIDDEN"])


def _ways_to_the_neighbours(entity: Entity) -> Iterator[tuple[str, str, list[Entity]]]:
    """A selection and a filter through each edge, and the entities that have to be readable for it."""
    for edge in entity.edges:
        needed = [entity, CATALOG[edge.target_name]]
        yield f"nodes {{ {edge.field} {{ __typename }} }}", "", needed
        if edge.many:
            yield f"nodes {{ {edge.field}Stats {{ count }} }}", "", needed
        yield "totalCount", f"(where: {{{edge.field}: {'{some: {}}' if edge.many else '{}'}}})", needed


async def _request(superuser: Session, entity: Entity, kind: str, row: Values, new: RowKind) -> tuple[str, Variables]:
    """A mutation of the row; `new` is what a row has that is made by it."""
    name, key = entity.name, entity.key
    field = next(field for field, k in write_fields(entity).items() if k == kind)
    this = {key.field or "": as_json(row[key.name])}
    if kind == "update":
        return update_document(entity, field), {"by": this, "set": some_change(entity)}
    if kind == "delete":
        return f"mutation ($by: {name}Key!) {{ {field}(by: $by) {{ __typename }} }}", {"by": this}
    if kind == "restore":
        return f"mutation ($id: ID!) {{ {field}(id: $id) {{ __typename }} }}", {"id": this[key.field or ""]}
    create = fresh_input(entity, await valid_row(superuser, entity, ACME.id, **new.given))
    if kind == "create":
        return f"mutation ($row: {name}Create!) {{ {field}(input: $row) {{ __typename }} }}", {"row": create}
    document = f"""mutation ($row: {name}Create!, $set: {name}Set!) {{
      {field}(create: $row, update: $set, on: {screaming(key.field or "")}) {{ __typename }}
    }}"""
    return document, {"row": create | this, "set": some_change(entity)}


def _may(entity: Entity, kind: str, role: Role, row: RowKind, new: RowKind) -> bool:
    commands: tuple[Command, ...] = _COMMANDS[kind]
    rows: dict[Command, RowKind] = {"create": new, "update": row, "delete": row}
    return all(expected(entity.access, c, role, owns=rows[c].owns, rank=rows[c].rank) is Outcome.DONE for c in commands)


async def _create(world: World, entity: Entity, row: Variables, role: Role) -> list[str]:
    document = f"mutation ($row: {entity.name}Create!) {{ create{entity.name}(input: $row) {{ __typename }} }}"
    return _codes(await world.answer(document, {"row": row}, as_=principal(role)))


async def _set(world: World, entity: Entity, row: Values, change: Variables, role: Role) -> list[str]:
    variables = {"by": {entity.key.field: as_json(row[entity.key.name])}, "set": change}
    return _codes(await world.answer(update_document(entity, f"update{entity.name}"), variables, as_=principal(role)))


def _codes(answer: Variables) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]
