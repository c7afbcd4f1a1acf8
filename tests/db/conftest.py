"""Databases and checkouts of their own for tests of migrations."""

import shutil
from pathlib import Path

import pytest

from app.db import migrations, revision, revisions
from tests.conftest import TestDatabase, create_database


@pytest.fixture
async def database(template: TestDatabase) -> TestDatabase:
    """A migrated database with both tenants in it, for one test alone."""
    return await create_database(template.server, template.name)


@pytest.fixture
def versions(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of revisions, in a copy of `migrations/` that stands in for the real one."""
    shutil.copytree(repository / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    for module in (migrations, revision, revisions):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path / "migrations" / "versions"
