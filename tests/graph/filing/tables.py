"""Folders, and files in them."""

from app.model import Access, Role, TenantEntity, Versioned, belongs_to, column


class Folder(TenantEntity, Versioned):
    """A folder, perhaps in another one."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER)

    parent: "Folder | None" = belongs_to(on_delete="CASCADE", inverse="children")
    name: str = column(unique=True)
    slug: str | None = column(unique=True)
    number: int | None = column(unique=True)


class File(TenantEntity, Versioned):
    """A file, perhaps in a folder."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER)

    folder: Folder | None = belongs_to(on_delete="CASCADE", inverse="files")
    title: str
    pin: str | None = column(secret=True)
