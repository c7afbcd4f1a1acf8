"""What is served beside GraphQL: health, the schema, the page, CORS; and what a request leaves in the log."""

import json
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.errors import StartRefused
from app.server import create_app
from tests.conftest import TestDatabase, create_database
from tests.web.conftest import SECRET, Client, settings_for, token_of
from tests.world import ACME


async def test_health_ready_and_schema_need_no_token(client: Client, repository: Path) -> None:
    assert (await client.http.get("/healthz")).text == "ok\n"
    assert (await client.http.get("/readyz")).text == "ready\n"
    assert (await client.http.get("/schema.graphql")).text == (repository / "schema.graphql").read_text()


async def test_browser_gets_a_page_without_a_token_in_it(client: Client) -> None:
    response = await client.http.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "script-src" not in response.headers["content-security-policy"]
    assert '"headers":null' in response.text
    assert "Bearer" not in response.text
    script = await client.http.get("/graphiql/graphiql.js")
    assert script.status_code == 200
    assert "javascript" in script.headers["content-type"]


async def test_page_can_be_switched_off(template: TestDatabase) -> None:
    database = await create_database(template.server, template.name)
    app = create_app(settings_for(database, graphiql=False))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bulkhead.test") as http:
            assert (await http.get("/graphql", headers={"accept": "text/html"})).status_code == 406
            assert (await http.get("/graphiql/graphiql.js")).status_code == 404


async def test_demo_token_cannot_close_its_script_block(template: TestDatabase) -> None:
    database = await create_database(template.server, template.name)
    app = create_app(settings_for(database), demo_token="</script><b>")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bulkhead.test") as http:
            page = (await http.get("/graphql", headers={"accept": "text/html"})).text
    assert "</script><b>" not in page
    assert "Bearer \\u003c/script>" in page


async def test_cors_is_for_the_origins_that_are_set(client: Client) -> None:
    asked = {"origin": "https://spa.example", "access-control-request-method": "POST"}
    asked["access-control-request-headers"] = "authorization, content-type"
    allowed = await client.http.options("/graphql", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://spa.example"
    other = await client.http.options("/graphql", headers={**asked, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


async def test_request_id_is_taken_over_when_it_is_plain_and_made_when_not(client: Client) -> None:
    given = await client.post("{ __typename }", headers={"x-request-id": "req-1.a_b"})
    assert given.headers["x-request-id"] == "req-1.a_b"
    for odd in ("a b", "x" * 65, "drop'"):
        made = await client.post("{ __typename }", headers={"x-request-id": odd})
        assert made.headers["x-request-id"] != odd
        assert len(made.headers["x-request-id"]) == 32


async def test_log_line_has_id_and_tenant_and_no_value_or_token(
    client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    canary = "canary-7f3a"
    capfd.readouterr()
    query = "query Find($e: String!) { user(by: {email: $e}) { id } x: user(by: {id: $e}) { id } }"
    query = query.replace("$e: String!", "$e: String!, $i: ID!").replace("{id: $e}", "{id: $i}")
    await client.post(query, variables={"e": canary, "i": canary}, headers={"x-request-id": "req-7"})
    await client.http.get("/graphql", params={"query": f'{{ user(by: {{email: "{canary}"}}) {{ id }} }}'})
    text = capfd.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    line = next(entry for entry in lines if entry.get("request_id") == "req-7")
    assert line["event"] == "request"
    assert (line["tenant"], line["role"], line["status"]) == (str(ACME.id), "OWNER", 200)
    assert (line["operation"], line["codes"]) == ("Find", ["BAD_USER_INPUT"])
    assert line["duration_ms"] > 0
    assert canary not in text
    assert token_of().split(".")[1] not in text
    assert SECRET not in text


@pytest.mark.parametrize(
    "sabotage",
    [
        "alter table public.users no force row level security",
        "create view public.leak as select * from public.users; grant select on public.leak to bulkhead_app",
        "alter table public.sync_jobs add foreign key (connection_id) references public.lonely (id)",
        "create or replace function app.schema_revision() returns text language sql stable return '0000'",
    ],
)
async def test_server_refuses_to_start_on_a_database_with_a_hole(template: TestDatabase, sabotage: str) -> None:
    database = await create_database(template.server, template.name)
    superuser = await database.superuser()
    if "lonely" in sabotage:
        await superuser.execute("create table public.lonely (tenant_id uuid, id uuid unique)")
        await superuser.execute("insert into public.lonely (id) select id from public.connections")
    await superuser.execute(sabotage)
    await superuser.close()
    app = create_app(settings_for(database))
    with pytest.raises(StartRefused, match="bulkhead doctor"):
        async with app.router.lifespan_context(app):
            pass


async def test_server_refuses_a_login_that_bypasses_row_level_security(template: TestDatabase) -> None:
    database = await create_database(template.server, template.name)
    app = create_app(settings_for(database, DATABASE_URL=database.owner_url))
    with pytest.raises(StartRefused):
        async with app.router.lifespan_context(app):
            pass


async def test_database_that_is_gone_is_503_and_not_ready(template: TestDatabase) -> None:
    database = await create_database(template.server, template.name)
    app = create_app(settings_for(database))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bulkhead.test") as http:
            admin = await asyncpg.connect(database.server.owner_url("postgres"))
            await admin.execute(f"alter database {database.name} allow_connections false")
            ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1"
            await admin.execute(ended, database.name)
            await admin.close()
            headers = {"authorization": f"Bearer {token_of()}"}
            response = await http.post("/graphql", json={"query": "{ users { totalCount } }"}, headers=headers)
            assert response.status_code == 503
            assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert (await http.get("/readyz")).status_code == 503
            assert (await http.get("/healthz")).status_code == 200


async def test_preflight_is_logged_and_has_an_id(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    asks = {"origin": "https://spa.example", "access-control-request-method": "POST", "x-request-id": "preflight-1"}
    answer = await client.http.options("/graphql", headers=asks)
    assert (answer.status_code, answer.headers["x-request-id"]) == (200, "preflight-1")
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert (line["request_id"], line["method"], line["status"]) == ("preflight-1", "OPTIONS", 200)


async def test_cost_that_no_number_of_json_holds_is_refused_as_any(client: Client) -> None:
    below = "id"
    for _ in range(6):
        below = f"connections(first: 1000) {{ nodes {{ user {{ {below} }} }} }}"
    query = f"{{ users(first: 1000) {{ nodes {{ {below} }} }} }}"
    answer = (await client.post(query, headers={"bulkhead-cost": "1"})).json()
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert answer["extensions"]["cost"]["nodes"] == 2**53


async def test_page_says_how_long_it_is(client: Client) -> None:
    page = await client.http.get("/graphql", headers={"accept": "text/html"})
    assert int(page.headers["content-length"]) == len(page.content)
