"""From one snapshot to another: the SQL of a revision.

In: the catalog, the snapshot of a migrated database, the snapshot of what is declared.  Out: one SQL text.
Statements that declare an object are taken over as they stand, so a revision reads like the schema. What could lose
data stays a comment, for a person to decide about.  Never: I/O.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateColumn

from app.catalog.facts import Catalog
from app.isolation.roles import SEARCH
from app.isolation.schema import schema_statements
from app.isolation.snapshot import Difference, differences
from app.isolation.tables import metadata

# What a declared statement makes, as a snapshot calls it; a function without its parameters.
_MAKES = (
    (r"create table (\S+)", r"table \1"),
    (r"create (?:unique )?index (\w+) on (\w+\.\w+)", r"index \1 on \2"),
    (r"(comment on (?:table|column) \S+)", r"\1"),
    (r"alter table (\S+) (?:enable|force) row level security", r"row security of \1"),
    (r"create (policy|trigger) (\w+) (?:.*? )?on (\S+)", r"\1 \2 on \3"),
    (r"create function (\w+\.\w+)", r"function \1"),
    (r"create extension if not exists (\w+)", r"extension \1"),
    (r"grant .*? on (\w+\.\w+) to", r"grants on \1"),
)
_DIALECT = sa.make_url("postgresql+asyncpg://").get_dialect()()
_DROP_ORDER = ("trigger", "policy", "grant", "constraint", "index", "default", "comment", "function")
_HAND_WRITTEN = (
    "-- Not done here: it may lose data, or it takes more than the owner's rights. Decide, then write it out."
)


DELETED_AT = "deleted_at"


def revision_sql(catalog: Catalog, found: Mapping[str, str], declared: Mapping[str, str]) -> str:
    """The SQL that leads from what was found to what is declared; empty when nothing differs."""
    outdated = sorted(_outdated(found, declared))
    found = _without(found, outdated)
    new_tables, gone_tables = _tables(declared) - _tables(found), _tables(found) - _tables(declared)
    changes = [
        d
        for d in differences(found, declared)
        if _table(d.identity) not in new_tables | gone_tables or _kind(d.identity) == "table"
    ]
    changes, of_search = _apart(changes, _owned_by_search(found) | _owned_by_search(declared))
    statements = [
        *_guards(changes),
        *(f"alter table {_table(column)} drop column {column.rpartition('.')[2]}" for column in outdated),
        *_drops(changes),
        *_functions(catalog, changes),
        *_declared(catalog, changes, new_tables, ("extension",)),
        *_declared(catalog, changes, new_tables, ("table",)),
        *_alterations(catalog, changes),
        *sorted(_declared(catalog, changes, new_tables, ("index",))),  # SQLAlchemy gives them in any order
        *_declared(catalog, changes, new_tables, ("comment", "row", "policy", "grants", "trigger")),
        *_grants(changes),
        *_search_functions(catalog, of_search, found),
    ]
    by_hand = _by_hand(changes)
    if by_hand and not statements:
        statements = ["select"]  # the driver cannot run a text of comments only
    return "".join(f"{s};\n\n" for s in statements) + by_hand


def _guards(changes: Iterable[Difference]) -> Iterator[str]:
    """Stops where deleted rows would come back, because their entity keeps them no longer."""
    for change in changes:
        column = _column(change.identity)
        if _kind(change.identity) == "column" and change.declared is None and column.endswith(f".{DELETED_AT}"):
            table = _table(change.identity)
            # Its owner sees all rows while row-level security is not forced on it.
            yield f"alter table {table} no force row level security"
            yield (
                f"do $$ begin\n  if exists (select from {table} where {DELETED_AT} is not null) then\n"
                f"    raise exception '{table} has deleted rows that would be shown again: purge them first';\n"
                "  end if;\nend $$"
            )
            yield f"alter table {table} force row level security"


def _outdated(found: Mapping[str, str], declared: Mapping[str, str]) -> Iterator[str]:
    """Generated columns that are computed otherwise now, or not at all. They hold nothing of their own to lose."""
    for identity, text in found.items():
        column = _column(identity)
        facets = (f"column {column}", f"default {column}")
        computed = identity == facets[0] and " generated " in text and _table(identity) in _tables(declared)
        if computed and any(found.get(facet) != declared.get(facet) for facet in facets):
            yield column


def _without(found: Mapping[str, str], columns: Iterable[str]) -> Mapping[str, str]:
    """What is left when these columns are dropped: their indexes and the grants on them go along."""
    for table, name in ((_table(column), column.rpartition(".")[2]) for column in columns):
        left = {identity: _without_column(identity, text, table, name) for identity, text in found.items()}
        found = {identity: text for identity, text in left.items() if text}
    return found


def _without_column(identity: str, text: str, table: str, name: str) -> str:
    """A definition without a column; empty when nothing remains of it."""
    if _table(identity) != table:
        return text
    if _column(identity) == f"{table}.{name}" or (_kind(identity) == "index" and re.search(rf"\b{name}\b", text)):
        return ""
    if _kind(identity) == "grant" and " on columns of " in identity:
        return ", ".join(column for column in text.split(", ") if column != name)
    return text


def _owned_by_search(snapshot: Mapping[str, str]) -> set[str]:
    return {name for name, text in snapshot.items() if _kind(name) == "function" and text.endswith(f"owner {SEARCH}")}


def _apart(changes: Iterable[Difference], functions: set[str]) -> tuple[list[Difference], list[Difference]]:
    """The changes, and apart from them those of these functions and of the rights to call them."""
    others: list[Difference] = []
    theirs: list[Difference] = []
    for change in changes:
        (theirs if _function(change.identity) in functions else others).append(change)
    return others, theirs


def _search_functions(catalog: Catalog, changes: Iterable[Difference], found: Mapping[str, str]) -> Iterator[str]:
    """Made anew, whatever differs: only the role that owns them could replace them or grant them."""
    texts = {_makes(s): s for s in schema_statements(catalog)}
    for function in sorted({_function(change.identity) for change in changes}):
        if function in found:
            yield f"drop {function}"
        yield from (text for made, text in texts.items() if made == function.partition("(")[0])


def _drops(changes: Iterable[Difference]) -> Iterator[str]:
    """Drops what is gone, and what can only be changed by making it anew. Keys to other tables go first."""
    ranked = [d for d in changes if d.found is not None and _kind(d.identity) in _DROP_ORDER]
    ranked.sort(key=lambda d: (_DROP_ORDER.index(_kind(d.identity)), not _is_foreign_key(d.found)))
    gone_columns = {_column(d.identity) for d in changes if _kind(d.identity) == "column" and d.declared is None}
    for change in ranked:
        if not (_kind(change.identity) in ("default", "comment") and _column(change.identity) in gone_columns):
            yield from _drop(change)


def _drop(change: Difference) -> Iterator[str]:
    gone = change.declared is None
    match change.identity.split():
        case ["policy" | "trigger", *_]:
            yield f"drop {change.identity}"
        case ["constraint", name, "on", table]:
            yield f"alter table {table} drop constraint {name}"
        case ["index", name, "on", table]:
            yield f"drop index {table.partition('.')[0]}.{name}"
        case ["default", _] if gone:
            yield f"{_alter_column(change)} drop default"
        case ["comment", *_] if gone:
            yield f"{change.identity} is null"
        case ["function", *_] if gone:
            yield f"drop {change.identity}"
        case ["grant", *_]:
            yield from _rights(change, "revoke", change.found, change.declared)


def _functions(catalog: Catalog, changes: Iterable[Difference]) -> Iterator[str]:
    """New and changed functions, as their files have them. A new one is nobody's until it is granted."""
    texts = {_makes(s): s for s in schema_statements(catalog)}
    for change in changes:
        if _kind(change.identity) == "function" and change.declared:
            text = texts[change.identity.partition("(")[0]]
            if change.found:
                yield re.sub("^create function", "create or replace function", text, count=1, flags=re.MULTILINE)
            else:
                yield text
                yield f"revoke all on {change.identity} from public"


def _declared(
    catalog: Catalog, changes: Iterable[Difference], new_tables: set[str], kinds: tuple[str, ...]
) -> Iterator[str]:
    """The declared statements of these kinds, in their order, that make something new or changed."""
    wanted = {d.identity for d in changes if d.declared is not None}
    for statement in schema_statements(catalog):
        name = _makes(statement)
        if _kind(name) in kinds and (name in wanted or _table(name) in new_tables):
            yield statement


def _alterations(catalog: Catalog, changes: Iterable[Difference]) -> Iterator[str]:
    """What happens to tables that are there already: columns first, keys to other tables last."""
    tables = metadata(catalog).tables
    made = sorted((d for d in changes if d.declared is not None), key=lambda d: _is_foreign_key(d.declared))
    new_columns = {_column(d.identity) for d in made if _kind(d.identity) == "column" and d.found is None}
    for column in sorted(new_columns):
        table, _, name = column.rpartition(".")
        yield f"alter table {table} add column {_compiled(CreateColumn(tables[table].c[name]))}"
    for change in made:
        if _column(change.identity) not in new_columns:
            yield from _alter_old_column(change)
    constraints = {f"constraint {c.name} on {t}": c for t, table in tables.items() for c in table.constraints}
    for change in made:
        if _kind(change.identity) == "constraint":
            yield _added(constraints[change.identity])


def _added(constraint: sa.Constraint) -> str:
    """ADD CONSTRAINT. A new CHECK is asked of the rows that are there too, and one of them may stop the migration."""
    added = _compiled(AddConstraint(constraint))
    if not isinstance(constraint, sa.CheckConstraint):
        return added
    key = ", ".join(column.name for column in constraint.table.primary_key)
    broken = f"select {key} from {constraint.table} where not {added.partition(' CHECK ')[2]}"
    return f"-- Stops at rows that break it; a superuser sees them: {broken}\n{added}"


def _alter_old_column(change: Difference) -> Iterator[str]:
    match change.identity.split():
        case ["default", _]:
            yield f"{_alter_column(change)} set default {change.declared}"
        case ["nullability", _]:
            yield f"{_alter_column(change)} {'set' if change.declared == 'not null' else 'drop'} not null"


def _grants(changes: Iterable[Difference]) -> Iterator[str]:
    for change in changes:
        if _kind(change.identity) == "grant":
            yield from _rights(change, "grant", change.declared, change.found)


def _rights(change: Difference, verb: str, these: str | None, but_not: str | None) -> Iterator[str]:
    """GRANT or REVOKE of what one side has and the other has not."""
    match_ = re.fullmatch(r"grant (.+?) on (columns of )?(.+) to (\w+)(.*)", change.identity)
    assert match_
    privilege, of_columns, target, role, option = match_.groups()
    rights = sorted(set(these.split(", ") if these else ()) - set(but_not.split(", ") if but_not else ()))
    if rights:
        columns = f" ({', '.join(rights)})" if of_columns else ""
        end = f"to {role}{option}" if verb == "grant" else f"from {role}"
        yield f"{verb} {privilege}{columns} on {target} {end}"


def _by_hand(changes: Iterable[Difference]) -> str:
    """What is left to people, as comments."""
    lines = [line for change in changes for line in _left_to_people(change).splitlines()]
    return "\n".join([_HAND_WRITTEN, *(f"-- {line}" for line in lines)]) + "\n" if lines else ""


def _left_to_people(change: Difference) -> str:
    match change.identity.split():
        case ["table", table] if change.declared is None:
            return f"drop table {table};"
        case ["column", _] if change.declared is None:
            return f"alter table {_table(change.identity)} drop column {_column(change.identity).rpartition('.')[2]};"
        case ["column", _] if change.found is not None:
            return f"{_alter_column(change)} type {change.declared};"
        case ["table" | "column" | "extension", _] if change.found is None:
            return ""
        case [kind, *_] if kind in (*_DROP_ORDER, "nullability", "row"):
            return ""
    return f"{change.identity}: found {change.found}, declared {change.declared}"


def _makes(statement: str) -> str:
    """The identity of what a declared statement makes; empty for what is not an object of its own."""
    for pattern, identity in _MAKES:
        match_ = re.search(f"^{pattern}", statement, re.IGNORECASE | re.MULTILINE | re.DOTALL)
        if match_:
            return match_.expand(identity).lower()
    return ""


def _tables(snapshot: Mapping[str, str]) -> set[str]:
    return {_table(name) for name in snapshot if _kind(name) == "table"}


def _kind(identity: str) -> str:
    return identity.partition(" ")[0].lower()


def _table(identity: str) -> str:
    """`column public.users.email` → `public.users`; of a function, its name."""
    match_ = re.search(r"\w+\.\w+", identity)
    return match_[0] if match_ else ""


def _column(identity: str) -> str:
    """`comment on column public.users.email` → `public.users.email`."""
    match_ = re.search(r"\w+\.\w+\.\w+", identity)
    return match_[0] if match_ else ""


def _function(identity: str) -> str:
    """`grant execute on function app.new_id() to bulkhead_app` → `function app.new_id()`; empty without a function."""
    match_ = re.search(r"function \w+\.\w+\(.*?\)", identity)
    return match_[0] if match_ else ""


def _alter_column(change: Difference) -> str:
    return f"alter table {_table(change.identity)} alter column {_column(change.identity).rpartition('.')[2]}"


def _is_foreign_key(definition: str | None) -> bool:
    return (definition or "").startswith("FOREIGN KEY")


def _compiled(element: AddConstraint | CreateColumn) -> str:
    return str(element.compile(dialect=_DIALECT)).strip()
