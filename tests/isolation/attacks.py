"""Runs probes as acme's owner, at a row of globex's and at nobody's, and compares.

`attack_by_…` raise AssertionError for any difference. They hold with row-level security and without it.
"""

import re
from typing import Any
from uuid import UUID

import orjson

from app.catalog import Entity
from app.plan.writes import keys_of
from tests.conftest import World
from tests.isolation.operations import operation_probes
from tests.isolation.probes import Probe, Target, Variables, read_probes, reference_probes, write_probes
from tests.isolation.rows import ENTITIES, Session, Values, add_row, enter, sample, snapshot, valid_row
from tests.world import ACME, GLOBEX

_MALFORMED = ("BAD_USER_INPUT", "INTERNAL", "QUERY_TOO_COMPLEX")


async def attack_by_reading(world: World, superuser: Session, entity: Entity) -> None:
    """Another tenant's row is not found by any read; our own is found by each."""
    theirs, ours, nobodys = await targets(superuser, entity)
    for tenant, target in ((GLOBEX, theirs), (ACME, ours)):
        await add_children(superuser, entity, tenant.id, target[entity.key.name])
    for probe in read_probes(entity):
        nothing = await same_answer(world, superuser, probe, theirs, nobodys)
        found = await world.answer(probe.document, probe.variables(ours))
        assert _bytes(found, ours) != _bytes(nothing, nobodys), f"{probe.name} would not find our own row either"


async def attack_by_writing(world: World, superuser: Session, entity: Entity) -> None:
    """Another tenant's row is not changed by any write, nor in the way of one."""
    theirs, ours, nobodys = await targets(superuser, entity)
    before = await snapshot(superuser, GLOBEX.id)
    row = await valid_row(superuser, entity, ACME.id)
    for probe in write_probes(entity, row):
        await same_answer(world, superuser, probe, theirs, nobodys)
    for probe in write_probes(entity, row):
        if probe.name.startswith("update"):
            answer = await world.answer(probe.document, probe.variables(ours))
            assert "errors" not in answer, f"{probe.name} would not change our own row either"
    assert await snapshot(superuser, GLOBEX.id) == before


async def attack_by_pointing(world: World, superuser: Session, entity: Entity) -> None:
    """A reference to another tenant's row is one to nothing; one to our own row holds."""
    row = await valid_row(superuser, entity, ACME.id)
    existing = ACME.id if entity.key is entity.tenant else (await add_row(superuser, entity, ACME.id))[entity.key.name]
    for probe in reference_probes(entity, row, existing):
        theirs, ours, nobodys = await targets(superuser, probe.aims_at)
        before = await snapshot(superuser, GLOBEX.id)
        nothing = await same_answer(world, superuser, probe, theirs, nobodys)
        assert [e["extensions"]["code"] for e in nothing["errors"]] == ["NOT_FOUND"], probe.name
        found = await world.answer(probe.document, probe.variables(ours))
        assert "errors" not in found, probe.name
        assert await snapshot(superuser, GLOBEX.id) == before


async def attack_by_operating(world: World, superuser: Session) -> None:
    """No operation does anything to another tenant's row, nor tells that it is there."""

    async def new_row(entity: Entity, **given: Any) -> Values:
        return await add_row(superuser, entity, ACME.id, **given)

    for probe in operation_probes():
        theirs, ours, nobodys = await targets(superuser, probe.aims_at)
        before = await snapshot(superuser, GLOBEX.id)
        answers = []
        for target in (theirs, nobodys, ours):
            answer = await world.answer(probe.document, await probe.variables(target, new_row))
            answers.append((_bytes(answer, target), answer))
            await forget(superuser, probe.aims_at, target, besides=ours)
        _assert_well_formed(probe.name, answers[1][1])
        assert answers[0][0] == answers[1][0], probe.name
        assert await snapshot(superuser, GLOBEX.id) == before


async def same_answer(
    world: World, superuser: Session, probe: Probe, theirs: Target, nobodys: Target
) -> dict[str, Any]:
    """The answer to a probe at what is not there, after having seen that another tenant's row gets the same."""
    answers = []
    for target in (theirs, nobodys):
        answers.append(await world.answer(probe.document, probe.variables(target)))
        await forget(superuser, probe.aims_at, target)
    _assert_well_formed(probe.name, answers[1])
    assert _bytes(answers[0], theirs) == _bytes(answers[1], nobodys), probe.name
    return answers[1]


async def targets(superuser: Session, entity: Entity) -> tuple[Target, Target, Target]:
    """The keys of a new row of globex, of a new row of acme, and of no row at all."""
    if entity.key is entity.tenant:
        return {entity.key.name: GLOBEX.id}, {entity.key.name: ACME.id}, {entity.key.name: sample(entity.key)}
    names = [c.name for key in keys_of(entity) for c in key.columns]
    rows = [await add_row(superuser, entity, tenant.id) for tenant in (GLOBEX, ACME)]
    theirs, ours = ({name: row[name] for name in names} for row in rows)
    return theirs, ours, {name: sample(entity.column(name)) for name in names}


async def add_children(superuser: Session, parent: Entity, tenant: UUID, key: Any) -> None:
    """Rows that point at a row, one through each reference to its entity: filters find it through them."""
    for entity in ENTITIES:
        for reference in entity.foreign_keys:
            if reference.target_name == parent.name:
                await add_row(superuser, entity, tenant, **{reference.column.name: key})


async def forget(superuser: Session, entity: Entity, target: Target, besides: Target | None = None) -> None:
    """Removes what a probe made in acme under the target's keys, so that the next one starts afresh."""
    if entity.key is entity.tenant or target is besides:
        return
    async with superuser.transaction():
        await enter(superuser, ACME.id)
        for name, value in target.items():
            deletion = f"delete from {entity.sql_name} where tenant_id = $1 and {name} = $2"
            await superuser.execute(deletion, ACME.id, value)


def _bytes(answer: Variables, target: Target) -> bytes:
    """An answer as it is sent, without the values that were asked for."""
    text = orjson.dumps(answer)
    for name, value in target.items():
        # As a word: the digits of a number may stand in any id.
        text = re.sub(rb"\b%b\b" % re.escape(str(value).encode()), name.encode(), text)
    return text


def _assert_well_formed(name: str, answer: Variables) -> None:
    """A request that means nothing would get the same answer everywhere, and prove nothing."""
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert not codes.intersection(_MALFORMED), f"{name}: {answer}"
