"""What a GraphQL schema calls the types and root fields that follow from an entity."""

from app.catalog.facts import Entity
from app.plan.reads import STATS_SUFFIX


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
    return fields


def search_field(entity: Entity) -> str:
    """`searchNotes`."""
    return f"search{_capitalized(entity.plural_field)}"


def nearest_field(entity: Entity) -> str:
    """`nearestNotes`."""
    return f"nearest{_capitalized(entity.plural_field)}"


def _capitalized(name: str) -> str:
    return name[0].upper() + name[1:]
