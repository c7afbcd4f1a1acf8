"""Builds the catalog: class bodies of annotations and words become frozen facts.

In: the domains' packages.  Out: Catalog.
Rejects (at start, for the developer): unknown types, bad names, dangling edges.
"""

import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import ModuleType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson

from app.catalog.facts import (
    Catalog,
    Column,
    Computed,
    CustomField,
    Edge,
    Entity,
    ForeignKey,
    IndexTerm,
    Kind,
    Reference,
    SearchIndex,
    Unique,
    VectorIndex,
)
from app.catalog.names import camel, lower_first, plural, snake
from app.model import entity as bases
from app.model.access import Role
from app.model.rules import Rule
from app.model.words import MISSING, ColumnWord, ComputedWord, EdgeWord, Index, ReferenceWord, Sql, Writable

_KINDS: Mapping[object, Kind] = {
    UUID: Kind.UUID,
    str: Kind.TEXT,
    int: Kind.INT,
    bases.BigInt: Kind.BIGINT,
    float: Kind.FLOAT,
    bool: Kind.BOOL,
    datetime: Kind.TIMESTAMP,
    bases.Json: Kind.JSON,
    bases.Vector: Kind.VECTOR,
}
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_RESERVED = re.compile(
    r"tenant_id|n|c|[gkmop]\d+|search_vector"
)  # names that render/ gives: a row's number, its cursor …
_OPERATION = re.compile(r"[a-z][A-Za-z0-9]{0,62}")  # as app.audit_operation asks
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TENANT = Column("tenant_id", None, Kind.UUID, doc="Whose row it is.", writable=Writable.ONCE)


class DeclarationError(Exception):
    """A declaration that contradicts itself. Raised at start; the message names the entity."""


@dataclass(frozen=True)
class _Declared:
    """A class body, read but not yet tied to the other entities."""

    cls: type[bases.Entity]
    columns: tuple[Column, ...]
    uniques: tuple[str, ...]
    belongs: tuple[tuple[Column, type[bases.Entity], EdgeWord], ...]
    computed: tuple[Computed, ...]
    references: tuple[Reference, ...]


def build_catalog(domains: Sequence[ModuleType]) -> Catalog:
    """The catalog of these domains: each one's `tables`, and the functions of its `operations` and `fields`."""
    entities: dict[str, Entity] = {}
    declared: list[_Declared] = []
    operations: dict[str, Callable[..., Any]] = {}
    for domain in domains:
        for cls in _entity_classes(importlib.import_module(f"{domain.__name__}.tables")):
            declared.append(_read_class(cls))
            entities[cls.__name__] = _entity(declared[-1], domain.__name__.rpartition(".")[2])
        operations |= _operations(domain)
    for function in (f for domain in domains for f in _listed(domain, "fields", "FIELDS")):
        entity = entities[function.field_of.entity.__name__]
        entities[entity.name] = replace(entity, custom=(*entity.custom, _custom_field(entity, function)))
    whole = {name: _checked(_tied(e, declared)) for name, e in entities.items()}
    return _with_known_quotas(Catalog(whole, operations))


def _with_known_quotas(catalog: Catalog) -> Catalog:
    """The catalog, when every quota is a number that the tenant has."""
    for entity in catalog.tenant_entities():
        numbers = {c.name for c in catalog.tenant_root.columns if c.kind is Kind.INT and not c.nullable}
        if entity.quota is not None and entity.quota not in numbers:
            raise DeclarationError(f"{entity.name}: its quota is {entity.quota}, which is no number of the tenant")
        if entity.quota is not None and entity.access.lowest_role("read") is not Role.VIEWER:
            raise DeclarationError(f"{entity.name}: who adds to a quota has to see all that counts")
    return catalog


def _tied(entity: Entity, declared: list[_Declared]) -> Entity:
    """The entity with the ways from it to others."""
    visible = [d.cls for d in declared if d.cls.__graphql__]
    everywhere = tuple(cls.__name__ for cls in visible if not issubclass(cls, bases.PlatformEntity))
    references = (r if r.targets else replace(r, targets=everywhere) for r in entity.references)
    return replace(entity, edges=_edges(entity, declared), references=tuple(references))


def _checked(entity: Entity) -> Entity:
    """The entity, when its fields have a name each and its access speaks of columns that it has."""
    fields = ["and", "or", "not", *(["matches"] if entity.search else [])]  # words of conditions
    fields += ["increment", "append", "remove", "merge"]  # words of changes
    named = (*entity.values, *entity.secrets, *entity.edges, *entity.references, *entity.custom)
    fields += [item.field or "" for item in named]
    for name in {field for field in fields if fields.count(field) > 1}:
        raise DeclarationError(f"{entity.name}.{name} is declared twice; an `inverse` elsewhere may be the other one")
    for word in (entity.access.owner, entity.access.rank):
        if word is not None and word not in {c.name for c in entity.columns}:
            raise DeclarationError(f"{entity.name}: its access speaks of {word}, which is no column of it")
    for item in entity.computed:
        if item.counted and not any(e.field == item.counted and e.many for e in entity.edges):
            raise DeclarationError(f"{entity.name}.{item.field} counts {item.counted}, which is no to-many edge of it")
    return entity


def _entity_classes(module: ModuleType) -> list[type[bases.Entity]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, bases.Entity) and value.__module__ == module.__name__
    ]


def _operations(domain: ModuleType) -> dict[str, Callable[..., Any]]:
    operations = {camel(function.__name__): function for function in _listed(domain, "operations", "OPERATIONS")}
    for name in operations:
        if not _OPERATION.fullmatch(name):
            raise DeclarationError(f"{name}: the audit log takes names of operations of 63 letters and digits at most")
    return operations


def _listed(domain: ModuleType, room: str, name: str) -> tuple[Any, ...]:
    """The functions that a module of the domain lists; none when the domain has no such module."""
    if importlib.util.find_spec(f"{domain.__name__}.{room}") is None:
        return ()
    listed: tuple[Any, ...] = getattr(importlib.import_module(f"{domain.__name__}.{room}"), name)
    return listed


def _custom_field(entity: Entity, function: Any) -> CustomField:
    field, needed = camel(function.__name__), function.field_of.columns
    known = {c.name: c for c in entity.columns if c.is_readable}
    answers = get_type_hints(function).get("return")
    if not needed or not set(needed) <= set(known) or get_origin(answers) is not list:
        raise DeclarationError(f"{entity.name}.{field} takes visible columns of it, and answers a list")
    columns = tuple(known[name] for name in needed)
    answer = _without_exceptions(get_args(answers)[0])
    return CustomField(f"{entity.name}.{field}", field, function, columns, answer, inspect.getdoc(function))


def _without_exceptions(hint: Any) -> Any:
    """`str | Exception` → `str`: what a row is answered with when that does not fail."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return Union.__getitem__(tuple(a for a in get_args(hint) if not issubclass(a, Exception)))


def _read_class(cls: type[bases.Entity]) -> _Declared:
    columns: list[Column] = []
    uniques: list[str] = []
    belongs: list[tuple[Column, type[bases.Entity], EdgeWord]] = []
    derived: dict[str, ComputedWord | ReferenceWord] = {}
    hints = get_type_hints(cls)
    for name in _field_order(cls):
        match getattr(cls, name, ColumnWord()):
            case EdgeWord() as word:
                belongs.append(_read_edge(cls, name, hints[name], word))
                columns.append(belongs[-1][0])
            case ComputedWord() | ReferenceWord() as word:
                derived[name] = word
            case word:
                columns.append(_read_column(cls, name, hints[name], word))
                uniques += [columns[-1].name] if word.unique else []
                columns += [_tells_if_set(cls, columns[-1])] if word.secret else []
    by_name = {c.name: c for c in columns}
    computed = [_read_computed(cls, n, hints[n], w, by_name) for n, w in derived.items() if isinstance(w, ComputedWord)]
    computed += [_allowed_transitions(c) for c in columns if c.transitions and not c.hidden]
    references = (_read_reference(cls, n, w, by_name) for n, w in derived.items() if isinstance(w, ReferenceWord))
    return _Declared(cls, tuple(columns), tuple(uniques), tuple(belongs), tuple(computed), tuple(references))


def _read_computed(
    cls: type[bases.Entity], name: str, hint: Any, word: ComputedWord, columns: Mapping[str, Column]
) -> Computed:
    kind, array, nullable, enum = _read_type(cls, name, hint)
    names = dict.fromkeys(_PLACEHOLDER.findall(word.sql or ""))
    if unknown := [n for n in names if n not in columns or not columns[n].is_readable]:
        raise DeclarationError(f"{cls.__name__}.{name} is made of {unknown[0]}, which is no visible column of it")
    made_of = tuple(columns[n] for n in names)
    if word.counted and (kind, array, nullable) != (Kind.INT, False, False):
        raise DeclarationError(f"{cls.__name__}.{name} counts rows: it is an int")
    return Computed(camel(name), kind, nullable, array, enum, word.sql, word.counted, made_of, word.doc)


def _read_reference(
    cls: type[bases.Entity], name: str, word: ReferenceWord, columns: Mapping[str, Column]
) -> Reference:
    union = f"{cls.__name__}{camel(name)[0].upper()}{camel(name)[1:]}" if word.targets else None
    ends = columns.get(word.type_field), columns.get(word.id_field)
    if ends[0] is None or ends[1] is None or ends[1].kind not in (Kind.UUID, Kind.TEXT):
        raise DeclarationError(
            f"{cls.__name__}.{name} refers by {word.type_field} and {word.id_field}: no such columns"
        )
    return Reference(camel(name), ends[0], ends[1], word.targets, union, word.doc)


def _field_order(cls: type[bases.Entity]) -> list[str]:
    """The key first, then the class's own fields, then what mixins such as Timestamps add."""
    own = [c for c in cls.__mro__ if issubclass(c, bases.Entity)]
    mixins = [c for c in cls.__mro__ if not issubclass(c, bases.Entity)]
    names = [name for c in (*reversed(own), *mixins) for name in vars(c).get("__annotations__", ())]
    return [name for name in names if not name.startswith("__")]


def _read_edge(
    cls: type[bases.Entity], name: str, hint: Any, word: EdgeWord
) -> tuple[Column, type[bases.Entity], EdgeWord]:
    target, nullable = _without_none(hint)
    if not (isinstance(target, type) and issubclass(target, bases.TenantEntity | bases.PlatformEntity)):
        raise DeclarationError(f"{cls.__name__}.{name}: belongs_to() needs an entity as its type")
    hidden = issubclass(target, bases.PlatformEntity)
    sql_name = _identifier(cls, f"{name}_id")
    return Column(sql_name, camel(sql_name), Kind.UUID, nullable, doc=word.doc, hidden=hidden), target, word


def _read_type(cls: type[bases.Entity], name: str, hint: Any) -> tuple[Kind, bool, bool, type[StrEnum] | None]:
    """`list[str] | None` → (TEXT, array, nullable, no enum)."""
    type_, nullable = _without_none(hint)
    array = get_origin(type_) is list
    if array:
        (type_,) = get_args(type_)
    enum = type_ if isinstance(type_, type) and issubclass(type_, StrEnum) else None
    kind = Kind.TEXT if enum else _KINDS.get(type_)
    if kind is None:
        raise DeclarationError(f"{cls.__name__}.{name}: no column type for {type_!r}")
    return kind, array, nullable, enum


def _read_column(cls: type[bases.Entity], name: str, hint: Any, word: ColumnWord) -> Column:
    kind, array, nullable, enum = _read_type(cls, name, hint)
    if (kind is Kind.VECTOR) != bool(word.dimensions):
        raise DeclarationError(f"{cls.__name__}.{name}: a Vector says its dimensions, and nothing else does")
    if word.secret and (
        (kind, array, enum, word.default, word.unique, word.hidden) != (Kind.TEXT, False, None, MISSING, False, False)
        or issubclass(cls, bases.PlatformEntity)
    ):
        raise DeclarationError(f"{cls.__name__}.{name}: a secret is one text of a tenant's, with no other option")
    root_key = issubclass(cls, bases.TenantRoot) and name == "id"
    return Column(
        name=_TENANT.name if root_key else _identifier(cls, name.rstrip("_")),
        field=camel(name),
        kind=kind,
        nullable=nullable,
        array=array,
        enum=enum,
        default=None if word.default is MISSING else default_sql(word.default),
        doc=word.doc,
        writable=word.writable,
        hidden=word.hidden,
        dimensions=word.dimensions,
        transitions=_read_transitions(cls, name, enum, nullable or array, word),
        touch=word.touch,
        secret=word.secret,
        rules=_read_rules(cls, name, hint, word),
    )


def _tells_if_set(cls: type[bases.Entity], secret: Column) -> Column:
    """What callers see of a secret: whether there is one. They have no grant on the column that it is computed from."""
    name = _identifier(cls, f"has_{secret.name}")
    doc = f"Whether `{secret.field}` is set."
    default, writable = f"{secret.name} is not null", Writable.PLATFORM
    return Column(name, camel(name), Kind.BOOL, default=default, doc=doc, writable=writable, generated=True)


def _read_rules(cls: type[bases.Entity], name: str, hint: Any, word: ColumnWord) -> tuple[Rule, ...]:
    """The rules of a column: each one for its type, and kept by its default."""
    type_, default = _without_none(hint)[0], word.default
    if word.rules and word.secret:
        raise DeclarationError(f"{cls.__name__}.{name}: no CHECK can hold the rules of what is sealed")
    for rule in word.rules:
        if not rule.holds_for(type_):
            raise DeclarationError(f"{cls.__name__}.{name}: {rule} is no rule for {type_}")
        if default is MISSING or isinstance(default, Sql):
            continue
        if rule.violations(orjson.dumps(default).decode() if type_ is bases.Json else default):
            raise DeclarationError(f"{cls.__name__}.{name}: its default breaks a rule of its own, {rule}")
    return word.rules


def _read_transitions(
    cls: type[bases.Entity], name: str, enum: type[StrEnum] | None, nullable: bool, word: ColumnWord
) -> Mapping[str, tuple[str, ...]] | None:
    """For every value of the enum, what may follow it."""
    if word.transitions is None:
        return None
    told = {*word.transitions, *(after for follow in word.transitions.values() for after in follow)}
    if enum is None or nullable or not told <= set(enum):
        raise DeclarationError(f"{cls.__name__}.{name}: transitions are between the values of an enum, never null")
    return {value.value: tuple(after.value for after in word.transitions.get(value, ())) for value in enum}


def _allowed_transitions(column: Column) -> Computed:
    """What a column's value may become: `allowedTransitions` for `status`, `allowedStageTransitions` for `stage`."""
    assert column.field is not None
    assert column.transitions is not None
    name = "" if column.field == "status" else column.field[0].upper() + column.field[1:]
    cases = [
        f"when '{value}' then array[{', '.join(map(default_sql, follow))}]"
        for value, follow in column.transitions.items()
        if follow
    ]
    sql = f"case {{{column.name}}} {' '.join(cases)} else array[]::text[] end"
    doc = f"What `{column.field}` may become next; empty when it is final."
    return Computed(f"allowed{name}Transitions", Kind.TEXT, False, True, column.enum, sql, None, (column,), doc)


def _without_none(hint: Any) -> tuple[Any, bool]:
    """`str | None` → (str, True)."""
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    rest = [a for a in get_args(hint) if a is not NoneType]
    return rest[0], len(rest) < len(get_args(hint))


def _identifier(cls: type[bases.Entity], name: str) -> str:
    if not _IDENTIFIER.fullmatch(name) or _RESERVED.fullmatch(name):
        raise DeclarationError(f"{cls.__name__}.{name}: not a name that a column can have")
    return name


def default_sql(value: Any) -> str:
    """A Python default as SQL text, as Postgres would print it back."""
    match value:
        case Sql(text):
            return text
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case []:
            return "'{}'"
        case dict() | list():
            return "'" + orjson.dumps(value).decode().replace("'", "''") + "'"
    raise DeclarationError(f"no SQL for the default {value!r}")


def _entity(declared: _Declared, domain: str) -> Entity:
    cls = declared.cls
    of_tenant = not issubclass(cls, bases.PlatformEntity)
    key = declared.columns[0]
    tenant = key if issubclass(cls, bases.TenantRoot) else _TENANT if of_tenant else None
    columns = declared.columns if tenant in (key, None) else (_TENANT, *declared.columns)
    by_name = {c.name: c for c in columns}
    table = _identifier(cls, _table(cls))
    return Entity(
        name=cls.__name__,
        domain=domain,
        doc=(cls.__doc__ or "").strip(),
        schema="public" if of_tenant else "platform",
        table=table,
        tenant=tenant,
        key=key,
        columns=columns,
        uniques=tuple(Unique((by_name[u],), by_name[u].field or u) for u in declared.uniques),
        foreign_keys=tuple(
            ForeignKey(column, target.__name__, word.on_delete) for column, target, word in declared.belongs
        ),
        indexes=_indexes(declared, by_name, key),
        computed=declared.computed,
        search=_search(declared, by_name),
        nearest=tuple(VectorIndex(by_name[n.field], n.metric) for n in cls.__nearest__),
        references=declared.references,
        access=cls.__access__,
        audit=cls.__audit__,
        append_only=cls.__append_only__,
        quota=cls.__quota__,
        in_graphql=cls.__graphql__,
        deleted=_deleted(cls, by_name),
        retention_days=getattr(cls, "__retention_days__", 0),
        singular_field=lower_first(cls.__name__),
        plural_field=camel(table),
    )


def _deleted(cls: type[bases.Entity], by_name: Mapping[str, Column]) -> Column | None:
    """The column that says when a row was deleted. No other column has its name: the audit log goes by it."""
    if not issubclass(cls, bases.SoftDelete):
        if "deleted_at" in by_name:
            raise DeclarationError(f"{cls.__name__}.deleted_at: what is deleted and still there, SoftDelete declares")
        return None
    if not issubclass(cls, bases.TenantEntity) or cls.__append_only__ or cls.__access__.delete is None:
        raise DeclarationError(f"{cls.__name__}: SoftDelete is for rows of a tenant that somebody may delete")
    if cls.__audit__ is bases.Audit.EVERY_STATEMENT:
        raise DeclarationError(f"{cls.__name__}: of a whole statement, the audit log could not tell what it deleted")
    if cls.__retention_days__ < 0:
        raise DeclarationError(f"{cls.__name__}: __retention_days__ are none, or some")
    return by_name["deleted_at"]


def _table(cls: type[bases.Entity]) -> str:
    return cls.__plural__ or plural(snake(cls.__name__))


def _indexes(declared: _Declared, by_name: Mapping[str, Column], key: Column) -> tuple[tuple[IndexTerm, ...], ...]:
    """The declared indexes, and one for every foreign key that none of them starts with; each ends with the key."""
    stated = list(declared.cls.__indexes__)
    served = {index.terms[0].field for index in stated if not index.terms[0].prefix}
    stated += [Index(column.name) for column, _, _ in declared.belongs if column.name not in served]
    return tuple(_index(index, by_name, key) for index in stated)


def _index(index: Index, by_name: Mapping[str, Column], key: Column) -> tuple[IndexTerm, ...]:
    terms = tuple(IndexTerm(by_name[term.field], term.descending, term.prefix) for term in index.terms)
    if secret := next((t.column.name for t in terms if t.column.secret), None):
        raise DeclarationError(f"{secret} is a secret: nothing is found by it, so it has no index")
    # A list is made total by its key in the direction of its last term, so the index is too.
    return terms if key in (t.column for t in terms) else (*terms, IndexTerm(key, terms[-1].descending))


def _search(declared: _Declared, by_name: Mapping[str, Column]) -> SearchIndex | None:
    cls, word = declared.cls, declared.cls.__search__
    if word is None:
        return None
    columns = tuple(column for name in word.fields if (column := by_name.get(name)))
    words = [c for c in columns if c.kind is Kind.TEXT and not c.array and c.is_readable]
    if not words or len(words) < len(word.fields) or issubclass(cls, bases.PlatformEntity):
        raise DeclarationError(f"{cls.__name__}: __search__ names visible fields of text, of an entity of tenants")
    if not _IDENTIFIER.fullmatch(word.language):
        raise DeclarationError(f"{cls.__name__}: {word.language!r} is no text search configuration")
    return SearchIndex(columns, word.language)


def _edges(entity: Entity, declared: list[_Declared]) -> tuple[Edge, ...]:
    if entity.tenant is None:
        return ()
    own = next(d for d in declared if d.cls.__name__ == entity.name)
    return (*_edges_out(entity, own), *_edges_in(entity, own.cls, declared))


def _edges_out(entity: Entity, own: _Declared) -> tuple[Edge, ...]:
    """The to-one edges: one for each belongs_to(), and the tenant."""
    to_one = [
        Edge(
            field=(column.field or "").removesuffix("Id"),
            target_name=target.__name__,
            join=((column.name, "id"),),
            many=False,
            visible=not column.nullable
            and target.__access__.read is Role.VIEWER
            and not issubclass(target, bases.SoftDelete),
            doc=word.doc,
        )
        for column, target, word in own.belongs
        if not column.hidden
    ]
    if entity.key is entity.tenant:
        return tuple(to_one)
    # A log outlives its tenant: there the edge can lead to nothing.
    tenant = Edge("tenant", "Tenant", (), many=False, visible=not entity.append_only, doc="Whose row it is.")
    return (*to_one, tenant)


def _edges_in(entity: Entity, cls: type[bases.Entity], declared: list[_Declared]) -> tuple[Edge, ...]:
    """The to-many edges: the inverse of every belongs_to() that points here; of the tenant, everything it owns."""
    if issubclass(cls, bases.TenantRoot):
        owned = [d.cls for d in declared if issubclass(d.cls, bases.TenantEntity) and d.cls.__graphql__]
        return tuple(Edge(camel(_table(c)), c.__name__, (), True, True) for c in owned)
    return tuple(
        Edge(camel(word.inverse), d.cls.__name__, (("id", column.name),), True, True, word.inverse_doc)
        for d in declared
        for column, target, word in d.belongs
        if target is cls and word.inverse
    )
