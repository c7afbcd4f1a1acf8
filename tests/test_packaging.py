"""What a clone needs to be installed, built and run: locks, settings, the image, compose, make."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings

GATEWAY_NEVER_SEES = {"owner_url", "data_dir"}


def environment_name(field: str) -> str:
    """`pool_size` → `BULKHEAD_POOL_SIZE`."""
    return "DATABASE_URL" if field == "database_url" else f"BULKHEAD_{field.upper()}"


@pytest.fixture(scope="module")
def compose(repository: Path) -> Any:
    """docker-compose.yml, parsed."""
    return yaml.safe_load((repository / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def gateway(compose: Any) -> Any:
    """The gateway's service."""
    return compose["services"]["gateway"]


@pytest.fixture(scope="module")
def dockerfile(repository: Path) -> str:
    """The text of the Dockerfile."""
    return (repository / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def example(repository: Path) -> str:
    """The text of .env.example."""
    return (repository / ".env.example").read_text()


@pytest.fixture(scope="module")
def project(repository: Path) -> Any:
    """pyproject.toml, parsed."""
    return tomllib.loads((repository / "pyproject.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    """Package → version of a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock, re.MULTILINE))


def wanted(requirements: list[str]) -> dict[str, str]:
    """Package → version of requirements such as `pyjwt[crypto]==2.15.1`."""
    return dict(re.fullmatch(r"([\w-]+)(?:\[\w+\])?==(\S+)", r).groups() for r in requirements)  # type: ignore[union-attr, misc]


# Lock files


def test_locks_hold_what_pyproject_asks_for(repository: Path, project: Any) -> None:
    extras = project["project"]["optional-dependencies"]
    runtime = pins((repository / "requirements.lock").read_text())
    dev = pins((repository / "requirements-dev.lock").read_text())
    assert wanted([*project["project"]["dependencies"], *extras["build"]]).items() <= runtime.items()
    assert wanted(extras["dev"]).items() <= dev.items()
    assert runtime.items() <= dev.items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_pins_every_package_by_hash_and_names_no_address(repository: Path, lock: str) -> None:
    text = (repository / lock).read_text()
    requirements = re.split(r"\n(?=[a-z])", text.strip())
    assert len(requirements) > 40
    assert [r.split("\n")[0] for r in requirements if "--hash=sha256:" not in r] == []
    assert re.findall(r"://|/home|/root|/work|/tmp|--(?:extra-)?index|--find-links", text) == []


def test_what_builds_the_project_is_locked_too(project: Any) -> None:
    assert project["build-system"]["requires"] == project["project"]["optional-dependencies"]["build"]


# Settings


def test_env_example_lists_every_setting_with_a_comment(example: str) -> None:
    gateway_part, _, compose_part = example.partition("# docker-compose.yml only")
    assert compose_part
    named = re.findall(r"^# .+\n#?([A-Z_]+)=", gateway_part, re.MULTILINE)
    assert named == [environment_name(field) for field in Settings.model_fields]
    assert len(named) == len(re.findall(r"^#?[A-Z_]+=", gateway_part, re.MULTILINE))


def test_env_example_shows_the_defaults(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # away from a developer's .env
    for field in Settings.model_fields:
        monkeypatch.delenv(environment_name(field), raising=False)
    defaults = Settings()
    for name, value in re.findall(r"^#([A-Z_]+)=(.+)$", example, re.MULTILINE):
        if name != "PORT":
            monkeypatch.setenv(name, value)
    assert Settings() == defaults


def test_env_example_holds_no_secret(example: str) -> None:
    assert re.findall(r"^#?\w*(?:SECRET|PASSWORD|URL|KEY)=(.+)$", example, re.MULTILINE) == []


# The image


def test_image_runs_as_a_user_without_rights_and_installs_by_hash(dockerfile: str) -> None:
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert "\nUSER bulkhead\n" in last_stage
    assert "--require-hashes" in dockerfile
    assert "--require-hashes" not in last_stage


def test_image_is_healthy_when_healthz_answers(dockerfile: str) -> None:
    assert re.search(r"HEALTHCHECK .*\\\n\s+CMD \[.*http://127\.0\.0\.1:8000/healthz", dockerfile)


def test_image_serves_with_signals_reaching_the_server(dockerfile: str) -> None:
    assert 'CMD ["bulkhead", "serve", "--host", "0.0.0.0", "--port", "8000"]' in dockerfile


def test_image_is_made_of_files_that_exist_and_are_let_in(repository: Path, dockerfile: str) -> None:
    let_in = re.findall(r"^!(\S+)", (repository / ".dockerignore").read_text(), re.MULTILINE)
    copied = [s for line in re.findall(r"^COPY (?!--)(.+) \S+$", dockerfile, re.MULTILINE) for s in line.split()]
    assert {source.split("/")[0] for source in copied} == set(let_in)
    assert [source for source in copied if not (repository / source).exists()] == []


# Compose


def test_compose_has_postgres_migrations_and_gateway(compose: Any) -> None:
    assert set(compose["services"]) == {"postgres", "migrate", "gateway"}


def test_postgres_keeps_its_data_where_image_18_does(compose: Any) -> None:
    postgres = compose["services"]["postgres"]
    assert postgres["image"] == "postgres:18"
    assert "postgres:/var/lib/postgresql" in postgres["volumes"]
    assert "ports" not in postgres
    assert postgres["healthcheck"]["test"][:3] == ["CMD", "pg_isready", "--host=127.0.0.1"]


def test_gateway_starts_on_a_migrated_database(compose: Any, gateway: Any) -> None:
    assert compose["services"]["migrate"]["command"] == ["bulkhead", "migrate"]
    assert compose["services"]["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert gateway["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert "http://127.0.0.1:8000/readyz" in gateway["healthcheck"]["test"][-1]


def test_only_the_migrations_log_in_as_more_than_the_requests_role(compose: Any, gateway: Any) -> None:
    assert gateway["environment"]["DATABASE_URL"].startswith("postgresql://bulkhead_app:${POSTGRES_APP_PASSWORD:?")
    holders = {name for name, s in compose["services"].items() if "BULKHEAD_OWNER_URL" in s["environment"]}
    assert holders == {"migrate"}
    assert not [text for text in map(str, gateway["environment"].values()) if "POSTGRES_PASSWORD" in text]
    assert [name for name, s in compose["services"].items() if "env_file" in s] == []


def test_gateway_is_given_every_other_setting(gateway: Any) -> None:
    fields = [f for f in Settings.model_fields if f not in GATEWAY_NEVER_SEES]
    assert set(gateway["environment"]) == {environment_name(f) for f in fields}


def test_compose_has_no_default_for_a_secret(repository: Path, example: str) -> None:
    variables = re.findall(r"\$\{(\w+)([^}]*)\}", (repository / "docker-compose.yml").read_text())
    assert {name for name, rest in variables if not rest.startswith(":?")} == {"BULKHEAD_JWT_SECRET", "PORT"}
    assert [name for name, _ in variables if not re.search(rf"^#?{name}=", example, re.MULTILINE)] == []


def test_gateway_is_published_on_this_machine_only(gateway: Any) -> None:
    assert gateway["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]


def test_password_of_the_requests_role_comes_from_the_environment(repository: Path, compose: Any) -> None:
    script = (repository / "docker" / "app_role.sql").read_text()
    assert r"\getenv password POSTGRES_APP_PASSWORD" in script
    assert "password :'password'" in script
    assert "POSTGRES_APP_PASSWORD" in compose["services"]["postgres"]["environment"]


# Make and CI


def test_ci_runs_every_check_without_input(repository: Path) -> None:
    run = repository / ".ci" / "run"
    assert run.stat().st_mode & 0o111
    text = run.read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert text.endswith("make test </dev/null\nexec make test-size </dev/null\n")


def make(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs make in a folder, as if from a shell: not as a part of the make that runs the tests."""
    command, environment = ["make", *arguments], {"PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)  # noqa: S603


def test_make_lists_its_targets(repository: Path) -> None:
    lines = make(repository, "help").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "help",
        "demo",
        "test",
        "test-size",
        "test-operations",
        "bench",
        "soak",
        "check",
        "fmt",
        "lock",
        "clean",
    ]


def test_make_says_what_is_wrong_with_an_old_python(tmp_path: Path, repository: Path) -> None:
    old = tmp_path / "old_python"
    pretend = "import sys; sys.version_info, sys.version = (3, 9), '3.9.2'; exec(sys.argv[2])"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretend}" "$@"\n')
    old.chmod(0o755)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text((repository / name).read_text())
    answer = make(tmp_path, "demo", f"PYTHON={old}")
    assert answer.returncode != 0
    assert f"Bulkhead needs Python 3.11 or newer; {old} is 3.9.2." in answer.stderr
    assert not (tmp_path / ".venv").exists()
