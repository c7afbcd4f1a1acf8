"""Which revision a database should be at. Apart from migrations.py, which pulls in Alembic: the server asks this."""

from app.paths import ROOT


def head_revision() -> str:
    """The newest revision that this checkout knows. Revisions are numbered, so it is the last by name."""
    return max(file.name for file in (ROOT / "migrations" / "versions").glob("[0-9]*.py")).partition("_")[0]
