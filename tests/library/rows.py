"""The library's rows: the same notes in each tenant, but for the tenant's name in them.

One author and one note are deleted, and would come first in most of what is asked: no test of the library sees them
that does not ask for them.
"""

from typing import Any

import asyncpg

from tests.world import TenantWorld, made_id

NOTES: tuple[tuple[Any, ...], ...] = (
    # title, body, stars, tags, moods, pages, extra, embedding, colour, what it is about
    (
        "Rivers", "Water runs <fast> & deep", 4.5, ["a", "b"], ["CALM"], [1, 2], '{"k": [1, {"x": "y"}]}', "[1,0,0]",
        "[0,0]", "Author",
    ),
    ("River banks", "Banks lend money", 2.0, [], ["LOUD", "CALM"], [], '{"k": null}', "[0.9,0.1,0]", "[3,4]", "User"),
    ("Why?", None, None, None, [], [3], None, None, None, "Note"),
    ("Mountains", "A river below", 3.0, ["b", None], ["LOUD"], [9], '{"k": 2}', "[0,1,0]", "[1,1]", None),
    ("Desk", "Wood & nails; running water", 5.0, ["c"], [], [4, 5, 6], '"text"', "[0,0,1]", None, "Tenant"),
)  # fmt: skip


def author(tenant: TenantWorld, number: int) -> str:
    """The id of an author."""
    return str(made_id("library", tenant.slug, "author", number))


def note(tenant: TenantWorld, number: int) -> str:
    """The id of a note."""
    return str(made_id("library", tenant.slug, "note", number))


async def fill(db: "asyncpg.Connection[asyncpg.Record]", tenant: TenantWorld) -> None:
    """Writes a tenant's rows."""
    async with db.transaction():
        await db.execute("select app.set_context($1, null, 'OWNER', 'fill', '', '', 0)", tenant.id)
        for number, name in enumerate(("Ada Berg", "Bo Ek")):
            query = "insert into public.authors (tenant_id, id, name) values ($1, $2, $3)"
            await db.execute(query, tenant.id, author(tenant, number), name)
        for number, (title, body, stars, tags, moods, pages, extra, embedding, colour, about) in enumerate(NOTES):
            subject = {"Author": author(tenant, 0), "Note": note(tenant, 0), "User": str(tenant.user("member"))}
            await db.execute(
                """insert into public.notes (tenant_id, id, author_id, title, body, stars, tags, moods, pages, extra,
                     embedding, colour, subject_type, subject_id)
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11::text::vector, $12::text::vector,
                     $13, $14)""",
                tenant.id, note(tenant, number), author(tenant, number % 2) if number < 4 else None, title,
                f"{body} of {tenant.slug}" if body else None, stars, tags, moods, pages, extra, embedding, colour,
                about, subject.get(about or "", str(tenant.id) if about else None),
            )  # fmt: skip
        await _fill_with_deleted(db, tenant)
        query = "insert into public.secrets (tenant_id, note_id, words) values ($1, $2, 'hush')"
        await db.execute(query, tenant.id, note(tenant, 0))


async def _fill_with_deleted(db: "asyncpg.Connection[asyncpg.Record]", tenant: TenantWorld) -> None:
    """The unique name of one who is there, and the best hit of every search."""
    query = "insert into public.authors (tenant_id, id, name, deleted_at) values ($1, $2, 'Ada Berg', now())"
    await db.execute(query, tenant.id, author(tenant, 2))
    await db.execute(
        """insert into public.notes (tenant_id, id, author_id, title, body, stars, embedding, colour, deleted_at)
           values ($1, $2, $3, 'A river of rivers', 'running water', 5, '[1,0.2,0]', '[0,4]', now())""",
        tenant.id, note(tenant, len(NOTES)), author(tenant, 0),
    )  # fmt: skip
