"""What the command runs on when nothing is configured: an embedded Postgres and keys of its own, in `.bulkhead/`.

In: settings.  Out: settings that name a database and keys, also in the environment, where worker processes read them.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from app.db.embedded import ensure_database, start_embedded
from app.errors import BadUserInput
from app.settings import Settings


def with_database(settings: Settings) -> Settings:
    """The settings, with the embedded Postgres where DATABASE_URL is missing; it runs as long as this process."""
    if settings.database_url is not None:
        return settings
    server = start_embedded(settings.data_dir)
    asyncio.run(ensure_database(server))
    found = {"DATABASE_URL": server.app_url(), "BULKHEAD_OWNER_URL": server.owner_url()}
    if not (settings.jwt_secret or settings.jwt_public_key or settings.jwks_url):
        found["BULKHEAD_JWT_SECRET"] = _kept_in(settings.data_dir / "jwt_secret", lambda: secrets.token_urlsafe(48))
    if not settings.master_keys:
        from app.vault.masters import new_master_key  # which pulls in cryptography

        found["BULKHEAD_MASTER_KEYS"] = _kept_in(settings.data_dir / "master_keys", new_master_key)
    os.environ |= found
    return Settings()


def owner_url(settings: Settings) -> str:
    """The login that migrates and does platform work. Raises BadUserInput when it is not set."""
    if settings.owner_url is None:
        raise BadUserInput("BULKHEAD_OWNER_URL is not set: it is the login that may become bulkhead_owner.")
    return settings.owner_url


def _kept_in(file: Path, make: Callable[[], str]) -> str:
    """What is in the file; made once, so that tokens and secrets outlive a restart."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make())
    return file.read_text()
