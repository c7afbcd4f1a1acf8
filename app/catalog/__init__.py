"""What the rest of the gateway may know of the declared entities: frozen facts, made once at start.

In: the domains' declarations.  Out: `Catalog`.  Rejects: declarations that contradict themselves.
"""

from app.catalog.build import build_catalog
from app.catalog.facts import Catalog, Column, Edge, Entity, Kind, Unique

__all__ = ["Catalog", "Column", "Edge", "Entity", "Kind", "Unique", "build_catalog"]
