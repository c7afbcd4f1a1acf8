"""Only who answers right, and keeps tenants apart, is measured: on a small size, with the processes of a real run."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.check import problems
from bench.contestants import Contestant, bulkhead, floor
from bench.postgres import FLOOR, Postgres, Size, running_postgres
from bench.servers import running
from bench.workloads import WORKLOADS

SMALL = Size(tenants=3, users=3, connections=2, jobs=7)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server with both databases."""
    with running_postgres() as postgres:
        postgres.make_floor(SMALL)
        postgres.make_gateway(SMALL)
        yield postgres


async def found(postgres: Postgres, contestant: Contestant, folder: Path) -> list[str]:
    """What is wrong with a contestant's answers."""
    superuser = await postgres.connect(contestant.rows)
    try:
        with running(contestant, SMALL, folder) as server:
            return await problems(server, superuser, SMALL)
    finally:
        await superuser.close()


async def test_gateway_answers_every_workload_right(postgres: Postgres, tmp_path: Path) -> None:
    assert await found(postgres, bulkhead(postgres.app_url()), tmp_path) == []


async def test_floor_answers_every_workload_right(postgres: Postgres, tmp_path: Path) -> None:
    assert await found(postgres, floor(postgres.url(FLOOR, "app_user")), tmp_path) == []


async def test_contestant_that_leaks_is_found_out_by_every_workload(postgres: Postgres, tmp_path: Path) -> None:
    leaky = replace(floor(postgres.url(FLOOR)), name="leaky")  # a superuser, whom no policy holds
    wrong = await found(postgres, leaky, tmp_path)
    assert {problem.split(":")[0] for problem in wrong} == set(WORKLOADS)
