"""The six workloads: what a request asks for, and what is the right answer to it.

In: a workload's name and a chance.  Out: Parameters of one request; the canonical form of an answer, the same for every
contestant; the superuser's query that says what it has to be.

Parameters are a dict, since the peers' own modules read them: `tenant` (its id) and `t` (its number), and each
workload's variables under the names of VARIABLES.
"""

import hashlib
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from bench.postgres import Size

Parameters = dict[str, Any]
Canonical = Any
"""Lists of lists of texts, numbers (times are seconds since 1970) and null; null where there is no such row."""

TITLES = {
    "Q1": "a user by id",
    "Q2": "a user, its tenant, its connections, 5 latest jobs of each",
    "Q3": "a page of 100 active connections with their users, newest first, with cursors",
    "Q4": "connections counted by provider and status",
    "Q5": "an update of a sync job",
    "Q6": "1,000 sync jobs, 8 scalars each",
}
WORKLOADS = tuple(TITLES)
READS = tuple(name for name in TITLES if name != "Q5")
DEPTHS = tuple(f"D{depth}" for depth in range(1, 7))
"""For growth: a user by id, and 0 to 5 edges below it, 2 rows of each to-many edge."""
VARIABLES = {
    "Q1": ("id",),
    "Q2": ("email",),
    "Q3": ("first", "status"),
    "Q4": (),
    "Q5": ("id", "status", "recordsProcessed", "completedAt"),
    "Q6": ("first",),
} | dict.fromkeys(DEPTHS, ("id",))


def made_id(path: str) -> str:
    """The id of the row of that path, such as `t7/u3`; rows.sql makes the same."""
    return str(UUID(hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()))


def parameters(workload: str, chance: random.Random, size: Size, tenant: int | None = None) -> Parameters:
    """What one request asks for: any row, of any tenant but where its number is given."""
    t = chance.randrange(size.tenants) if tenant is None else tenant
    u, c, j = (chance.randrange(count) for count in (size.users, size.connections, size.jobs))
    asked: Parameters = {"tenant": made_id(f"t{t}"), "t": t}
    if workload in ("Q1", *DEPTHS):
        asked["id"] = made_id(f"t{t}/u{u}")
    elif workload == "Q2":
        asked["email"] = f"user{u}@tenant{t}.example"
    elif workload == "Q3":
        asked |= {"first": 100, "status": "ACTIVE"}
    elif workload == "Q5":
        day, hour = chance.randrange(1, 29), chance.randrange(24)
        asked |= {
            "id": made_id(f"t{t}/u{u}/c{c}/j{j}"),
            "status": chance.choice(["COMPLETED", "FAILED"]),
            "recordsProcessed": chance.randrange(100_000),
            "completedAt": f"2025-06-{day:02d}T{hour:02d}:00:00+00:00",
        }
    elif workload == "Q6":
        asked["first"] = 1_000
    return asked


def parameter_list(workload: str, count: int, size: Size, seed: int = 7) -> list[Parameters]:
    """The same requests in every run."""
    chance = random.Random(f"{seed}{workload}")  # noqa: S311 - which rows are asked for, no secret
    return [parameters(workload, chance, size) for _ in range(count)]


def variables(workload: str, asked: Parameters) -> dict[str, Any]:
    """The variables of a request."""
    return {name: asked[name] for name in VARIABLES[workload]}


# The gateway's words

GATEWAY_QUERIES = {
    "Q1": "query Q1($id: ID!) { user(by: {id: $id}) { id email name } }",
    "Q2": """query Q2($email: String!) { user(by: {email: $email}) { id email name tenant { name } connections { nodes {
      id provider status syncJobs(first: 5, orderBy: [{startedAt: DESC}]) { nodes {
        id status recordsProcessed startedAt } } } } } }""",
    "Q3": """query Q3($first: Int!, $status: ConnectionStatus!) {
      connections(first: $first, where: {status: {eq: $status}}, orderBy: [{createdAt: DESC}]) {
        edges { cursor node { id provider status createdAt user { name email } } }
        pageInfo { hasNextPage endCursor } } }""",
    "Q4": "query Q4 { connectionStats { groups(by: [PROVIDER, STATUS]) { keys { provider status } count } } }",
    "Q5": """mutation Q5($id: ID!, $status: SyncStatus!, $recordsProcessed: Int!, $completedAt: DateTime) {
      updateSyncJob(by: {id: $id}, set: {
        status: $status, recordsProcessed: $recordsProcessed, completedAt: $completedAt}) {
        id status recordsProcessed completedAt } }""",
    # No field tells the tenant's id: createdAt is the eighth scalar.
    "Q6": """query Q6($first: Int!) { syncJobs(first: $first) { nodes {
      id connectionId syncId status recordsProcessed startedAt completedAt createdAt } } }""",
}
_LEVELS = (
    "user(by: {id: $id}) { name %s }",
    "connections(first: 2) { nodes { provider %s } }",
    "syncJobs(first: 2) { nodes { status %s } }",
    "connection { status %s }",
    "user { email %s }",
    "tenant { name %s }",
)


def _deep_query(depth: int) -> str:
    text = "%s"
    for level in _LEVELS[:depth]:
        text %= level
    return f"query D{depth}($id: ID!) {{ {text % ''} }}"


GATEWAY_QUERIES |= {name: _deep_query(depth) for depth, name in enumerate(DEPTHS, 1)}


def gateway_body(workload: str, asked: Parameters) -> dict[str, Any]:
    """The GraphQL request."""
    return {
        "operationName": workload,
        "query": " ".join(GATEWAY_QUERIES[workload].split()),
        "variables": variables(workload, asked),
    }


def gateway_canonical(workload: str, data: Mapping[str, Any]) -> Canonical:
    """What the gateway answered."""
    match workload:
        case "Q2":
            user = data["user"]
            return user and [
                user["id"], user["email"], user["name"], user["tenant"]["name"],
                sorted(_connection(c, c["syncJobs"]["nodes"]) for c in user["connections"]["nodes"]),
            ]  # fmt: skip
        case "Q4":
            groups = data["connectionStats"]["groups"]
            return sorted([g["keys"]["provider"], g["keys"]["status"], g["count"]] for g in groups)
        case "Q6":
            return [_job(job, seconds(job["createdAt"])) for job in data["syncJobs"]["nodes"]]
        case _:
            return floor_canonical(workload, data)


# The floor's words


def floor_body(workload: str, asked: Parameters) -> dict[str, Any]:
    """No GraphQL: the name tells the query."""
    return {"operationName": workload, "variables": variables(workload, asked)}


def floor_canonical(workload: str, data: Mapping[str, Any]) -> Canonical:
    """What the floor answered."""
    match workload:
        case "Q1":
            user = data["user"]
            return user and [user["id"], user["email"], user["name"]]
        case "Q2":
            user = data["userByEmail"]
            return user and [
                user["id"], user["email"], user["name"], user["tenant"]["name"],
                sorted(_connection(c, c["syncJobs"]) for c in user["connections"]),
            ]  # fmt: skip
        case "Q3":
            return _page(data["connections"])
        case "Q4":
            return sorted([g["provider"], g["status"], g["count"]] for g in data["connectionStats"])
        case "Q5":
            job = data["updateSyncJob"]
            return job and [job["id"], job["status"], job["recordsProcessed"], seconds(job["completedAt"])]
        case _:
            return [_job(job, job["tenantId"]) for job in data["syncJobs"]]


def _connection(connection: Mapping[str, Any], jobs: list[Mapping[str, Any]]) -> list[Any]:
    latest = [[j["id"], j["status"], j["recordsProcessed"], seconds(j["startedAt"])] for j in jobs]
    return [connection["id"], connection["provider"], connection["status"], latest]


def _page(page: Mapping[str, Any]) -> Canonical:
    """The rows, and whether there are more; each row has a cursor of its own."""
    nodes = [edge["node"] for edge in page["edges"]]
    cursors = [edge["cursor"] for edge in page["edges"]]
    assert len(set(cursors)) == len(cursors)
    assert page["pageInfo"]["endCursor"] == (cursors[-1] if cursors else None)
    rows = [
        [n["id"], n["provider"], n["status"], seconds(n["createdAt"]), n["user"]["name"], n["user"]["email"]]
        for n in nodes
    ]
    return [rows, page["pageInfo"]["hasNextPage"]]


def _job(job: Mapping[str, Any], eighth: str | float | None) -> list[Any]:
    """Eight scalars, in the order of the peers' modules."""
    others = [job[name] for name in ("connectionId", "syncId", "status", "recordsProcessed")]
    return [job["id"], eighth, *others, seconds(job["startedAt"]), seconds(job["completedAt"])]


def seconds(text: str | None) -> float | None:
    """A time in any ISO spelling as seconds since 1970."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


# The right answers, as a superuser sees them. {tenant_key} and {eighth} differ between the two schemas.

_EXPECTED = {
    "Q1": "select json_build_array(id, email, name) from users where tenant_id = $1 and id = $2",
    "Q2": """select json_build_array(u.id, u.email, u.name, t.name, (
          select json_agg(json_build_array(c.id, c.provider, c.status, (
              select json_agg(json_build_array(j.id, j.status, j.records_processed, extract(epoch from j.started_at))
                order by j.started_at desc)
              from (select * from sync_jobs as j where j.connection_id = c.id and j.tenant_id = $1
                order by started_at desc limit 5) as j)) order by c.id)
          from connections as c where c.user_id = u.id and c.tenant_id = $1))
        from users as u join tenants as t on t.{tenant_key} = u.tenant_id where u.tenant_id = $1 and u.email = $2""",
    "Q3": """select json_build_array(
          json_agg(json_build_array(c.id, c.provider, c.status, extract(epoch from c.created_at), u.name, u.email)
            order by c.created_at desc),
          (select count(*) > $2 from connections where tenant_id = $1 and status::text = $3))
        from (select * from connections where tenant_id = $1 and status::text = $3
          order by created_at desc limit $2) as c join users as u on u.id = c.user_id""",
    "Q4": """select json_agg(json_build_array(provider, status, n) order by provider, status)
        from (select provider::text, status::text, count(*) as n from connections where tenant_id = $1
          group by 1, 2) as grouped""",
    "Q6": """select json_agg(json_build_array(id, {eighth}, connection_id, sync_id, status, records_processed,
          extract(epoch from started_at), extract(epoch from completed_at)) order by id)
        from (select * from sync_jobs where tenant_id = $1 order by id limit $2) as jobs""",
}
_STORED = """select json_build_array(id, status, records_processed, extract(epoch from completed_at))
    from sync_jobs where tenant_id = $1 and id = $2"""
FLOOR_SCHEMA = {"tenant_key": "id", "eighth": "tenant_id"}
GATEWAY_SCHEMA = {"tenant_key": "tenant_id", "eighth": "extract(epoch from created_at)"}


async def expected(
    superuser: "asyncpg.Connection[asyncpg.Record]", schema: Mapping[str, str], workload: str, asked: Parameters
) -> Canonical:
    """The right answer to a read."""
    arguments = [asked[name] for name in ("tenant", *VARIABLES[workload])]
    return _loaded(await superuser.fetchval(_EXPECTED[workload].format(**schema), *arguments))


async def stored_job(superuser: "asyncpg.Connection[asyncpg.Record]", asked: Parameters) -> Canonical:
    """What Q5 changes, as it is now."""
    return _loaded(await superuser.fetchval(_STORED, asked["tenant"], asked["id"]))


def written_job(asked: Parameters) -> Canonical:
    """What Q5 should make of it."""
    return [asked["id"], asked["status"], asked["recordsProcessed"], seconds(asked["completedAt"])]


def _loaded(text: str | None) -> Canonical:
    return None if text is None else orjson.loads(text)
