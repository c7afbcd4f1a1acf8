"""Who is measured: how each is started, asked and understood.

`floor`, `bulkhead`, both through PgBouncer where that is installed, `constant`, and the rivals of the folder of peers
that are installed there. That folder has `common.py`, and a `peers/<name>/peer.py` with PEER, body() and canonical().
"""

import os
import runpy
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from app.auth.mint import mint_token
from app.auth.principal import Principal, TenantId, UserId
from app.model import Role
from bench.postgres import FLOOR, GATEWAY, Postgres
from bench.workloads import (
    DEPTHS,
    FLOOR_SCHEMA,
    GATEWAY_SCHEMA,
    WORKLOADS,
    Canonical,
    Parameters,
    floor_body,
    floor_canonical,
    gateway_body,
    gateway_canonical,
    made_id,
)
from tests.processes import PROGRAM, REPOSITORY, environment

POOL = 10
"""Connections to Postgres of each contestant's process."""
SECRET = "a key that the benchmark alone knows, of 32 bytes and more"  # noqa: S105 - so it is
_TOKEN_LIFETIME_S = 86_400
_UVICORN = [sys.executable, "-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
_UVICORN += ["--log-level", "warning", "--host", "127.0.0.1", "--port", "{port}", "--workers", "{workers}"]


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who answers.

    command      the arguments `{port}` and `{workers}` are filled in at the start
    headers      of a request with these parameters
    body         the JSON of a request
    canonical    what the answer's `data` says; None where it says nothing
    rows         name of the database whose rows it serves
    schema       what is particular to that database (workloads.py)
    workers      processes that serve
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    headers: Callable[[Parameters], dict[str, str]]
    body: Callable[[str, Parameters], dict[str, Any]]
    canonical: Callable[[str, Any], Canonical] | None
    rows: str = FLOOR
    schema: Mapping[str, str] = field(default_factory=lambda: FLOOR_SCHEMA)
    workloads: tuple[str, ...] = (*WORKLOADS, *DEPTHS)
    folder: Path = REPOSITORY
    workers: int = 1


def tenant_header(asked: Parameters) -> dict[str, str]:
    """How the floor and the rivals are told the tenant: nobody verifies it."""
    return {"X-Tenant-Id": asked["tenant"]}


class Tokens:
    """A token for the first user of each tenant, made once."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}

    def header(self, asked: Parameters) -> dict[str, str]:
        """How the gateway is told who asks."""
        tenant = asked["tenant"]
        if tenant not in self._made:
            user = UserId(UUID(made_id(f"t{asked['t']}/u0")))
            principal = Principal(TenantId(UUID(tenant)), user, Role.MEMBER)
            lifetime_s = _TOKEN_LIFETIME_S
            self._made[tenant] = mint_token(SECRET, principal, issuer=None, audience=None, lifetime_s=lifetime_s)
        return {"Authorization": f"Bearer {self._made[tenant]}"}


def floor(url: str, name: str = "floor", rows: str = FLOOR, **values: str) -> Contestant:
    """Hand-written SQL behind Starlette, on the database at that URL."""
    settings = environment(DATABASE_URL=url, POOL=str(POOL), **values)
    command = (*_UVICORN, "bench.floor.app:app")
    return Contestant(name, command, settings, tenant_header, floor_body, floor_canonical, rows)


def bulkhead(url: str, name: str = "bulkhead", rows: str = GATEWAY, **values: str) -> Contestant:
    """The gateway as it is run in production, on the database at that URL."""
    settings = environment(DATABASE_URL=url, BULKHEAD_JWT_SECRET=SECRET, BULKHEAD_POOL_SIZE=str(POOL), **values)
    command = (*PROGRAM, "serve", "--port", "{port}", "--workers", "{workers}")
    return Contestant(name, command, settings, Tokens().header, gateway_body, gateway_canonical, rows, GATEWAY_SCHEMA)


def constant() -> Contestant:
    """200 bytes that never change."""
    command = (*_UVICORN, "bench.floor.constant:app")
    return Contestant("constant", command, environment(), tenant_header, floor_body, None, workloads=("Q1",))


def all_contestants(postgres: Postgres, bouncer_port: int | None) -> dict[str, Contestant]:
    """Everybody who can run here, by name, in the order in which they take turns."""
    found = [floor(postgres.url(FLOOR, "app_user")), bulkhead(postgres.app_url())]
    if bouncer_port is not None:
        through = {"name": "floor-pgbouncer", "STATEMENT_CACHE": "0"}
        found += [floor(postgres.url(FLOOR, "app_user", bouncer_port), **through)]
        found += [bulkhead(postgres.app_url(port=bouncer_port), name="bulkhead-pgbouncer")]
    found += [*peers(postgres), constant()]
    return {contestant.name: contestant for contestant in found}


# The folder of peers


def peers_folder() -> Path | None:
    """BULKHEAD_PEERS, or the folder beside the checkout; None where there is none."""
    folder = Path(os.environ.get("BULKHEAD_PEERS", REPOSITORY.parent / "shared" / "peers")).resolve()
    return folder if (folder / "common.py").exists() else None


def peers(postgres: Postgres) -> list[Contestant]:
    """The rivals that are installed. The folder's own floor and constant answer are ours."""
    folder = peers_folder()
    if folder is None:
        return []
    sys.path.insert(0, str(folder))  # peer.py imports common.py
    try:
        files = sorted(f for f in folder.glob("peers/*/peer.py") if f.parent.name not in ("floor", "constant"))
        return [c for file in files for c in _peer(file, postgres) if _is_installed(c)]
    finally:
        sys.path.remove(str(folder))


def _peer(file: Path, postgres: Postgres) -> list[Contestant]:
    """A rival and its variants; nobody, where the module tells of a server that runs already."""
    words = runpy.run_path(str(file))
    told = words["PEER"]
    if not told.get("start"):
        return []
    variants = {file.parent.name: {}, **told.get("variants", {})}
    return [
        Contestant(
            name,
            tuple(map(str, told["start"])),
            {
                **os.environ,
                "PGPORT": str(postgres.port),
                "POOL": str(POOL),
                **told.get("env", {}),
                **own.get("env", {}),
            },
            tenant_header,
            words["body"],
            words["canonical"],
            workloads=tuple(own.get("only", WORKLOADS)),
            folder=file.parent,
        )
        for name, own in variants.items()
    ]


def _is_installed(contestant: Contestant) -> bool:
    needs_modules = (contestant.folder / "package.json").exists()
    has_modules = (contestant.folder / "node_modules").exists()
    return shutil.which(contestant.command[0]) is not None and (has_modules or not needs_modules)
