"""Audit triggers made from the declarations. Triggers of a single table stand in `sql/triggers/`.

In: an entity.  Out: CREATE TRIGGER statements.
"""

from collections.abc import Iterator

from app.catalog.facts import Entity
from app.catalog.names import snake
from app.model.entity import Audit


def audit_triggers(entity: Entity) -> Iterator[str]:
    """Every change leaves an entry in the audit log, in the same transaction, whoever makes it."""
    names = [entity.name, snake(entity.name)]
    match entity.audit:
        case Audit.EVERY_ROW:
            secrets = [c.name for c in entity.columns if c.hidden]
            yield (
                f"create trigger audit after insert or update or delete on {entity.sql_name}\n"
                f"for each row execute function app.audit_row({_quoted([*names, entity.key.name, *secrets])})"
            )
        case Audit.EVERY_STATEMENT:
            # A trigger with a transition table takes one event only.
            for event, rows in (("insert", "new"), ("update", "new"), ("delete", "old")):
                yield (
                    f"create trigger audit_{event} after {event} on {entity.sql_name}\n"
                    f"referencing {rows} table as changed\n"
                    f"for each statement execute function app.audit_statement({_quoted(names)})"
                )


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
