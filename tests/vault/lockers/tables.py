"""Lockers, each with a key and perhaps a PIN."""

from app.domains.tenancy.tables import User
from app.model import Access, Role, TenantEntity, Writable, belongs_to, column


class Locker(TenantEntity):
    """A locker of one of the tenant's users."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER, owner="user_id")

    user: User = belongs_to(on_delete="CASCADE")
    name: str = column(unique=True, writable=Writable.ONCE)
    key: str = column(secret=True)
    pin: str | None = column(secret=True)
