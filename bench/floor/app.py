"""The floor: what somebody writes who wants it fast and needs no GraphQL.

Starlette and asyncpg; one hand-written query a workload, whose JSON Postgres builds: BEGIN, set_config, query, COMMIT.
In: `operationName` and `variables` as JSON, the tenant in `X-Tenant-Id`, unverified.  Out: {"data": …}.
Environment: DATABASE_URL, POOL, STATEMENT_CACHE.
Run: `uvicorn bench.floor.app:app --loop uvloop --http httptools`.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SQL = {
    "Q1": """select json_build_object('data', json_build_object('user',
               (select json_build_object('id', id, 'email', email, 'name', name) from users where id = $1)))::text""",
    "Q2": """select json_build_object('data', json_build_object('userByEmail',
               (select json_build_object('id', u.id, 'email', u.email, 'name', u.name,
                  'tenant', (select json_build_object('name', t.name) from tenants t where t.id = u.tenant_id),
                  'connections', (select coalesce(json_agg(json_build_object('id', c.id, 'provider', c.provider,
                        'status', c.status, 'syncJobs', j.jobs) order by c.id), '[]')
                     from connections c
                     cross join lateral (select coalesce(json_agg(json_build_object('id', s.id, 'status', s.status,
                           'recordsProcessed', s.records_processed, 'startedAt', s.started_at)
                           order by s.started_at desc), '[]') jobs
                        from (select * from sync_jobs s where s.tenant_id = c.tenant_id and s.connection_id = c.id
                              order by s.started_at desc limit 5) s) j
                     where c.tenant_id = u.tenant_id and c.user_id = u.id))
                from users u where u.email = $1)))::text""",
    "Q3": """with p as (select *, row_number() over (order by created_at desc, id desc) rn from (
               select id, provider, status, created_at, tenant_id, user_id from connections
               where status = $1 order by created_at desc, id desc limit $2::int + 1) x)
             select json_build_object('data', json_build_object('connections', json_build_object(
               'edges', (select coalesce(json_agg(json_build_object(
                    'cursor', encode(convert_to(p.created_at::text || '|' || p.id, 'UTF8'), 'base64'),
                    'node', json_build_object('id', p.id, 'provider', p.provider, 'status', p.status,
                      'createdAt', p.created_at, 'user', json_build_object('name', u.name, 'email', u.email)))
                    order by p.rn), '[]')
                  from p join users u on u.tenant_id = p.tenant_id and u.id = p.user_id where p.rn <= $2),
               'pageInfo', json_build_object('hasNextPage', (select count(*) from p) > $2,
                  'endCursor', (select encode(convert_to(created_at::text || '|' || id, 'UTF8'), 'base64')
                     from p where rn <= $2 order by rn desc limit 1)))))::text""",
    "Q4": """select json_build_object('data', json_build_object('connectionStats', (select coalesce(json_agg(
               json_build_object('provider', provider, 'status', status, 'count', n)), '[]')
             from (select provider, status, count(*) n from connections group by 1, 2) x)))::text""",
    "Q5": """with u as (update sync_jobs set status = $2, records_processed = $3, completed_at = $4
               where id = $1 returning id, status, records_processed, completed_at)
             select json_build_object('data', json_build_object('updateSyncJob',
               (select json_build_object('id', id, 'status', status, 'recordsProcessed', records_processed,
                  'completedAt', completed_at) from u)))::text""",
    "Q6": """select json_build_object('data', json_build_object('syncJobs', (select coalesce(json_agg(
               json_build_object('id', id, 'tenantId', tenant_id, 'connectionId', connection_id, 'syncId', sync_id,
                 'status', status, 'recordsProcessed', records_processed, 'startedAt', started_at,
                 'completedAt', completed_at)), '[]')
             from (select * from sync_jobs order by id limit $1) x)))::text""",
}
# Each level stands in the place that the one before leaves: a user, and 0 to 5 edges below it.
_LEVELS = (
    "(select json_build_object('name', u.name%s) from users u where u.id = $1)",
    """, 'connections', (select coalesce(json_agg(json_build_object('provider', c.provider%s) order by c.id), '[]')
         from (select * from connections c where c.tenant_id = u.tenant_id and c.user_id = u.id
               order by c.id limit 2) c)""",
    """, 'syncJobs', (select coalesce(json_agg(json_build_object('status', s.status%s) order by s.id), '[]')
         from (select * from sync_jobs s where s.tenant_id = c.tenant_id and s.connection_id = c.id
               order by s.id limit 2) s)""",
    """, 'connection', (select json_build_object('status', k.status%s)
         from connections k where k.tenant_id = s.tenant_id and k.id = s.connection_id)""",
    """, 'user', (select json_build_object('email', o.email%s)
         from users o where o.tenant_id = k.tenant_id and o.id = k.user_id)""",
    ", 'tenant', (select json_build_object('name', t.name%s) from tenants t where t.id = o.tenant_id)",
)


def _deep(depth: int) -> str:
    text = "select json_build_object('data', json_build_object('user', %s))::text"
    for level in _LEVELS[:depth]:
        text %= level
    return text % ""


SQL |= {f"D{depth}": _deep(depth) for depth in range(1, len(_LEVELS) + 1)}
ARGUMENTS: dict[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]] = {
    "Q1": lambda v: (UUID(v["id"]),),
    "Q2": lambda v: (v["email"],),
    "Q3": lambda v: (v["status"], v["first"]),
    "Q4": lambda v: (),
    "Q5": lambda v: (UUID(v["id"]), v["status"], v["recordsProcessed"], datetime.fromisoformat(v["completedAt"])),
    "Q6": lambda v: (v["first"],),
}
ARGUMENTS |= dict.fromkeys((f"D{depth}" for depth in range(1, len(_LEVELS) + 1)), ARGUMENTS["Q1"])
SET = "select set_config('app.tenant_id', $1, true)"


async def no_reset(connection: object) -> None:
    """All that is set is local to the transaction, so a round trip to reset it is not needed."""


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The pool, as large as it will ever be from the start."""
    size = int(os.environ["POOL"])
    app.state.pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        min_size=size,
        max_size=size,
        reset=no_reset,
        statement_cache_size=int(os.environ.get("STATEMENT_CACHE", "100")),
    )
    yield
    await app.state.pool.close()


async def answer(request: Request) -> Response:
    """One request, in one transaction."""
    body = orjson.loads(await request.body())
    name = body["operationName"]
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.fetchval(SET, request.headers.get("x-tenant-id", ""))
        out = await connection.fetchval(SQL[name], *ARGUMENTS[name](body["variables"]))
    return Response(out, media_type="application/json")


app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)
