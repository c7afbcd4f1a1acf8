"""Renders what a purge runs in one tenant: which rows were deleted long enough ago, and the end of them.

In: an entity that keeps what was deleted.  Out: SQL; `$1` is the tenant, `$2` the days that a deleted row is kept for.
"""

from app.catalog.facts import Entity
from app.render.sql import TENANT, where_lines


def render_expired(entity: Entity) -> str:
    """The keys of such rows, each after when it was deleted and in that order: `$5` of them, after `$3` and `$4`."""
    key, deleted = f"t1.{entity.key.name}", _deleted(entity)
    after = f"({deleted}, {key}) > ($3, $4)"
    head = f"select {deleted}, {key}\nfrom {entity.sql_name} as t1"
    return f"{head}\n{where_lines([*_expired(entity), after])}\norder by {deleted}, {key}\nlimit $5"


def render_purge(entity: Entity) -> str:
    """Deletes those of the keys `$3` for good that nobody has restored meanwhile; a row for each."""
    wanted = where_lines([*_expired(entity), f"t1.{entity.key.name} = any ($3)"])
    return f"delete from {entity.sql_name} as t1\n{wanted}\nreturning true"


def _expired(entity: Entity) -> list[str]:
    assert entity.tenant is not None
    return [f"t1.{entity.tenant.name} = {TENANT}", f"{_deleted(entity)} < now() - make_interval(days => $2)"]


def _deleted(entity: Entity) -> str:
    assert entity.deleted is not None
    return f"t1.{entity.deleted.name}"
