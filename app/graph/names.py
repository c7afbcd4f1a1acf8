"""What a GraphQL schema calls the types and root fields that follow from an entity."""

from collections.abc import Mapping

from app.catalog.facts import Entity, Kind
from app.plan.expressions import ValueType
from app.plan.reads import STATS_SUFFIX

SCALAR_NAMES: Mapping[Kind, str] = {
    Kind.UUID: "ID",
    Kind.TEXT: "String",
    Kind.INT: "Int",
    Kind.BIGINT: "BigInt",
    Kind.FLOAT: "Float",
    Kind.BOOL: "Boolean",
    Kind.TIMESTAMP: "DateTime",
    Kind.JSON: "JSON",
    Kind.VECTOR: "[Float!]",
}


def item_type(value: ValueType) -> str:
    """The type of a value, or of each in a list of them: `DateTime`, `Role`; nullable."""
    return value.enum.__name__ if value.enum else SCALAR_NAMES[value.kind]


def value_type(value: ValueType, *, required: bool) -> str:
    """The type of a value, as GraphQL writes it: `DateTime!`, `[Role!]`."""
    type_ = f"[{item_type(value)}!]" if value.array else item_type(value)
    return f"{type_}!" if required else type_


def stats_field(entity: Entity) -> str:
    """`userStats`."""
    return entity.singular_field + STATS_SUFFIX


def write_fields(entity: Entity) -> dict[str, str]:
    """The mutations that an entity has, by name, and the kind of write that each one is."""
    access = entity.access
    fields: dict[str, str] = {}
    if access.create:
        fields[f"create{entity.name}"] = "create"
    if access.update:
        fields[f"update{entity.name}"] = "update"
    if access.create and access.update:
        fields[f"upsert{entity.name}"] = "upsert"
    if access.delete:
        fields[f"delete{entity.name}"] = "delete"
    if access.delete and entity.deleted:
        fields[f"restore{entity.name}"] = "restore"
    return fields


def many_fields(entity: Entity) -> dict[str, str]:
    """The mutations of many rows that an entity has, by name, and the kind of each. A tenant is one row."""
    access, many = entity.access, _capitalized(entity.plural_field)
    if entity.key is entity.tenant:
        return {}
    kinds: dict[str, object] = {"create": access.create, "update": access.update, "delete": access.delete}
    return {f"{kind}{many}": kind for kind, lowest in kinds.items() if lowest}


def changes_type(entity: Entity) -> str:
    """`UserChanges`."""
    return f"{entity.name}Changes"


def nested_type(target: Entity, *, many: bool) -> str:
    """`UserToOne`, `SyncJobToMany`: what is given under an edge of a new row."""
    return f"{target.name}ToMany" if many else f"{target.name}ToOne"


def search_field(entity: Entity) -> str:
    """`searchNotes`."""
    return f"search{_capitalized(entity.plural_field)}"


def nearest_field(entity: Entity) -> str:
    """`nearestNotes`."""
    return f"nearest{_capitalized(entity.plural_field)}"


def _capitalized(name: str) -> str:
    return name[0].upper() + name[1:]
