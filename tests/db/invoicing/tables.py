"""Invoices, and their lines, which come by the thousand."""

from enum import StrEnum

from app.domains.tenancy.tables import User
from app.model import Access, Audit, Index, Role, TenantEntity, Versioned, belongs_to, column


class InvoiceStatus(StrEnum):
    """Whether an invoice is paid."""

    OPEN = "OPEN"
    PAID = "PAID"


class Invoice(TenantEntity, Versioned):
    """What a tenant owes."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER, owner="user_id")
    __indexes__ = (Index("status"),)

    user: User = belongs_to(on_delete="CASCADE", doc="Who wrote it.")
    number: str = column(unique=True, doc="The tenant's own number.")
    status: InvoiceStatus = column(default=InvoiceStatus.OPEN)
    note: str | None = column(hidden=True)


class InvoiceLine(TenantEntity):
    """One position of an invoice."""

    __access__ = Access(read=Role.VIEWER, create=Role.MEMBER)
    __audit__ = Audit.EVERY_STATEMENT

    invoice: Invoice = belongs_to(on_delete="CASCADE")
    amount_cents: int
