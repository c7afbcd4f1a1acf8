"""What could let a search out of its tenant is named by `bulkhead doctor`, each on a database sabotaged so."""

import pytest

from app.catalog import Catalog
from app.isolation.search import search_function
from tests.conftest import TestDatabase
from tests.isolation.test_doctor import Sabotage, breaks, examined, holes, sabotaged

SEARCH = "app.search_articles(text,boolean)"
ROLES = "bulkhead_app, bulkhead_owner, bulkhead_platform"
OF_EVERYBODY = """
    returns table (id uuid, rank real) language plpgsql stable strict security definer
    set search_path = pg_catalog, pg_temp as $$
    begin return query select t.id, 1::real from public.articles as t; end $$;
"""

SABOTAGE = [
    breaks(
        "tenant_floor",
        {
            "public.articles": "alter policy tenant_floor on public.articles to bulkhead_app, bulkhead_platform",
            "public.passages": f"alter policy tenant_floor on public.passages to {ROLES}",
        },
    ),
    breaks(
        "permissive_policies",
        {
            "public.articles search_reads": "alter policy search_reads on public.articles"
            " to bulkhead_search, bulkhead_app",
            "public.articles wide": "create policy wide on public.articles for select to bulkhead_app using (true)",
            "public.articles written": "create policy written on public.articles for update to bulkhead_search"
            " using (true)",
            "public.passages read": "create policy read on public.passages for select to bulkhead_search using (true)",
        },
    ),
    breaks("ownership", {SEARCH: f"alter function {SEARCH} owner to bulkhead_owner"}),
    breaks("ownership", {SEARCH: f"alter function {SEARCH} owner to postgres"}, "definer_functions"),
    breaks("definer_functions", {SEARCH: f"alter function {SEARCH} reset search_path"}),
    breaks("definer_functions", {SEARCH: f"alter function {SEARCH} set search_path = public, pg_temp"}),
    breaks("definer_functions", {SEARCH: f"alter function {SEARCH} set work_mem = '1GB'"}),
    breaks("definer_functions", {SEARCH: f"alter function {SEARCH} volatile"}),
    breaks("definer_functions", {SEARCH: f"grant execute on function {SEARCH} to bulkhead_platform"}),
    breaks("definer_functions", {SEARCH: f"grant execute on function {SEARCH} to public"}),
    breaks(
        "definer_functions",
        {SEARCH: f"create or replace function app.search_articles(query text, prefix boolean) {OF_EVERYBODY}"},
    ),
    breaks(
        "definer_functions",
        {
            "app.search_passages(text,boolean)": "create function app.search_passages(query text, prefix boolean)"
            + OF_EVERYBODY
            + "alter function app.search_passages(text, boolean) owner to bulkhead_search;"
        },
        "ownership",
        "callable_functions",
    ),
    breaks(
        "callable_functions",
        {
            "app.search_articles(text)": "create function app.search_articles(query text) returns int return 1;"
            "alter function app.search_articles(text) owner to bulkhead_owner",
        },
    ),
    breaks(
        "search_role",
        {
            "public.articles.title": "grant select (title) on public.articles to bulkhead_search",
            "public.articles.body": "grant select (body) on public.articles to public",
            "public.passages.tenant_id": "grant select (tenant_id) on public.passages to bulkhead_search",
            "public.articles": "grant update (title) on public.articles to bulkhead_search",
        },
        "public_grants",
    ),
    breaks(
        "undeclared_privileges",
        {"public.articles.search_vector": "grant select (search_vector) on public.articles to bulkhead_app"},
    ),
]


async def test_database_with_search_is_clean(archive_template: TestDatabase, archive_catalog: Catalog) -> None:
    assert (await examined(archive_template, archive_catalog)).findings == ()


@pytest.mark.parametrize("sabotage", SABOTAGE, ids=str)
async def test_hole_is_named(archive_template: TestDatabase, archive_catalog: Catalog, sabotage: Sabotage) -> None:
    async with sabotaged(archive_template, *sabotage.holes.values()) as database:
        found = holes(await examined(database, archive_catalog))
    assert {object_ for check, object_ in found if check == sabotage.check} == set(sabotage.holes)
    assert {check for check, _ in found} == {sabotage.check, *(sabotage.also or ())}


async def test_search_of_an_entity_that_declares_none_is_all_holes(
    archive_template: TestDatabase, catalog: Catalog
) -> None:
    found = holes(await examined(archive_template, catalog))
    assert found >= {
        ("tenant_floor", "public.articles"),
        ("permissive_policies", "public.articles search_reads"),
        ("ownership", SEARCH),
        ("definer_functions", SEARCH),
        ("callable_functions", SEARCH),
        ("search_role", "public.articles.search_vector"),
    }


async def test_function_of_other_words_is_not_the_declared_one(
    archive_template: TestDatabase, archive_catalog: Catalog
) -> None:
    body = search_function(archive_catalog["Article"]).body
    change = (
        f"update pg_proc set prosrc = replace(prosrc, 'found.tenant_id = tenant', 'true') where prosrc = $b${body}$b$"
    )
    async with sabotaged(archive_template, change) as database:
        assert holes(await examined(database, archive_catalog)) == {("definer_functions", SEARCH)}
