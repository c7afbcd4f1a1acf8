"""Full-text search stays within the tenant, although its functions stand beside the floor; and its index is used.

Both tenants have the same articles, with the same words (archive/tables.py); only the ids differ. What a function
could do for somebody who holds a connection of the requests' role is tried here in SQL.
"""

import os
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.catalog import Catalog
from app.isolation.roles import APP, SEARCH
from app.isolation.search import search_function
from app.model import Role
from tests.conftest import TestDatabase, create_database
from tests.isolation.rows import Session, enter
from tests.isolation.sessions import Outcome, acting, attempt, failure, undone
from tests.world import ACME, GLOBEX, NOBODY_ID, TenantWorld, made_id

TENANTS, ROWS = 50, 4_000
FOUND = "select id from app.search_articles($1, $2) order by rank desc, id"
ARTICLES = {
    "harbour": ("Ships in the harbour", None, "A lighthouse shows the way."),
    "lighthouse": ("The lighthouse", "Where ships come home", "It stands alone."),
    "baker": ("Baking bread", None, "Flour, water, salt. It's simple: wait."),
    "empty": ("", None, ""),
}


def article(tenant: TenantWorld, name: str) -> Any:
    """The id of an article of ARTICLES."""
    return made_id("article", tenant.slug, name)


async def add_article(superuser: Session, tenant: TenantWorld, name: str, *texts: str | None) -> None:
    """Puts an article there: its title, its summary, its body."""
    async with superuser.transaction():
        await enter(superuser, tenant.id)
        await superuser.execute(
            "insert into public.articles (tenant_id, id, title, summary, body) values ($1, $2, $3, $4, $5)",
            tenant.id, article(tenant, name), *texts,
        )  # fmt: skip


@pytest.fixture(scope="module")
async def archive(archive_template: TestDatabase) -> TestDatabase:
    """The articles of both tenants."""
    database = await create_database(archive_template.server, archive_template.name)
    superuser = await database.superuser()
    for tenant in (ACME, GLOBEX):
        for name, texts in ARTICLES.items():
            await add_article(superuser, tenant, name, *texts)
    await superuser.close()
    return database


@pytest.fixture(scope="module")
async def reader(archive: TestDatabase) -> AsyncIterator[Session]:
    """A connection of the requests' role to the archive."""
    session = await archive.app()
    yield session
    await session.close()


@pytest.fixture(scope="module")
async def archivist(archive: TestDatabase) -> AsyncIterator[Session]:
    """A superuser's connection to the archive."""
    session = await archive.superuser()
    yield session
    await session.close()


async def found(session: Session, text: str, prefix: bool = False, tenant: TenantWorld = ACME) -> list[str]:
    """The names of the articles that a tenant's owner finds, best first; None for one that is not the tenant's."""
    names = {article(tenant, name): name for name in ARTICLES}
    async with acting(session, tenant.id, user=tenant.user("owner")):
        return [names[row["id"]] for row in await session.fetch(FOUND, text, prefix)]


@pytest.mark.parametrize("tenant", [ACME, GLOBEX], ids=lambda tenant: tenant.slug)
async def test_each_tenant_finds_its_own_rows_of_the_same_words(reader: Session, tenant: TenantWorld) -> None:
    assert await found(reader, "lighthouse", tenant=tenant) == ["lighthouse", "harbour"]
    assert await found(reader, "-lighthouse", tenant=tenant) == sorted(
        ["baker", "empty"], key=lambda name: article(tenant, name)
    )


async def test_without_a_tenant_nothing_is_found(reader: Session) -> None:
    assert await reader.fetch(FOUND, "lighthouse", False) == []
    async with acting(reader, NOBODY_ID):
        assert await reader.fetch(FOUND, "lighthouse", False) == []
    async with undone(reader):
        await reader.execute("set local app.tenant_id = ''; set local app.role = 'OWNER'")
        assert await reader.fetch(FOUND, "lighthouse", False) == []


async def test_who_may_not_read_may_not_search(reader: Session) -> None:
    for role in Role:
        async with acting(reader, role=role):
            assert bool(await reader.fetch(FOUND, "lighthouse", False)) is (role is not Role.VIEWER)
    async with undone(reader):
        await reader.execute("select set_config('app.tenant_id', $1, true)", str(ACME.id))
        assert await reader.fetch(FOUND, "lighthouse", False) == []


@pytest.mark.parametrize(("taken_away", "isolates"), [("word", True), ("row", True), ("word row", False)])
async def test_function_asks_for_the_tenant_twice_and_either_is_enough(
    archivist: Session, taken_away: str, isolates: bool
) -> None:
    halves = {
        "word": ("(quote_literal(' ' || tenant::text)::tsquery && words)", "words"),
        "row": ("found.tenant_id = tenant", "true"),
    }
    take_away = """update pg_proc set prosrc = replace(prosrc, $1, $2)
                   where proname = 'search_articles' and strpos(prosrc, $1) > 0"""
    async with undone(archivist):
        for half in taken_away.split():
            assert await archivist.execute(take_away, *halves[half]) == "UPDATE 1"
        await enter(archivist, ACME.id)
        await archivist.execute(f"set local role {APP}")
        found = {row["id"] for row in await archivist.fetch(FOUND, "lighthouse", False)}
    theirs = {article(GLOBEX, name) for name in ARTICLES}
    assert len(found - theirs) == 2
    assert found.isdisjoint(theirs) is isolates


@pytest.mark.parametrize(
    "statement",
    [
        "select search_vector from public.articles",
        "select 1 from public.articles where search_vector @@ 'lighthouse'",
        "select count(*) from public.articles group by search_vector",
        "select a from public.articles as a",
        "select * from public.articles",
        "select to_jsonb(a) from public.articles as a",
        "insert into public.articles (title, search_vector) values ('x', default)",
        "update public.articles set title = 'x' returning search_vector",
        "select * from ts_stat('select search_vector from public.articles')",
        "copy (select search_vector from public.articles) to stdout",
    ],
)
async def test_requests_never_reach_the_words_themselves(reader: Session, statement: str) -> None:
    async with acting(reader):
        assert await attempt(reader, statement) is Outcome.NO_GRANT


async def test_requests_cannot_change_what_a_search_does(reader: Session) -> None:
    await reader.execute(f"set search_path = {APP}, public")
    for statement in (
        "create function app.search_articles(query text) returns int return 1",
        "create or replace function app.search_query(language regconfig, query text, prefix boolean) returns tsquery"
        " language sql return null",
        "alter function app.search_articles(text, boolean) reset search_path",
        "alter function app.search_articles(text, boolean) security invoker",
        f"alter function app.search_articles(text, boolean) owner to {APP}",
        "create text search configuration public.english (copy = pg_catalog.english)",
    ):
        error = await failure(reader, statement)
        assert error is not None, statement
        assert error.state == "42501", (statement, error)
    async with acting(reader):
        await reader.execute("set local row_security = off")
        error = await failure(reader, "select id from app.search_articles('lighthouse', false)")
        assert error is not None
        assert error.state == "42501"
    await reader.execute("reset search_path")


async def test_searching_for_another_tenant_finds_nothing(reader: Session) -> None:
    for tenant in (ACME, GLOBEX):
        for text in (str(tenant.id), f" {tenant.id}", f"' {tenant.id}'", f'" {tenant.id}"', str(tenant.id)[:8]):
            for prefix in (False, True):
                assert await found(reader, text, prefix) == [], (text, prefix)


async def test_a_word_of_the_title_weighs_more_than_one_of_the_body(reader: Session) -> None:
    async with acting(reader):
        ranks = dict(await reader.fetch("select id, rank from app.search_articles('lighthouse', false)"))
    title, body = ranks[article(ACME, "lighthouse")], ranks[article(ACME, "harbour")]
    assert title > body > 0


@pytest.mark.parametrize(
    ("text", "prefix", "names"),
    [
        ("ship", False, {"harbour", "lighthouse"}),  # stemmed
        ("ships harbour", False, {"harbour"}),
        ("harbour or bread", False, {"harbour", "baker"}),
        ('"come home"', False, {"lighthouse"}),
        ('"home come"', False, set()),
        ("ships -harbour", False, {"lighthouse"}),
        ("light", False, set()),
        ("light", True, {"harbour", "lighthouse"}),
        ("bread flo", True, {"baker"}),
        ("flo bread", True, set()),
        ("ships -light", True, set()),
        ('ships -"come ho', True, {"harbour"}),
        ("it's", False, set()),  # of stop words only
        ("", True, set()),
        (" ", True, set()),
        ("the", True, set()),
        ("😀", True, set()),
    ],
)
async def test_words_phrases_negations_and_prefixes(reader: Session, text: str, prefix: bool, names: set[str]) -> None:
    assert set(await found(reader, text, prefix)) == names


@settings(max_examples=300, deadline=None, derandomize=bool(os.environ.get("CI")), database=None, print_blob=True)
@example(text="-" * 100_000 + "x", prefix=True)
@example(text="- ! & | ( - " * 10_000, prefix=True)
@example(text='"' * 99 + "a" + "-" * 29 + "b", prefix=True)
@example(text="Ⱥ" * 1_000, prefix=True)  # too long for a word, but only once it is lowered
@example(text="Ⱥ" * 100_000, prefix=True)
@example(text="it''s \\ ':* <-> !a:ABCD & b <2> c", prefix=True)
@given(text=st.text(st.sampled_from("ab '\"-!&|()<>:*\\\u00a0\u3000é😀"), max_size=60), prefix=st.booleans())
async def test_any_text_is_a_query(reader: Session, text: str, prefix: bool) -> None:
    async with acting(reader):
        for language in ("simple", "english", "german"):
            query = "select app.search_query($1::text::regconfig, $2, $3)::text"
            assert await reader.fetchval(query, language, text, prefix) is not None
        await reader.fetch(FOUND, text, prefix)


async def test_audit_log_tells_of_the_fields_and_not_of_their_words(archivist: Session) -> None:
    query = """select changes from public.audit_logs where target_type = 'Article' and target_id = $1 order by id"""
    changes = [orjson.loads(row[0]) for row in await archivist.fetch(query, str(article(ACME, "harbour")))]
    assert [set(change["after"]) for change in changes] == [{"id", "title", "body"}]


async def test_longest_text_is_kept_and_found_by_its_beginning(archivist: Session, reader: Session) -> None:
    text = "beginning " + " ".join(f"word{number}" for number in range(120_000))
    async with undone(archivist):
        await add_article(archivist, ACME, "long", text, text, text)
        await archivist.execute(f"set local role {APP}")
        await enter(archivist, ACME.id)
        assert await archivist.fetch(FOUND, "beginning", False) == [(article(ACME, "long"),)]


# --- the index ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def shelves(archive_template: TestDatabase) -> AsyncIterator[Session]:
    """A superuser's connection to many tenants' articles: `common` is in all of them, `rare` in ten of each tenant."""
    database = await create_database(archive_template.server, archive_template.name)
    superuser = await database.superuser()
    await superuser.execute("set session_replication_role = replica")  # neither keys to tenants nor an audit log
    await superuser.execute(
        """insert into public.articles (tenant_id, title, summary)
           select md5((n % $1::int)::text)::uuid, 'common ' || n % 1000, case when n / $1 % 400 = 0 then 'rare' end
           from generate_series(0, $1 * $2::int - 1) as n""",
        TENANTS, ROWS,
    )  # fmt: skip
    await superuser.execute("analyze public.articles")
    yield superuser
    await superuser.close()


def inner_query(catalog: Catalog) -> str:
    """What the function of articles runs, with the tenant and the words as parameters."""
    (query,) = re.findall(r"return query\n(.*?);\nend", search_function(catalog["Article"]).body, re.DOTALL)
    return re.sub(r"\bwords\b", "$1::tsquery", re.sub(r"\btenant\b", "$2::uuid", query))


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan's nodes, outermost first."""
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize(("text", "rows"), [("rare", 10), ("common", ROWS), ("comm", ROWS)])
async def test_index_of_words_narrows_to_the_tenant(
    shelves: Session, archive_catalog: Catalog, mode: str, text: str, rows: int
) -> None:
    tenant = await shelves.fetchval("select md5('7')::uuid")
    words = await shelves.fetchval("select app.search_query('english', $1, $2)::text", text, text == "comm")
    async with undone(shelves):
        await enter(shelves, tenant)
        await shelves.execute(f"set local plan_cache_mode = {mode}; set local role {SEARCH}")
        await shelves.execute(f"prepare searching as {inner_query(archive_catalog)}")
        explained = await shelves.fetchval(
            f"explain (analyze, format json) execute searching ($w${words}$w$, '{tenant}')"
        )
        await shelves.execute("deallocate searching")
    plan = nodes(orjson.loads(explained)[0]["Plan"])
    assert plan[0]["Actual Rows"] == rows
    (scan,) = (node for node in plan if "Index Name" in node)
    assert scan["Index Name"] == "articles_search_vector_idx"
    assert scan["Actual Rows"] == rows


async def test_rows_that_were_found_are_read_by_their_keys(shelves: Session) -> None:
    tenant = await shelves.fetchval("select md5('7')::uuid")
    query = """select t.title from public.articles as t
               where t.tenant_id = $1 and t.id = any (array(select s.id from app.search_articles($2, $3) as s))"""
    async with undone(shelves):
        await enter(shelves, tenant)
        await shelves.execute(f"set local role {APP}")
        assert len(await shelves.fetch(query, tenant, "rare", False)) == 10
        await shelves.execute(f"prepare reading (uuid, text, boolean) as {query}")
        explained = await shelves.fetchval(
            f"explain (analyze, format json) execute reading ('{tenant}', 'rare', false)"
        )
    plan = nodes(orjson.loads(explained)[0]["Plan"])
    read = {node["Index Name"] for node in plan if "Index Name" in node}
    assert read == {"articles_pkey"}
    assert "Seq Scan" not in {node["Node Type"] for node in plan}


async def test_search_role_sees_beyond_the_tenant_only_the_three_columns(archivist: Session) -> None:
    async with undone(archivist):
        await archivist.execute(f"set local role {SEARCH}")
        tenants = await archivist.fetch("select distinct tenant_id from public.articles")
        assert {row[0] for row in tenants} == {ACME.id, GLOBEX.id}
        for statement in (
            "select title from public.articles",
            "update public.articles set title = 'x'",
            "delete from public.articles",
            "select * from public.users",
            "select app.set_context(null, null, null, null, null, null, 0)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with archivist.transaction():
                    await archivist.execute(statement)
