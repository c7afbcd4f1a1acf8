"""The `bulkhead` command, run as a user runs it: each in a process and a folder of its own."""

import json
import re
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import bulkhead, running
from tests.world import ACME

QUERY = b'{"query": "{ user(by: {email: \\"owner@acme.example\\"}) { email } }"}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has run once."""
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[str]:
    """The demo in that folder."""
    with running("demo", cwd=folder, log=folder / "log") as url:
        yield url


def ask(url: str, token: str, body: bytes = QUERY) -> object:
    """The answer to a request."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(f"{url}/graphql", body, headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
        return json.load(response)


def test_demo_prints_the_url_and_a_token_for_each_tenants_owner_and_viewer(demo: str, folder: Path) -> None:
    lines = (folder / "log").read_text().splitlines()
    assert any(f"{demo}/graphql" in line for line in lines)
    introduced = [line.split()[1] for line in lines if line.endswith(".example")]
    assert introduced == [f"{n}@{s}.example" for s in ("acme", "globex", "initech") for n in ("owner", "viewer")]
    tokens = [line for line in lines if line.startswith("eyJ")]
    assert ask(demo, tokens[0]) == {"data": {"user": {"email": "owner@acme.example"}}}
    assert ask(demo, tokens[2]) == {"data": {"user": None}}


def test_readme_question_is_answered_as_the_readme_says(demo: str, folder: Path, repository: Path) -> None:
    readme = (repository / "README.md").read_text()
    (body,) = re.findall(r"-d '(.*)'", readme)
    (answer,) = re.findall(r"```json\n(.*?)```", readme, re.DOTALL)
    token = bulkhead("token", "--tenant", "acme", "--user", "owner@acme.example", cwd=folder).stdout.strip()
    assert ask(demo, token, body.encode()) == json.loads(answer)


def test_demo_starts_again_though_somebody_deleted_an_owner(tmp_path: Path) -> None:
    with running("demo", cwd=tmp_path, log=tmp_path / "log") as url:
        token = bulkhead("token", "--tenant", "acme", "--role", "OWNER", cwd=tmp_path).stdout.strip()
        delete = b'{"query": "mutation { deleteUser(by: {email: \\"owner@acme.example\\"}) { email } }"}'
        assert ask(url, token, delete) == {"data": {"deleteUser": {"email": "owner@acme.example"}}}
    with running("demo", cwd=tmp_path, log=tmp_path / "log") as url:
        assert ask(url, token) == {"data": {"user": None}}


def test_demo_data_is_what_was_promised_for_each_tenant(demo: str, folder: Path) -> None:
    query = """{ users { totalCount } connections { totalCount } syncJobs { totalCount } integrations { totalCount }
                 analyticsEvents { totalCount } connectionStats { groups(by: [PROVIDER, STATUS]) { count } } }"""
    for slug in ("acme", "globex", "initech"):
        token = bulkhead("token", "--tenant", slug, "--role", "VIEWER", cwd=folder).stdout.strip()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"{demo}/graphql", body, headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
            data = json.load(response)["data"]
        counts = {name: page["totalCount"] for name, page in data.items() if "totalCount" in page}
        assert counts == {
            "users": 24, "connections": 60, "syncJobs": 1_200, "integrations": 5, "analyticsEvents": 2_000,
        }  # fmt: skip
        assert len(data["connectionStats"]["groups"]) == 16


def test_token_takes_a_user_or_a_role_and_knows_who_is_there(demo: str, folder: Path) -> None:
    by_user = bulkhead("token", "--tenant", "acme", "--user", "viewer@acme.example", cwd=folder)
    assert ask(demo, by_user.stdout.strip())
    unknown = bulkhead("token", "--tenant", "acme", "--user", "owner@globex.example", cwd=folder)
    assert (unknown.returncode, unknown.stderr.strip()) == (1, "This tenant has no user owner@globex.example.")
    assert (
        "There is no tenant umbrella."
        in bulkhead("token", "--tenant", "umbrella", "--role", "OWNER", cwd=folder).stderr
    )
    assert bulkhead("token", "--tenant", "acme", cwd=folder).returncode == 1


def test_doctor_is_clean_and_speaks_json(demo: str, folder: Path) -> None:
    found = bulkhead("doctor", "--json", cwd=folder)
    checks = json.loads(found.stdout)
    assert found.returncode == 0
    assert {check["rule"] for check in checks} >= set(range(1, 10))
    assert all(check["clean"] for check in checks)
    assert "Every isolation rule holds." in bulkhead("doctor", cwd=folder).stdout


def test_purge_says_what_it_took(demo: str, folder: Path) -> None:
    purged = bulkhead("purge", cwd=folder)
    assert (purged.returncode, purged.stdout.strip()) == (
        0,
        "No entity keeps what is deleted: there is nothing to purge.",
    )


def test_audit_log_is_sealed_and_held_against_a_head(demo: str, folder: Path) -> None:
    sealed = bulkhead("audit", "seal", "--tenant", "acme", cwd=folder, BULKHEAD_SEAL_KEY="a key of sixteen or more")
    assert sealed.stdout.startswith("acme: ")
    wrong = bulkhead("audit", "verify", "--tenant", "acme", "--head", "0" * 64, cwd=folder)
    assert (wrong.returncode, wrong.stdout.startswith("FLAW")) == (1, True)


def test_explain_shows_the_plan_the_sql_and_what_postgres_makes_of_it(demo: str, folder: Path) -> None:
    (folder / "q.graphql").write_text(
        "query ($e: String!) { user(by: {email: $e}) { name connections { totalCount } } }"
    )
    shown = bulkhead("explain", "q.graphql", "--tenant", "acme", "--variables", '{"e": "x@y.example"}', cwd=folder)
    assert shown.returncode == 0, shown.stderr
    assert "ToMany connections" in shown.stdout
    assert "from public.users as t1" in shown.stdout
    assert "t1.tenant_id = $1" in shown.stdout
    assert "Index Scan" in shown.stdout
    wrong = bulkhead("explain", "q.graphql", "--tenant", "acme", cwd=folder)
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stderr


def test_explain_of_a_mutation_changes_nothing(demo: str, folder: Path) -> None:
    (folder / "m.graphql").write_text('mutation { deleteUser(by: {email: "owner@acme.example"}) { id } }')
    shown = bulkhead("explain", "m.graphql", "--tenant", "acme", cwd=folder)
    assert "delete from public.users" in shown.stdout
    token = bulkhead("token", "--tenant", "acme", "--user", "owner@acme.example", cwd=folder).stdout.strip()
    assert ask(demo, token) == {"data": {"user": {"email": "owner@acme.example"}}}


def test_keys_are_kept_for_their_owner_alone_and_rotated_while_the_demo_serves(demo: str, folder: Path) -> None:
    assert stat.S_IMODE((folder / ".bulkhead" / "master_keys").stat().st_mode) == 0o600
    token = bulkhead("token", "--tenant", "acme", "--role", "OWNER", cwd=folder).stdout.strip()
    query = 'mutation { updateIntegration(by: {provider: "pos"}, set: {credentials: "a key"}) { name } }'
    change, told = json.dumps({"query": query}).encode(), {"data": {"updateIntegration": {"name": "Point of sale"}}}
    assert ask(demo, token, change) == told
    foreign = bulkhead("keys", "new", "--name", "foreign", cwd=folder).stdout.strip()
    lost = bulkhead("keys", "rotate", cwd=folder, BULKHEAD_MASTER_KEYS=foreign)
    assert (lost.returncode, "BULKHEAD_MASTER_KEYS lacks the right key" in lost.stdout) == (1, True)
    rotated = bulkhead("keys", "rotate", cwd=folder)
    assert (rotated.returncode, "1 secret sealed with a new key" in rotated.stdout) == (0, True)
    assert ask(demo, token, change) == told


def test_schema_check_tells_drift(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "schema.graphql").write_text((repository / "schema.graphql").read_text())
    assert bulkhead("schema", "--check", cwd=tmp_path).returncode == 0
    (tmp_path / "schema.graphql").write_text("type Query { nothing: String }")
    drifted = bulkhead("schema", "--check", cwd=tmp_path)
    assert (drifted.returncode, "bulkhead schema" in drifted.stderr) == (1, True)
    assert bulkhead("schema", cwd=tmp_path).returncode == 0
    assert (tmp_path / "schema.graphql").read_text() == (repository / "schema.graphql").read_text()


def test_serve_answers_from_several_workers_on_a_database_of_its_own(demo: str, folder: Path, tmp_path: Path) -> None:
    with running("serve", "--workers", "2", cwd=folder, log=tmp_path / "log") as url:
        token = bulkhead("token", "--tenant", "acme", "--role", "VIEWER", cwd=folder).stdout.strip()
        assert [ask(url, token) for _ in range(4)] == [{"data": {"user": {"email": "owner@acme.example"}}}] * 4
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request" and line["path"] == "/graphql"] == [200] * 4


def test_serve_says_what_is_missing(tmp_path: Path) -> None:
    url = "postgresql://bulkhead_app@127.0.0.1:9/none"
    keyless = bulkhead("serve", cwd=tmp_path, DATABASE_URL=url)
    assert keyless.returncode != 0
    assert "BULKHEAD_JWT_SECRET" in keyless.stderr
    secret = "a secret of the tests, long enough for HS256"
    unreachable = bulkhead("serve", cwd=tmp_path, DATABASE_URL=url, BULKHEAD_JWT_SECRET=secret)
    assert unreachable.returncode != 0
    assert "The database cannot be reached." in unreachable.stderr


def test_migrate_needs_the_owner(tmp_path: Path) -> None:
    asked = bulkhead("migrate", cwd=tmp_path, DATABASE_URL="postgresql://bulkhead_app@127.0.0.1:9/none")
    assert asked.returncode == 1
    assert "BULKHEAD_OWNER_URL is not set" in asked.stderr


def test_ids_of_tests_and_demo_do_not_meet(demo: str, folder: Path) -> None:
    token = bulkhead("token", "--tenant", str(ACME.id), "--role", "OWNER", cwd=folder).stdout.strip()
    assert ask(demo, token) == {"data": {"user": None}}
