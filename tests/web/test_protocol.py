"""GraphQL over HTTP: methods, media types, status codes, and everything a request can get wrong."""

import orjson
import pytest

from tests.web.conftest import Client, token_of

GRAPHQL_JSON = "application/graphql-response+json"
ME = "{ users(first: 1, orderBy: [{email: ASC}]) { nodes { email } } }"
ANSWER = {"data": {"users": {"nodes": [{"email": "admin@acme.example"}]}}}


async def test_post_is_answered_as_json_unless_the_newer_type_is_accepted(client: Client) -> None:
    plain = await client.post(ME)
    assert (plain.status_code, plain.json()) == (200, ANSWER)
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    newer = await client.post(ME, headers={"accept": f"{GRAPHQL_JSON}, application/json;q=0.9"})
    assert newer.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert newer.json() == ANSWER


async def test_get_reads_and_never_writes(client: Client) -> None:
    read = await client.http.get("/graphql", params={"query": ME}, headers=client.headers)
    assert read.json() == ANSWER
    with_variables = {"query": "query ($n: Int) { users(first: $n) { nodes { id } } }", "variables": '{"n": 0}'}
    empty = await client.http.get("/graphql", params=with_variables, headers=client.headers)
    assert empty.json() == {"data": {"users": {"nodes": []}}}
    mutation = 'mutation { deleteUser(by: {email: "viewer@acme.example"}) { id } }'
    refused = await client.http.get("/graphql", params={"query": mutation}, headers=client.headers)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert (await client.post('{ user(by: {email: "viewer@acme.example"}) { id } }')).json()["data"]["user"]


async def test_other_methods_are_not_allowed(client: Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await client.http.request(method, "/graphql", headers=client.headers)).status_code == 405


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (400, "application/json", b"{"),
        (400, "application/json", b""),
        (400, "application/json", b"\xff\xfe"),
        (400, "application/json", b"[]"),
        (400, "application/json", b'"text"'),
        (400, "application/json", b"null"),
        (400, "application/json", b"{}"),
        (400, "application/json", b'{"query": 1}'),
        (400, "application/json", b'{"query": "{__typename}", "variables": []}'),
        (400, "application/json", b'{"query": "{__typename}", "variables": "{}"}'),
        (400, "application/json", b'{"query": "{__typename}", "operationName": 7}'),
        (400, "application/json", b'{"query": "{__typename}", "extensions": []}'),
        (400, "application/json", b'{"query": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
        (413, "application/json", b'{"query": "' + b"#" * 1_100_000 + b'"}'),
        (415, "text/plain", b'{"query": "{__typename}"}'),
        (415, "application/graphql", b"{__typename}"),
        (415, "multipart/form-data; boundary=x", b"--x--"),
        (415, "application/x-www-form-urlencoded", b"query={__typename}"),
    ],
)
async def test_what_is_no_graphql_request_has_a_status_of_its_own(
    client: Client, status: int, content_type: str, body: bytes
) -> None:
    headers = {**client.headers, "content-type": content_type}
    response = await client.http.post("/graphql", content=body, headers=headers)
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in response.json()


async def test_body_over_the_limit_is_refused_though_its_length_is_not_said(client: Client) -> None:
    async def chunks() -> "object":
        for _ in range(20):
            yield b"#" * 100_000

    headers = {**client.headers, "content-type": "application/json"}
    response = await client.http.post("/graphql", content=chunks(), headers=headers)  # type: ignore[arg-type]
    assert response.status_code == 413


@pytest.mark.parametrize(
    "document", ["{", "{ nothing }", "{ users(first: true) { nodes { id } } }", "fragment F on User { id }"]
)
async def test_document_at_fault_is_400_in_the_newer_type_and_200_in_plain_json(client: Client, document: str) -> None:
    newer = await client.post(document, headers={"accept": GRAPHQL_JSON})
    plain = await client.post(document, headers={"accept": "application/json"})
    assert (newer.status_code, plain.status_code) == (400, 200)
    assert newer.json() == plain.json()
    assert "data" not in newer.json()
    assert newer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_partial_answer_is_200_in_both_types(client: Client) -> None:
    query = '{ a: user(by: {id: "x"}) { id } b: user(by: {email: "owner@acme.example"}) { name } }'
    for accept in (GRAPHQL_JSON, "application/json"):
        response = await client.post(query, headers={"accept": accept})
        assert response.status_code == 200
        assert response.json()["data"] == {"a": None, "b": {"name": "Owner"}}
        assert response.json()["errors"][0]["path"] == ["a"]


@pytest.mark.parametrize("accept", ["text/csv", "image/png, application/xml", "application/json;q=0"])
async def test_what_accepts_neither_type_is_told_so(client: Client, accept: str) -> None:
    response = await client.post(ME, headers={"accept": accept})
    assert response.status_code == 406


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/csv, */*;q=0.1", "application/json; charset=utf-8"])
async def test_wide_ranges_get_plain_json(client: Client, accept: str) -> None:
    response = await client.post(ME, headers={"accept": accept})
    assert response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic b3duZXI6eA==", "Bearer nonsense", f"Bearer {token_of(lifetime_s=-100)}"],
)
async def test_without_a_token_that_holds_nothing_is_looked_at(client: Client, authorization: str | None) -> None:
    headers = {"content-type": "application/json"}
    headers |= {} if authorization is None else {"authorization": authorization}
    response = await client.http.post("/graphql", content=b"not even JSON", headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()


async def test_two_authorization_headers_are_refused(client: Client) -> None:
    headers = [("authorization", f"Bearer {token_of()}"), ("authorization", f"Bearer {token_of(name='viewer')}")]
    response = await client.http.post("/graphql", json={"query": ME}, headers=headers)
    assert response.status_code == 401


async def test_answer_is_what_postgres_built_byte_for_byte(client: Client) -> None:
    response = await client.post('{ __typename a: user(by: {email: "owner@acme.example"}) { name } }')
    assert response.content == b'{"data":{"__typename":"Query","a":{"name":"Owner"}}}'
    assert orjson.loads(response.content)
