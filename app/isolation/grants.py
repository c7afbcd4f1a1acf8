"""Grants made from an entity's access and columns: what a role has no grant for, no bug of ours can reach.

In: an entity.  Out: GRANT statements. The requests' role gets columns, not tables: hidden ones are not among them, and
secrets only to be written.
"""

from collections.abc import Iterable, Iterator

from app.catalog.facts import Column, Entity
from app.isolation.roles import APP, PLATFORM, SEARCH

# What every statement calls: policies, defaults and checks run with the rights of the caller.
CALLABLE_FUNCTIONS = (
    "app.current_tenant()",
    "app.current_user_id()",
    "app.current_role_name()",
    "app.new_id()",
    "app.refuse_missing(text)",
    "app.each_fits(text[], integer, integer, text)",
    "app.apply_settings(text[], text[])",
    "app.set_context(uuid, uuid, text, text, text, text, integer)",
    "app.set_reader(uuid, uuid, text, integer)",
)
# What appends to the audit log and seals it, in the current tenant; with the rights of the owner.
AUDIT_FUNCTIONS = (
    "app.audit_operation(uuid, text, text, uuid)",
    "app.seal_audit(uuid)",
    "app.sign_audit_seal(uuid, integer, text)",
)
# What makes a query of a text. The search functions themselves are granted where they are made (search.py).
SEARCH_QUERY = "app.search_query(regconfig, text, boolean)"


def function_grants() -> Iterator[str]:
    """Nobody calls a function of ours unless it is listed here."""
    yield "revoke all on all functions in schema app from public"
    yield f"grant execute on function {', '.join(CALLABLE_FUNCTIONS)} to {APP}, {PLATFORM}"
    yield f"grant execute on function {', '.join((*AUDIT_FUNCTIONS, SEARCH_QUERY))} to {APP}"
    # The search functions call these with the rights of their owner.
    yield f"grant execute on function app.current_tenant(), app.current_role_name(), {SEARCH_QUERY} to {SEARCH}"


def grants(entity: Entity) -> Iterator[str]:
    """The GRANT statements of an entity."""
    if entity.tenant is not None:
        yield from _app_grants(entity)
    if entity.access.platform:
        yield f"grant select, insert, update, delete on {entity.sql_name} to {PLATFORM}"
    elif entity.secrets or entity.deleted:
        # To seal secrets with another key (app/vault/rotation.py), and to delete for good what was deleted long enough
        # ago (app/purge.py). It needs to know no more of a row.
        deleted = [entity.deleted] if entity.deleted else []
        seen = _names([_tenant(entity), entity.key, *entity.secrets, *deleted])
        yield f"grant select ({seen}){', delete' * bool(deleted)} on {entity.sql_name} to {PLATFORM}"
        if entity.secrets:
            yield f"grant update ({_names(entity.secrets)}) on {entity.sql_name} to {PLATFORM}"


def updated_columns(entity: Entity) -> list[Column]:
    """The columns that the requests' role may change: by updates, and by what deletes a row and restores it."""
    access, deletes = entity.access, entity.deleted is not None and entity.access.delete is not None
    columns = [*entity.updatable] if access.update else []
    columns += entity.touched if access.update or deletes else ()
    return columns + ([entity.deleted] if deletes and entity.deleted else [])


def _app_grants(entity: Entity) -> Iterator[str]:
    access, table = entity.access, entity.sql_name
    readable = [c for c in entity.columns if c.is_readable]
    if access.read:
        yield f"grant select ({_names(readable)}) on {table} to {APP}"
    if access.create:
        yield f"grant insert ({_names([_tenant(entity), *entity.creatable])}) on {table} to {APP}"
    if updated := updated_columns(entity):
        yield f"grant update ({_names(updated)}) on {table} to {APP}"
    if access.delete and not entity.deleted:
        yield f"grant delete on {table} to {APP}"


def _tenant(entity: Entity) -> Column:
    assert entity.tenant is not None
    return entity.tenant


def _names(columns: Iterable[Column]) -> str:
    return ", ".join(c.name for c in columns)
