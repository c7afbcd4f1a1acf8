"""The words that entities are declared in. A domain's `tables.py` imports from here and from nowhere else."""

from app.model.access import NOBODY, Access, Role
from app.model.entity import Audit, Entity, Json, PlatformEntity, TenantEntity, TenantRoot, Timestamps, Vector
from app.model.words import (
    NOW,
    Index,
    Metric,
    Nearest,
    Search,
    Sql,
    Writable,
    belongs_to,
    column,
    computed,
    count_of,
    desc,
    prefix,
    refers_to,
)

__all__ = [
    "NOBODY",
    "NOW",
    "Access",
    "Audit",
    "Entity",
    "Index",
    "Json",
    "Metric",
    "Nearest",
    "PlatformEntity",
    "Role",
    "Search",
    "Sql",
    "TenantEntity",
    "TenantRoot",
    "Timestamps",
    "Vector",
    "Writable",
    "belongs_to",
    "column",
    "computed",
    "count_of",
    "desc",
    "prefix",
    "refers_to",
]
