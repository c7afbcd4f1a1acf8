"""Policies made from an entity's access: who may see and write which rows.

In: an entity.  Out: CREATE POLICY statements.  Shape, for every tenant table:

    tenant_floor    RESTRICTIVE, TO PUBLIC     the tenant rule, which no other policy can widen
    tenant_access   PERMISSIVE, TO the roles that work on the table; the same rule, so nothing is granted beyond it
    read_gate, create_gate, update_gate, delete_gate   RESTRICTIVE, TO bulkhead_app: the caller's role and ownership

Where rows are deleted by an update, that one gate is for both commands (`_may_change`), and there is

    purge_gate      RESTRICTIVE, FOR DELETE, TO bulkhead_platform   for good, only what was deleted before

A log has two more, for the owner, who appends to it and seals it, in one tenant at a time like everybody:

    owner_appends, owner_reads   PERMISSIVE, FOR INSERT and FOR SELECT, TO bulkhead_owner

A table with full-text search differs in two: its floor is TO every role but bulkhead_search, and

    search_reads    PERMISSIVE, FOR SELECT, TO bulkhead_search   every row, of which it has grants on three columns

(docs/decisions/0009-search-crosses-the-floor.md).

No policy has a sub-select, and `nullif` stands in the function rather than here: `pgrls verify` proves this shape, and
a tenant-sharded Postgres accepts it.
"""

from collections.abc import Iterator

from app.catalog.facts import Column, Entity
from app.isolation.roles import APP, OWNER, PLATFORM, SEARCH
from app.model.access import Access, Command, Role

_CALLER_ROLE = "app.current_role_name()"


def policies(entity: Entity) -> Iterator[str]:
    """The CREATE POLICY statements of an entity, floor first."""
    if entity.tenant is None:
        yield _policy(entity, "platform_access", f"as permissive for all to {OWNER}, {PLATFORM}", "true", "true")
        return
    rule = f"{entity.tenant.name} = app.current_tenant()"
    works = entity.access.platform or entity.secrets or entity.deleted
    roles = ", ".join([APP, PLATFORM] if works else [APP])
    floored = ", ".join([APP, OWNER, PLATFORM]) if entity.search else "public"
    yield _policy(entity, "tenant_floor", f"as restrictive for all to {floored}", rule, rule)
    yield _policy(entity, "tenant_access", f"as permissive for all to {roles}", rule, rule)
    if entity.append_only:
        yield _policy(entity, "owner_appends", f"as permissive for insert to {OWNER}", None, rule)
        yield _policy(entity, "owner_reads", f"as permissive for select to {OWNER}", rule, None)
    if entity.search:
        yield _policy(entity, "search_reads", f"as permissive for select to {SEARCH}", "true", None)
    yield from _gates(entity)
    if entity.deleted:
        rule = f"{entity.deleted.name} is not null"
        yield _policy(entity, "purge_gate", f"as restrictive for delete to {PLATFORM}", rule, None)


def may_read(access: Access) -> str:
    """What is asked of the caller's role before a row is read."""
    return _one_of(access.read.and_above()) if access.read else "false"


def _gates(entity: Entity) -> Iterator[str]:
    """A gate for every command. One that nobody may run has no grant either; the gate stays when a grant slips in."""
    access = entity.access
    read = _gate(entity, may_read(access)) if access.read else "false"
    create, update, delete = (may_write(access, command) for command in ("create", "update", "delete"))
    if entity.deleted:
        update, delete = _may_change(entity.deleted, update, delete), "false"
    yield _policy(entity, "read_gate", f"as restrictive for select to {APP}", read, None)
    yield _policy(entity, "create_gate", f"as restrictive for insert to {APP}", None, create)
    yield _policy(entity, "update_gate", f"as restrictive for update to {APP}", update, update)
    yield _policy(entity, "delete_gate", f"as restrictive for delete to {APP}", delete, None)


def _policy(entity: Entity, name: str, kind: str, using: str | None, check: str | None) -> str:
    parts = [f"create policy {name} on {entity.sql_name} {kind}"]
    parts += [f"using ({using})"] if using else []
    parts += [f"with check ({check})"] if check else []
    return "\n  ".join(parts)


def _may_change(deleted: Column, update: str, delete: str) -> str:
    """Before an update and after it, a row is the caller's to change while it is not deleted, or to delete.

    So nobody makes a row a deleted one, or what was deleted a row again, but by the rule for deletions. Who may delete
    and not change is held by a trigger to just that (triggers.py): a policy sees one row, not what it was before.
    """
    if update in (delete, "false"):
        return delete
    return f"({deleted.name} is null and ({update})) or ({delete})"


def may_write(access: Access, command: Command, row: str = "") -> str:
    """The roles that may write, each with what it asks of the row. Roles that ask the same stand together.

    row    what its columns are told by, such as `old.`
    """
    lowest = access.lowest_role(command)
    if lowest is None:
        return "false"
    asked: dict[str, list[Role]] = {}
    for role in lowest.and_above():
        asked.setdefault(" and ".join(_asked_of_row(access, role, row)), []).append(role)
    return " or ".join(
        f"({_one_of(tuple(roles))} and {condition})" if condition else _one_of(tuple(roles))
        for condition, roles in asked.items()
    )


def _asked_of_row(access: Access, role: Role, row: str) -> Iterator[str]:
    if access.owner and role.rank < access.any_row.rank:
        yield f"{row}{access.owner} = app.current_user_id()"
    if access.rank and role.and_below() != tuple(Role):
        yield f"{row}{access.rank} in ({_quoted(role.and_below())})"


def _gate(entity: Entity, condition: str) -> str:
    """A condition on the caller alone, in a shape that Postgres looks at once for all rows.

    Of `role in (…)` it expects one row in 200 for each role, and so sorts a whole list for its first page rather than
    walk the index of its order (tests/size); and it asks again for each row. This shape asks for the tenant that is
    asked for anyway: with the statement's own `tenant_id = $1` it is a one-time filter. Measured: 0.3 µs a row less.
    """
    assert entity.tenant is not None
    return f"{entity.tenant.name} = case when {condition} then app.current_tenant() end"


def _one_of(roles: tuple[Role, ...]) -> str:
    return f"{_CALLER_ROLE} in ({_quoted(roles)})"


def _quoted(roles: tuple[Role, ...]) -> str:
    return ", ".join(f"'{role.value}'" for role in roles)
