"""The words that entities are declared in. A domain's `tables.py` imports from here and from nowhere else."""

from app.model.access import NOBODY, Access, Role
from app.model.entity import Audit, Entity, Json, PlatformEntity, TenantEntity, TenantRoot, Timestamps
from app.model.words import NOW, Index, Sql, Writable, belongs_to, column

__all__ = [
    "NOBODY",
    "NOW",
    "Access",
    "Audit",
    "Entity",
    "Index",
    "Json",
    "PlatformEntity",
    "Role",
    "Sql",
    "TenantEntity",
    "TenantRoot",
    "Timestamps",
    "Writable",
    "belongs_to",
    "column",
]
