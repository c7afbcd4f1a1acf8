"""Whether a contestant answers right, and keeps tenants apart. Nobody is measured who does not.

In: a server and a superuser's connection to the database that it serves.  Out: what is wrong, in words.
"""

import http.client
from typing import Any, TypeAlias

import asyncpg

from bench.postgres import Size
from bench.servers import Server
from bench.workloads import WORKLOADS, Parameters, expected, made_id, parameter_list, stored_job, written_job

Superuser: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_SEED = 99  # other requests than those of the load
_NOBODY = "00000000-0000-0000-0000-000000000000"


async def problems(server: Server, superuser: Superuser, size: Size, requests: int = 3) -> list[str]:
    """What is wrong with the answers to some requests of each workload; nothing, where they are right."""
    if server.contestant.canonical is None:
        return []
    connection = server.connect()
    try:
        found: list[str] = []
        for workload in (w for w in WORKLOADS if w in server.contestant.workloads):
            for asked in parameter_list(workload, requests, size, _SEED):
                found += await _wrong_answers(server, superuser, connection, workload, asked)
            found += await _leaks(server, superuser, connection, workload, size)
        return found
    finally:
        connection.close()


async def _wrong_answers(
    server: Server, superuser: Superuser, connection: http.client.HTTPConnection, workload: str, asked: Parameters
) -> list[str]:
    answer = _numbers(server.ask(workload, asked, connection))
    if workload == "Q5":
        right, stored = _numbers(written_job(asked)), _numbers(await stored_job(superuser, asked))
        if stored != right:
            return [f"{workload}: stored {stored}, wanted {right}"]
    else:
        right = _numbers(await expected(superuser, server.contestant.schema, workload, asked))
    return [] if answer == right else [f"{workload}: answered {str(answer)[:300]}, wanted {str(right)[:300]}"]


async def _leaks(
    server: Server, superuser: Superuser, connection: http.client.HTTPConnection, workload: str, size: Size
) -> list[str]:
    """One tenant asks for another's row by its key; somebody of no tenant asks for lists."""
    (asked,) = parameter_list(workload, 1, size, _SEED + 1)
    if workload in ("Q1", "Q2", "Q5"):
        neighbour = (asked["t"] + 1) % size.tenants
        before = await stored_job(superuser, asked) if workload == "Q5" else None
        answer = server.ask(workload, asked | {"tenant": made_id(f"t{neighbour}"), "t": neighbour}, connection)
        if workload == "Q5" and before != await stored_job(superuser, asked):
            return [f"{workload}: changed another tenant's row"]
        return [] if answer is None else [f"{workload}: answered another tenant's row: {str(answer)[:200]}"]
    answer = server.ask(workload, asked | {"tenant": _NOBODY, "t": size.tenants}, connection)
    rows = answer[0] if answer and workload == "Q3" else answer
    return [f"{workload}: answered rows to somebody of no tenant"] if rows else []


def _numbers(value: Any) -> Any:
    """All numbers as floats: 5 and 5.0 are the same."""
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
