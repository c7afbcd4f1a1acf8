"""The rows of one tenant, the ways between them, and what is computed from a row."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.auth.principal import TenantId
from app.catalog.facts import Catalog, Edge, Entity

Row = Mapping[str, Any]

# Written out, rather than taken from the declarations: those are what is tested.
COUNTED = {
    ("Tenant", "userCount"): "users",
    ("Tenant", "integrationCount"): "integrations",
    ("Connection", "syncCount"): "syncJobs",
    ("Author", "noteCount"): "notes",
}


@dataclass(frozen=True)
class Rows:
    """The rows by the name of their entity; columns go by their names in the database."""

    catalog: Catalog
    by_entity: Mapping[str, list[Row]]

    @classmethod
    async def select(
        cls, superuser: "asyncpg.Connection[asyncpg.Record]", catalog: Catalog, tenant: TenantId
    ) -> "Rows":
        """Takes in the rows of a tenant, as they are now."""
        rows = {}
        for entity in catalog.graph_entities():
            query = f"select row_to_json(t)::text from {entity.sql_name} as t where t.tenant_id = $1"
            rows[entity.name] = [json.loads(record[0]) for record in await superuser.fetch(query, tenant)]
        return cls(catalog, rows)

    @property
    def live(self) -> "Rows":
        """These without those that are deleted."""
        live = {name: [row for row in rows if row.get("deleted_at") is None] for name, rows in self.by_entity.items()}
        return Rows(self.catalog, live)

    def of(self, entity: Entity) -> list[Row]:
        """All rows of an entity."""
        return self.by_entity[entity.name]

    def target(self, edge: Edge) -> Entity:
        """The entity at the other end of an edge."""
        return self.catalog[edge.target_name]

    def along(self, edge: Edge, row: Row) -> list[Row]:
        """The rows at the other end of an edge."""
        rows = self.of(self.target(edge))
        return [there for there in rows if all(there[target] == row[source] for source, target in edge.join)]

    def value(self, entity: Entity, row: Row, field: str) -> Any:
        """A value of the row: of a column, or computed."""
        if (entity.name, field) in COMPUTED:
            return COMPUTED[entity.name, field](row)
        if (entity.name, field) in COUNTED:
            edge = entity.edge(COUNTED[entity.name, field])
            assert edge is not None
            return len(self.along(edge, row))
        return row[entity.field(field).name]


def display_name(user: Row) -> str:
    """The name to show, or what there is instead."""
    if user["name"] is not None:
        return str(user["name"])
    names = [name for name in (user["first_name"], user["last_name"]) if name is not None]
    return " ".join(names) or str(user["email"])


def permissions(user: Row) -> list[str]:
    """What a seat may do: by role, by function, and by itself."""
    granted = {"data:read", *user["extra_permissions"]}
    if user["role"] != "VIEWER":
        granted |= {"data:write"}
    if user["role"] in {"MANAGER", "ADMIN", "OWNER"}:
        granted |= {"work:assign"}
    if user["role"] in {"ADMIN", "OWNER"}:
        granted |= {"audit:read", "seats:manage", "settings:write"}
    if user["role"] == "OWNER":
        granted |= {"billing:manage"}
    for function in user["functions"]:
        granted |= _OF_FUNCTION.get(function, set())
    return sorted(granted)


_OF_FUNCTION = {
    "AUTHOR": {"content:write"},
    "EDITOR": {"content:publish", "content:write"},
    "PM": {"projects:manage"},
    "OPERATOR": {"jobs:run"},
}
_AFTER_SYNC = {
    "PENDING": ["IN_PROGRESS", "COMPLETED", "FAILED"],
    "IN_PROGRESS": ["COMPLETED", "FAILED"],
    "COMPLETED": ["FAILED"],
    "FAILED": ["COMPLETED"],
}
_AFTER_CONNECTION = {
    "ACTIVE": ["INACTIVE", "ERROR", "EXPIRED"],
    "INACTIVE": ["ACTIVE"],
    "ERROR": ["ACTIVE", "INACTIVE", "EXPIRED"],
    "EXPIRED": ["ACTIVE", "INACTIVE", "ERROR"],
}
COMPUTED: Mapping[tuple[str, str], Callable[[Row], Any]] = {
    ("User", "displayName"): display_name,
    ("User", "permissions"): permissions,
    ("SyncJob", "allowedTransitions"): lambda job: _AFTER_SYNC[job["status"]],
    ("Connection", "allowedTransitions"): lambda connection: _AFTER_CONNECTION[connection["status"]],
}
