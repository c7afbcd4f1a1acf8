"""Grants made from an entity's access and columns: what a role has no grant for, no bug of ours can reach.

In: an entity.  Out: GRANT statements. The requests' role gets columns, not tables: hidden ones are not among them.
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
    "app.each_fits(text[], integer, integer, text)",
    "app.apply_settings(text[], text[])",
    "app.set_context(uuid, uuid, text, text, text, text, integer)",
    "app.set_reader(uuid, uuid, text, integer)",
)
# What makes a query of a text. The search functions themselves are granted where they are made (search.py).
SEARCH_QUERY = "app.search_query(regconfig, text, boolean)"


def function_grants() -> Iterator[str]:
    """Nobody calls a function of ours unless it is listed here."""
    yield "revoke all on all functions in schema app from public"
    yield f"grant execute on function {', '.join(CALLABLE_FUNCTIONS)} to {APP}, {PLATFORM}"
    yield f"grant execute on function {SEARCH_QUERY} to {APP}"
    # The search functions call these with the rights of their owner.
    yield f"grant execute on function app.current_tenant(), app.current_role_name(), {SEARCH_QUERY} to {SEARCH}"


def grants(entity: Entity) -> Iterator[str]:
    """The GRANT statements of an entity."""
    if entity.tenant is not None:
        yield from _app_grants(entity)
    if entity.access.platform:
        yield f"grant select, insert, update, delete on {entity.sql_name} to {PLATFORM}"


def _app_grants(entity: Entity) -> Iterator[str]:
    access, table = entity.access, entity.sql_name
    readable = [c for c in entity.columns if not c.hidden]
    if access.read:
        yield f"grant select ({_names(readable)}) on {table} to {APP}"
    if access.create:
        yield f"grant insert ({_names([_tenant(entity), *entity.creatable])}) on {table} to {APP}"
    if access.update:
        yield f"grant update ({_names([*entity.updatable, *entity.touched])}) on {table} to {APP}"
    if access.delete:
        yield f"grant delete on {table} to {APP}"


def _tenant(entity: Entity) -> Column:
    assert entity.tenant is not None
    return entity.tenant


def _names(columns: Iterable[Column]) -> str:
    return ", ".join(c.name for c in columns)
