"""Articles, found by their words, and passages of them, found by their meaning."""

from app.model import (
    Access,
    Index,
    Metric,
    Nearest,
    Role,
    Search,
    SoftDelete,
    TenantEntity,
    Vector,
    Versioned,
    belongs_to,
    column,
)


class Article(TenantEntity, Versioned, SoftDelete):
    """Something to read, for members. Only admins delete it, and it can be restored."""

    __access__ = Access(read=Role.MEMBER, write=Role.MEMBER, delete=Role.ADMIN)
    __search__ = Search("title", "summary", "body", language="english")

    title: str
    summary: str | None
    body: str = column(default="")
    note: str | None = column(hidden=True)


class Passage(TenantEntity):
    """A piece of an article."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER)
    __indexes__ = (Index("language"),)
    __nearest__ = (Nearest("embedding"), Nearest("embedding", Metric.L2), Nearest("embedding", Metric.INNER_PRODUCT))

    article: Article | None = belongs_to(on_delete="CASCADE", inverse="passages")
    language: str = column(default="en")
    embedding: Vector | None = column(dimensions=3)
