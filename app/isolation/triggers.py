"""Triggers made from the declarations: of status flows, deletions, quotas and the audit log. Those of a single table
stand in `sql/triggers/`.

In: an entity.  Out: CREATE TRIGGER statements.
"""

from collections.abc import Iterator

import orjson

from app.catalog.facts import Column, Entity
from app.catalog.names import snake
from app.isolation.policies import may_write
from app.isolation.roles import APP
from app.isolation.search import SEARCH_VECTOR
from app.model.entity import Audit


def audit_triggers(entity: Entity) -> Iterator[str]:
    """Every change leaves an entry in the audit log, in the same transaction, whoever makes it."""
    names = [entity.name, snake(entity.name)]
    match entity.audit:
        case Audit.EVERY_ROW:
            passed_over = [c.name for c in entity.columns if _goes_without_saying(entity, c)]
            passed_over.append(SEARCH_VECTOR)
            secrets = [c.name for c in entity.columns if not c.is_readable]
            given = _quoted([*names, entity.key.name, *(f"{{{','.join(each)}}}" for each in (passed_over, secrets))])
            for event, rows in (("insert", "new"), ("delete", "old")):
                yield (
                    f"create trigger audit_{event} after {event} on {entity.sql_name}\n"
                    f"referencing {rows} table as changed\n"
                    f"for each statement execute function app.audit_rows({given})"
                )
            yield (
                f"create trigger audit_update after update on {entity.sql_name}\n"
                f"for each row execute function app.audit_change({given})"
            )
        case Audit.EVERY_STATEMENT:
            # A trigger with a transition table takes one event only.
            for event, rows in (("insert", "new"), ("update", "new"), ("delete", "old")):
                yield (
                    f"create trigger audit_{event} after {event} on {entity.sql_name}\n"
                    f"referencing {rows} table as changed\n"
                    f"for each statement execute function app.audit_statement({_quoted(names)})"
                )


def _goes_without_saying(entity: Entity, column: Column) -> bool:
    """Whose row it is, and what every write does by itself."""
    of_tenant = entity.tenant is not None and column.name == entity.tenant.name
    return of_tenant or column.touch is not None or column.name == "created_at"


def transition_triggers(entity: Entity) -> Iterator[str]:
    """No update takes a value where it may not follow, whoever makes it.

    The condition stands in the trigger, not in a function: what is allowed costs a comparison.
    """
    for column in entity.columns:
        if column.transitions is not None:
            old, new = f"old.{column.name}", f"new.{column.name}"
            cases = [
                f"    when '{value}' then {new} in ({_quoted(list(follow))})"
                for value, follow in column.transitions.items()
                if follow
            ]
            allowed = "\n".join([f"  case {old}", *cases, "    else false", "  end"])
            told = orjson.dumps(column.transitions).decode()
            yield (
                f"create trigger transition_of_{column.name} before update on {entity.sql_name}\n"
                f"for each row when ({old} <> {new} and not coalesce(\n{allowed}, false))\n"
                f"execute function app.refuse_transition({_quoted([column.name, told])})"
            )


def deletion_trigger(entity: Entity) -> Iterator[str]:
    """Who may delete a row and not update it changes nothing of it when that is done by an update.

    Policies let them through, since both are updates (policies.py). Where nobody may update there is no grant to do so,
    and where whoever may delete may update, there is nothing to hold. It asks those whom the policies ask.
    """
    update, delete = entity.access.update, entity.access.delete
    columns = [column.name for column in entity.updatable]
    if entity.deleted and update and delete and delete.rank < update.rank and columns:
        old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("old", "new"))
        rules = (may_write(entity.access, "update", row) for row in ("old.", "new."))
        may_update = " and ".join(f"({rule})" for rule in rules)
        yield (
            f"create trigger only_delete before update on {entity.sql_name}\n"
            f"for each row when (\n  ({new}) is distinct from ({old})\n  and not coalesce({may_update}, false)\n"
            f"  and pg_has_role(current_user, '{APP}', 'usage') and row_security_active('{entity.sql_name}'))\n"
            f"execute function app.refuse_update()"
        )


def quota_triggers(entity: Entity) -> Iterator[str]:
    """No tenant has more rows than it may, however many are added or restored at the same time."""
    if entity.quota is None:
        return
    told = [entity.table, entity.quota, *([entity.deleted.name] if entity.deleted else [])]
    function = f"app.hold_quota({_quoted(told)})"
    yield (
        f"create trigger quota after insert on {entity.sql_name}\nreferencing new table as added\n"
        f"for each statement execute function {function}"
    )
    if entity.deleted:
        was, is_ = f"old.{entity.deleted.name}", f"new.{entity.deleted.name}"
        yield (
            f"create trigger quota_of_restored after update on {entity.sql_name}\nreferencing new table as added\n"
            f"for each row when ({was} is not null and {is_} is null)\nexecute function {function}"
        )


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
