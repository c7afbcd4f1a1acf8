"""A domain of as many entities as one likes, to measure what a large schema costs.

In: a number.  Out: a package `synthetic` in a folder, whose `tables.py` declares that many entities.
Each is like those of a product: twelve columns of mixed kinds, two of them enums, two edges, two indexes.
"""

import importlib
import sys
from itertools import islice, product
from pathlib import Path
from types import ModuleType

PACKAGE = "synthetic"
_SUBJECTS = (
    "Sale", "Product", "Shipment", "Supplier", "Contract", "Campaign", "Ticket", "Project", "Payment", "Warehouse",
    "Employee", "Vehicle", "Asset", "Course", "Recipe",
)  # fmt: skip
_PARTS = ("", "Item", "Note", "Task", "Review", "Document", "Schedule", "Budget", "Label", "Report")
MOST = len(_SUBJECTS) * len(_PARTS)

_HEAD = '''"""Made by bench/synthetic.py."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.domains.tenancy.tables import User
from app.model import Access, Index, Json, Role, TenantEntity, Versioned, belongs_to, column
'''

_ENTITY = '''

class {name}Status(StrEnum):
    """Where it stands."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class {name}Priority(StrEnum):
    """How soon it is wanted."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"


class {name}(TenantEntity, Versioned):
    """One {name} of the tenant's."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER)
    __indexes__ = (Index("status", "due_at"), Index("priority"))

{edges}
    name: str = column(doc="What it is called.")
    code: str = column(unique=True, doc="Its number, unique within the tenant.")
    description: str | None
    status: {name}Status = column(default={name}Status.DRAFT, doc="Where it stands.")
    priority: {name}Priority = column(default={name}Priority.NORMAL)
    quantity: int = column(default=0)
    amount: float | None = column(doc="What it is worth.")
    active: bool = column(default=True)
    due_at: datetime | None
    tags: list[str] = column(default=[])
    attributes: Json = column(default={{}})
    external_id: UUID | None
'''


def write_package(folder: Path, entities: int) -> None:
    """Writes the package."""
    if not 0 <= entities <= MOST:
        raise SystemExit(f"There are names for {MOST} entities, not for {entities}.")
    package = folder / PACKAGE
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text('"""As many entities as one likes."""\n')
    (package / "tables.py").write_text(source(entities))


def source(entities: int) -> str:
    """The text of `tables.py`."""
    return _HEAD + "".join(_entity(s, p) for s, p in islice(product(_SUBJECTS, _PARTS), entities))


def _entity(subject: str, part: str) -> str:
    """An entity: a subject belongs to a user, its parts to it."""
    first = _SUBJECTS.index(subject) == 0
    before = subject if part or first else _SUBJECTS[_SUBJECTS.index(subject) - 1]
    # A subject leads to the one before it, the very first to nothing but users.
    edges = [f'user: User = belongs_to(on_delete="CASCADE", inverse="{_edge(subject)}_list")'] if not part else []
    edges += ["assignee: User | None = belongs_to()"] if part or first else []
    if part or not first:
        edges += [
            f'{_edge(before)}: {before} = belongs_to(on_delete="CASCADE", inverse="{_edge(subject + part)}_list")'
        ]
    return _ENTITY.format(name=subject + part, edges="\n".join(f"    {edge}" for edge in edges))


def _edge(name: str) -> str:
    """`SaleItem` → `saleitem`."""
    return name.lower()


def import_package(folder: Path) -> ModuleType:
    """The package, imported from its folder; another folder's may have been imported before."""
    for name in (PACKAGE, f"{PACKAGE}.tables"):
        sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))


def main() -> None:
    """The `bulkhead` command with the package of a folder among its domains: `FOLDER serve --port 8000`."""
    import app.domains

    folder, *arguments = sys.argv[1:]
    app.domains.DOMAINS = (*app.domains.DOMAINS, import_package(Path(folder)))  # type: ignore[assignment]
    from app.cli import main as bulkhead

    sys.argv = ["bulkhead", *arguments]
    bulkhead()


if __name__ == "__main__":
    main()
