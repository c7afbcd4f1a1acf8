"""Notes and who wrote them."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.model import (
    Access,
    Each,
    Index,
    Json,
    Metric,
    Nearest,
    Range,
    Role,
    Search,
    Shape,
    SoftDelete,
    TenantEntity,
    Vector,
    Versioned,
    belongs_to,
    column,
    computed,
    count_of,
    prefix,
    refers_to,
)


class Mood(StrEnum):
    """How a note feels."""

    CALM = "CALM"
    LOUD = "LOUD"


class Cover(BaseModel):
    """A picture over a note."""

    url: str
    alt: str | None = None


class Paragraph(BaseModel):
    """One of a note's paragraphs."""

    text: str
    level: int = 0


class Layout(BaseModel):
    """How a note looks. It would take any other member too, if it were asked alone."""

    model_config = ConfigDict(extra="allow")

    columns: int
    cover: Cover | None = None
    paragraphs: list[Paragraph] = []


class Author(TenantEntity, SoftDelete):
    """Somebody who writes notes. Members change them, admins delete them."""

    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER, delete=Role.ADMIN)

    name: str = column(unique=True)
    note_count: int = count_of("notes")


class Note(TenantEntity, Versioned, SoftDelete):
    """A few words, about something."""

    __retention_days__ = 7
    __access__ = Access(read=Role.VIEWER, write=Role.MEMBER)
    __indexes__ = (Index(prefix("title")),)
    __search__ = Search("title", "body", language="english")
    __nearest__ = (Nearest("embedding"), Nearest("colour", Metric.L2))

    author: Author | None = belongs_to(on_delete="CASCADE", inverse="notes")
    title: str
    body: str | None
    stars: float | None = column(Range(0.0, 5.0))
    tags: list[str] | None
    moods: list[Mood] = column(default=[])
    pages: list[int] = column(Each(Range(1)), default=[])
    links: list[UUID] = column(default=[])
    extra: Json | None
    layout: Json | None = column(Shape(Layout))
    embedding: Vector | None = column(dimensions=3)
    colour: Vector | None = column(dimensions=2)
    subject_type: str | None
    subject_id: UUID | None
    subject: object = refers_to("Author", "Note", "User", type_field="subject_type", id_field="subject_id")
    heading: str = computed("upper({title})", doc="The title, in capitals.")
    stars_per_page: float | None = computed("{stars} / nullif(cardinality({pages}), 0)")


class Pin(TenantEntity, SoftDelete):
    """A place on the wall where a note hangs. Members take it down, admins move it."""

    __access__ = Access(read=Role.VIEWER, create=Role.MEMBER, update=Role.ADMIN, delete=Role.MEMBER)
    __quota__ = "max_integrations"

    note: Note = belongs_to(inverse="pins")
    place: str = column(unique=True)
    colour: str | None


class Secret(TenantEntity):
    """What only admins read."""

    __access__ = Access(read=Role.ADMIN, write=Role.ADMIN)

    note: Note = belongs_to(on_delete="CASCADE", inverse="secrets")
    words: str
