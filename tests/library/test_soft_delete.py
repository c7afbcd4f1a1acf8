"""Deleted rows of entities that keep them: seen nowhere, restored, purged; and who may do that, in the database too."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app.catalog import Catalog
from app.catalog.names import lower_first
from app.db.database import RequestContext
from app.db.platform import open_platform
from app.errors import NotFound
from app.graph.schema import build_schema, print_sdl
from app.purge import Purged, purge
from app.repositories.rows import Rows
from app.vault.data_keys import Vault
from tests.conftest import World
from tests.isolation.rows import Session
from tests.isolation.sessions import Outcome, acting, attempt
from tests.isolation.test_doctor import examined
from tests.library.rows import author, note
from tests.library.tables import Author
from tests.reader import PlainReader, without_signatures
from tests.world import ACME, GLOBEX, MASTER_KEYS, NOBODY_ID

EVERYWHERE = """query ($author: ID!, $one: ID!, $two: ID!) %s {
  list: notes(where: {title: {startsWith: "zebra"}}, orderBy: [{title: ASC}]) { nodes { title } totalCount }
  key: note(by: {id: $two}) { title }
  node(id: $two) { __typename }
  nodes(ids: [$one, $two]) { __typename }
  stats: noteStats(where: {title: {startsWith: "zebra"}}) { sum { stars } groups(by: [TITLE]) { count } }
  toMany: author(by: {id: $author}) {
    noteCount
    notes(orderBy: [{title: DESC}], first: 1) { edges { cursor node { title } } totalCount pageInfo { hasNextPage } }
    notesStats { count max { stars } }
  }
  toOne: pins(where: {place: {eq: "zebra"}}) { nodes { place note { title } } }
  reference: note(by: {id: $one}) { subject { __typename } }
  some: authors(where: {notes: {some: {title: {eq: "zebra two"}}}}) { totalCount }
  every: authors(where: {id: {eq: $author}, notes: {every: {title: {eq: "zebra one"}}}}) { totalCount }
  none: authors(where: {id: {eq: $author}, notes: {none: {title: {eq: "zebra two"}}}}) { totalCount }
  counted: authors(where: {id: {eq: $author}, notes: {count: {eq: 1}}}) { totalCount }
  through: pins(where: {note: {title: {eq: "zebra two"}}}) { totalCount }
  ordered: pins(where: {place: {startsWith: "zebra"}}, orderBy: [{note: {title: DESC}}]) { nodes { place } }
  distinct: notes(where: {authorId: {eq: $author}}, distinctOn: [AUTHOR_ID], orderBy: [{title: DESC}]) {
    nodes { title }
  }
}"""
HIDDEN: dict[str, Any] = {
    "list": {"nodes": [{"title": "zebra one"}], "totalCount": 1},
    "key": None,
    "node": None,
    "nodes": [{"__typename": "Note"}, None],
    "stats": {"sum": {"stars": 1.0}, "groups": [{"count": 1}]},
    "toMany": {
        "noteCount": 1,
        "notes": {"edges": [{"node": {"title": "zebra one"}}], "totalCount": 1, "pageInfo": {"hasNextPage": False}},
        "notesStats": {"count": 1, "max": {"stars": 1.0}},
    },
    "toOne": {"nodes": [{"place": "zebra", "note": None}]},
    "reference": {"subject": None},
    "some": {"totalCount": 0},
    "every": {"totalCount": 1},
    "none": {"totalCount": 1},
    "counted": {"totalCount": 1},
    "through": {"totalCount": 0},
    "ordered": {"nodes": [{"place": "zebra"}, {"place": "zebra too"}]},
    "distinct": {"nodes": [{"title": "zebra one"}]},
}
SEARCHES = """query ($near: [Float!]!) %s {
  words: searchNotes(query: "zebra", first: 1) { node { title } }
  near: nearestNotes(to: $near, first: 1) { node { title } }
  matches: notes(where: {matches: {query: "zebra"}}) { totalCount }
}"""

CREATE_AUTHOR = "mutation ($name: String!, $id: ID) { createAuthor(input: {name: $name, id: $id}) { id name } }"
CREATE_NOTE = "mutation ($note: NoteCreate!) { createNote(input: $note) { id } }"
CREATE_PIN = "mutation ($note: ID!, $place: String!) { createPin(input: {noteId: $note, place: $place}) { id } }"


def delete(entity: str) -> str:
    return f"mutation ($id: ID!) {{ delete{entity}(by: {{id: $id}}) {{ id deletedAt }} }}"


def restore(entity: str) -> str:
    return f"mutation ($id: ID!) {{ restore{entity}(id: $id) {{ id deletedAt }} }}"


def update(entity: str, field: str) -> str:
    return f'mutation ($id: ID!) {{ update{entity}(by: {{id: $id}}, set: {{{field}: "changed"}}) {{ id }} }}'


async def made(library: World, query: str, **variables: Any) -> str:
    """The id of a new row."""
    (row,) = (await library.data(query, variables)).values()
    return str(row["id"])


async def new_author(library: World, name: str) -> str:
    return await made(library, CREATE_AUTHOR, name=name)


async def new_pin(library: World, place: str, title: str = "for a pin") -> str:
    written = await made(library, CREATE_NOTE, note={"title": title})
    return await made(library, CREATE_PIN, note=written, place=place)


@pytest.fixture(scope="module")
async def app_session(library: World) -> AsyncIterator[Session]:
    """A connection of the requests' role."""
    session = await library.database.app()
    yield session
    await session.close()


@pytest.fixture(scope="module")
async def superuser(library: World) -> AsyncIterator[Session]:
    session = await library.database.superuser()
    yield session
    await session.close()


async def test_deleted_row_is_seen_nowhere_unless_asked_for_and_everywhere_once_restored(
    library: World, library_catalog: Catalog, superuser: Session
) -> None:
    writer = await new_author(library, "Zoe")
    common = {"authorId": writer, "body": "a zebra"}
    two = await made(library, CREATE_NOTE, note={**common, "title": "zebra two", "stars": 2, "embedding": [5, 5, 5]})
    about = {"subjectType": "Note", "subjectId": two}
    one = await made(
        library, CREATE_NOTE, note={**common, **about, "title": "zebra one", "stars": 1, "embedding": [5, 5, 4]}
    )
    for place, written in (("zebra", two), ("zebra too", one)):
        await made(library, CREATE_PIN, note=written, place=place)

    ids = {"author": writer, "one": one, "two": two}
    before = await library.data(EVERYWHERE % "", ids)
    searched = await library.data(SEARCHES % "", {"near": [5, 5, 5]})
    assert searched["near"] == [{"node": {"title": "zebra two"}}]
    answer = (await library.data(delete("Note"), {"id": two}))["deleteNote"]
    assert answer["deletedAt"] is not None

    after = await library.data(EVERYWHERE % "", ids)
    del after["toMany"]["notes"]["edges"][0]["cursor"]
    assert after == HIDDEN
    assert await library.data(SEARCHES % "", {"near": [5, 5, 5]}) == {
        "words": [{"node": {"title": "zebra one"}}],
        "near": [{"node": {"title": "zebra one"}}],
        "matches": {"totalCount": 1},
    }
    assert await library.data(EVERYWHERE % "@includeDeleted", ids) == before
    assert await library.data(SEARCHES % "@includeDeleted", {"near": [5, 5, 5]}) == searched

    reader = await PlainReader.open(superuser, library_catalog, print_sdl(library.engine.schema), ACME.id)
    for directive in ("", "@includeDeleted"):
        query = EVERYWHERE % directive
        assert without_signatures(await library.data(query, ids)) == without_signatures(reader.data(query, ids))

    assert await library.data(restore("Note"), {"id": two}) == {"restoreNote": {"id": two, "deletedAt": None}}
    assert await library.data(EVERYWHERE % "", ids) == before


async def test_deleted_rows_are_asked_for_by_when_that_was(library: World) -> None:
    query = """query @includeDeleted { notes(where: {deletedAt: {isNull: false}, title: {startsWith: "A river"}}) {
      nodes { title author { name } } } }"""
    assert await library.data(query) == {
        "notes": {"nodes": [{"title": "A river of rivers", "author": {"name": "Ada Berg"}}]}
    }


async def test_of_those_who_had_a_name_the_one_who_is_there_has_it(library: World) -> None:
    query = 'query @includeDeleted { author(by: {name: "Ada Berg"}) { id } authors { totalCount } }'
    assert (await library.data(query))["author"] == {"id": author(ACME, 0)}


async def test_field_that_fails_leaves_the_others_their_deleted_rows(library: World) -> None:
    query = "query ($id: ID!) @includeDeleted { nearestNotes(to: [1]) { distance } note(by: {id: $id}) { title } }"
    answer = await library.answer(query, {"id": note(ACME, 5)})
    assert answer["data"] == {"nearestNotes": None, "note": {"title": "A river of rivers"}}


@pytest.mark.parametrize("role", ["viewer", "member"])
async def test_deleted_rows_are_for_admins(library: World, role: str) -> None:
    query = "query @includeDeleted { notes { totalCount } }"
    assert await library.code(query, as_=ACME.principal(role)) == "FORBIDDEN"
    assert await library.data(query, as_=ACME.principal("admin"))
    assert await library.code('mutation @includeDeleted { deleteNote(by: {id: "x"}) { id } }') == "BAD_USER_INPUT"


async def test_deleted_row_is_not_there_to_be_changed_or_deleted_again(
    library: World, library_catalog: Catalog
) -> None:
    gone = {"id": note(ACME, 5)}
    assert await library.code(update("Note", "title"), gone) == "NOT_FOUND"
    assert await library.code(delete("Note"), gone) == "NOT_FOUND"
    of_it = f'where: {{id: {{eq: "{gone["id"]}"}}}}'
    data = await library.data(
        f'mutation {{ updateNotes({of_it}, set: {{title: "changed"}}) {{ count }} deleteNotes({of_it}) {{ count }} }}'
    )
    assert data == {"updateNotes": {"count": 0}, "deleteNotes": {"count": 0}}
    async with library.pool.write(RequestContext(ACME.principal())) as tx:
        rows = Rows(tx, library_catalog, Vault(MASTER_KEYS))
        assert await rows.find(Author, "id", author(ACME, 2)) is None
        with pytest.raises(NotFound):
            await rows.update(Author, author(ACME, 2), name="changed")  # type: ignore[arg-type]


async def test_many_are_deleted_by_a_condition_and_answered_as_they_were(library: World) -> None:
    ids = [await made(library, CREATE_NOTE, note={"title": f"yak {number}"}) for number in range(3)]
    where = 'where: {title: {startsWith: "yak"}}'
    query = f"mutation {{ deleteNotes({where}) {{ count nodes {{ title }} }} }}"
    deleted = (await library.data(query))["deleteNotes"]
    assert (deleted["count"], sorted(row["title"] for row in deleted["nodes"])) == (3, ["yak 0", "yak 1", "yak 2"])
    assert await library.data(query) == {"deleteNotes": {"count": 0, "nodes": []}}
    data = await library.data(f"query @includeDeleted {{ notes({where}) {{ nodes {{ id }} }} }}")
    assert {row["id"] for row in data["notes"]["nodes"]} == set(ids)


async def test_what_was_unique_of_a_deleted_row_is_free_until_it_is_restored(library: World) -> None:
    upsert = "mutation ($row: AuthorCreate!, $on: AuthorUnique) { upsertAuthor(create: $row, on: $on) { id } }"
    first = await new_author(library, "Una")
    await library.data(delete("Author"), {"id": first})
    second = await made(library, upsert, row={"name": "Una"})
    assert second != first
    assert await made(library, upsert, row={"name": "Una"}) == second
    assert await library.code(CREATE_AUTHOR, {"name": "Una"}) == "CONFLICT"
    (error,) = (await library.answer(restore("Author"), {"id": first}))["errors"]
    assert error["extensions"] == {"code": "CONFLICT", "field": "name"}
    await library.data(delete("Author"), {"id": second})
    await library.data(restore("Author"), {"id": first})
    # Ids are a row's for good.
    assert await library.code(CREATE_AUTHOR, {"name": "Una too", "id": second}) == "CONFLICT"
    assert await library.code(upsert, {"row": {"name": "Una too", "id": second}, "on": "ID"}) == "CONFLICT"


async def test_restoring_what_is_there_changes_nothing_and_what_is_not_is_not_found(library: World) -> None:
    live = await new_author(library, "Liv")
    assert await library.data(restore("Author"), {"id": live}) == {"restoreAuthor": {"id": live, "deletedAt": None}}
    assert await library.code(restore("Author"), {"id": str(NOBODY_ID)}) == "NOT_FOUND"
    assert await library.code(restore("Author"), {"id": author(GLOBEX, 2)}) == "NOT_FOUND"
    await library.data(delete("Author"), {"id": live})
    rereads = """mutation ($id: ID!) { restoreAuthor(id: $id) {
      tenant { authors(where: {name: {eq: "Liv"}}) { totalCount } } } }"""
    assert await library.data(rereads, {"id": live}) == {"restoreAuthor": {"tenant": {"authors": {"totalCount": 1}}}}


async def test_who_may_delete_may_restore_and_nobody_else(library: World) -> None:
    """Members change authors, and delete pins; admins the other way round."""
    member = ACME.principal("member")
    writer, pin = await new_author(library, "Rolf"), await new_pin(library, "roles")
    assert await library.code(delete("Author"), {"id": writer}, as_=member) == "FORBIDDEN"
    await library.data(update("Author", "name"), {"id": writer}, as_=member)
    await library.data(delete("Author"), {"id": writer})
    assert await library.code(restore("Author"), {"id": writer}, as_=member) == "FORBIDDEN"
    assert await library.code(update("Pin", "place"), {"id": pin}, as_=member) == "FORBIDDEN"
    await library.data(delete("Pin"), {"id": pin}, as_=member)
    await library.data(restore("Pin"), {"id": pin}, as_=member)


@pytest.fixture(scope="module")
async def ids(library: World) -> dict[str, str]:
    """An author and a pin, and one of each that is deleted."""
    pins = [await new_pin(library, f"raw {number}") for number in range(2)]
    await library.data(delete("Pin"), {"id": pins[1]})
    return {
        "author": await new_author(library, "Raw"),
        "gone author": author(ACME, 2),
        "pin": pins[0],
        "gone pin": pins[1],
    }


@pytest.mark.parametrize(
    ("role", "statement", "which", "outcome"),
    [
        ("MEMBER", "update public.authors set name = 'raw'", "author", Outcome.DONE),
        ("MEMBER", "update public.authors set deleted_at = now()", "author", Outcome.REFUSED),
        ("ADMIN", "update public.authors set deleted_at = now()", "author", Outcome.DONE),
        ("MEMBER", "update public.authors set deleted_at = null", "gone author", Outcome.NOTHING),
        ("MEMBER", "update public.authors set name = 'raw'", "gone author", Outcome.NOTHING),
        ("ADMIN", "update public.authors set deleted_at = null, name = 'raw'", "gone author", Outcome.DONE),
        ("OWNER", "delete from public.authors", "author", Outcome.NO_GRANT),
        ("MEMBER", "update public.pins set deleted_at = now()", "pin", Outcome.DONE),
        ("MEMBER", "update public.pins set place = 'raw'", "pin", Outcome.REFUSED),
        ("MEMBER", "update public.pins set deleted_at = now(), colour = 'red'", "pin", Outcome.REFUSED),
        ("MEMBER", "update public.pins set deleted_at = null", "gone pin", Outcome.DONE),
        ("MEMBER", "update public.pins set place = 'raw'", "gone pin", Outcome.REFUSED),
        ("ADMIN", "update public.pins set place = 'raw'", "pin", Outcome.DONE),
        ("VIEWER", "update public.pins set deleted_at = now()", "pin", Outcome.NOTHING),
        ("OWNER", "delete from public.pins", "gone pin", Outcome.NO_GRANT),
    ],
)
async def test_database_holds_every_role_to_its_command(
    app_session: Session, ids: dict[str, str], role: str, statement: str, which: str, outcome: Outcome
) -> None:
    async with acting(app_session, role=role):
        assert await attempt(app_session, f"{statement} where id = $1", ids[which]) is outcome


async def test_login_with_the_rights_of_requests_is_held_too_and_a_superuser_is_not(
    superuser: Session, ids: dict[str, str]
) -> None:
    update = "update public.pins set place = 'raw' where id = $1"
    async with acting(superuser, role="MEMBER"):
        assert await attempt(superuser, update.replace("raw", "superuser"), ids["pin"]) is Outcome.DONE
        await superuser.execute("create role test_requests in role bulkhead_app; set local role test_requests")
        assert await attempt(superuser, update, ids["pin"]) is Outcome.REFUSED


async def test_no_row_is_made_as_a_deleted_one(app_session: Session) -> None:
    made_deleted = "insert into public.authors (tenant_id, name, deleted_at) values ($1, 'raw', now())"
    async with acting(app_session):
        assert await attempt(app_session, made_deleted, ACME.id) is Outcome.NO_GRANT


async def test_platform_deletes_for_good_only_what_was_deleted(library: World) -> None:
    live = await new_author(library, "Plato")
    async with open_platform(library.database.owner_url) as platform:
        by_id = "where tenant_id = $1 and id = $2 returning id"
        assert await platform.run(ACME.id, f"delete from public.authors {by_id}", live) == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await platform.run(ACME.id, "select name from public.authors where tenant_id = $1")


async def test_deleted_rows_do_not_count_for_a_quota_until_they_are_restored(
    library: World, superuser: Session
) -> None:
    pins = [await new_pin(library, f"quota {number}") for number in range(2)]
    count = (await library.data("{ pins { totalCount } }"))["pins"]["totalCount"]
    await _allow(superuser, count)
    spare = {"note": note(ACME, 0), "place": "quota too"}
    assert await library.code(CREATE_PIN, spare) == "QUOTA_EXCEEDED"
    await library.data(delete("Pin"), {"id": pins[0]})
    taken = await made(library, CREATE_PIN, **spare)
    assert await library.code(restore("Pin"), {"id": pins[0]}) == "QUOTA_EXCEEDED"
    await library.data(delete("Pin"), {"id": taken})
    await library.data(restore("Pin"), {"id": pins[0]})
    await _allow(superuser, 10_000)


async def _allow(superuser: Session, most: int) -> None:
    async with superuser.transaction():
        await superuser.execute("select app.set_context($1, null, 'OWNER', 'allow', '', '', 0)", ACME.id)
        await superuser.execute("update public.tenants set max_integrations = $1 where tenant_id = $2", most, ACME.id)


async def test_audit_log_tells_deleting_restoring_and_purging(
    library: World, library_catalog: Catalog, superuser: Session
) -> None:
    id_ = await new_author(library, "Audrey")
    await library.data(delete("Author"), {"id": id_})
    await library.data(restore("Author"), {"id": id_})
    await library.data(delete("Author"), {"id": id_})
    await _long_ago(superuser, "authors", id_, days=31)
    async with open_platform(library.database.owner_url) as platform:
        await purge(platform, library_catalog)
    log = f'auditLogs(where: {{targetId: {{eq: "{id_}"}}}}, orderBy: [{{createdAt: ASC}}]) {{ nodes {{ action }} }}'
    actions = [entry["action"] for entry in (await library.data(f"{{ {log} }}"))["auditLogs"]["nodes"]]
    assert [action for action in actions if action != "author.updated"] == [
        "author.created", "author.deleted", "author.restored", "author.deleted", "author.purged",
    ]  # fmt: skip


async def _long_ago(superuser: Session, table: str, id_: str, days: int) -> None:
    async with superuser.transaction():
        await superuser.execute("select app.set_context($1, null, 'OWNER', 'age', '', '', 0)", ACME.id)
        moved = f"update public.{table} set deleted_at = now() - make_interval(days => $1) where id = $2"
        await superuser.execute(moved, days, id_)


async def test_purge_takes_what_is_old_enough_and_leaves_what_others_belong_to(
    library: World, library_catalog: Catalog, superuser: Session
) -> None:
    """Notes are kept for 7 days, pins for 30; a pin does not let its note go."""
    pinned = await made(library, CREATE_NOTE, note={"title": "purge pinned"})
    pin = await made(library, CREATE_PIN, note=pinned, place="purge")
    old = [await made(library, CREATE_NOTE, note={"title": f"purge old {number}"}) for number in range(4)]
    young = await made(library, CREATE_NOTE, note={"title": "purge young"})
    for id_, days in ((pinned, 8), (young, 6), *((id_, 8 + number) for number, id_ in enumerate(old))):
        await library.data(delete("Note"), {"id": id_})
        await _long_ago(superuser, "notes", id_, days)

    async def purged() -> dict[str, Purged]:
        async with open_platform(library.database.owner_url) as platform:
            return dict(await purge(platform, library_catalog, batch_rows=3))

    assert await purged() == {"Pin": Purged(), "Note": Purged(gone=4, kept=1), "Author": Purged()}
    left = """query @includeDeleted { notes(where: {title: {startsWith: "purge"}}, orderBy: [{title: ASC}]) {
      nodes { title } } }"""
    assert await library.data(left) == {"notes": {"nodes": [{"title": "purge pinned"}, {"title": "purge young"}]}}

    await library.data(delete("Pin"), {"id": pin})
    await _long_ago(superuser, "pins", pin, 31)
    assert await purged() == {"Pin": Purged(gone=1), "Note": Purged(gone=1), "Author": Purged()}


async def test_doctor_finds_no_hole_where_rows_are_kept(library: World, library_catalog: Catalog) -> None:
    assert (await examined(library.database, library_catalog)).findings == ()


def test_schema_speaks_of_deletion_only_where_rows_are_kept(library_catalog: Catalog, catalog: Catalog) -> None:
    sdl = print_sdl(build_schema(library_catalog))
    assert "directive @includeDeleted on QUERY" in sdl
    assert "restoreNote(" in sdl
    assert "restoreSecret(" not in sdl
    note_edge = sdl.partition("type Pin implements Node {")[2].partition("}")[0]
    assert f"{lower_first('Note')}: Note\n" in note_edge  # though its key is never null
    for kind in ("Create", "Set"):
        assert "deletedAt" not in sdl.partition(f"input Note{kind} {{")[2].partition("\n}")[0]
    assert "ncludeDeleted" not in print_sdl(build_schema(catalog))
