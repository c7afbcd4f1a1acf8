"""Random mutations of two tenants, and a model of what each must come to: answers, rows and audit entries agree, and
the audit log's seals hold.

Names are few, so that they collide: within a tenant that is a CONFLICT, between tenants it is nothing.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.audit.owner import Connection, LoggedTenant
from app.audit.sealing import seal_tenant
from app.audit.verifying import verify_tenant
from app.auth.principal import Principal, TenantId, UserId
from app.catalog import Catalog
from app.db.database import RequestContext
from app.graph.running import Execution
from app.isolation.roles import OWNER
from app.model import Role
from tests.audit.conftest import seal_quietly
from tests.conftest import TestDatabase, World, create_database, open_world
from tests.world import CANARY

MAX_USERS = 4
FOLLOWS = {
    "PENDING": ("IN_PROGRESS", "COMPLETED", "FAILED"),
    "IN_PROGRESS": ("COMPLETED", "FAILED"),
    "COMPLETED": ("FAILED",),
    "FAILED": ("COMPLETED",),
}
TENANTS = st.sampled_from((0, 1))
EMAILS = st.sampled_from([f"{name}@a.example" for name in "abcdef"])
NAMES = st.sampled_from(["ada", "bob", "übung", "o'hara"])
SYNC_IDS = st.sampled_from([f"job-{number}" for number in range(6)])
STATES = st.sampled_from(list(FOLLOWS))
PROVIDERS = st.sampled_from(["ads", "pos"])
VERSIONS = st.one_of(st.none(), st.integers(1, 3))

ROWS = """select
  (select json_object_agg(email, json_build_array(name, version)) from public.users where tenant_id = $1),
  (select json_object_agg(c.connection_id, u.email)
   from public.connections as c join public.users as u on u.id = c.user_id where c.tenant_id = $1),
  (select json_object_agg(j.sync_id, json_build_array(c.connection_id, j.status, j.records_processed, j.version))
   from public.sync_jobs as j join public.connections as c on c.id = j.connection_id where j.tenant_id = $1),
  (select json_object_agg(provider, json_build_array(has_credentials, version)) from public.integrations
   where tenant_id = $1),
  (select count(*) from public.audit_logs where tenant_id = $1 and actor_type = 'USER')"""


EVERYTHING = """select concat(
  (select json_agg(i) from public.integrations as i where tenant_id = $1),
  (select json_agg(a) from public.audit_logs as a where tenant_id = $1),
  (select json_agg(k) from public.kept_answers as k where tenant_id = $1))"""


@dataclass
class Job:
    connection: str
    status: str = "PENDING"
    records: int = 0
    version: int = 1


@dataclass
class Tenant:
    """What a tenant must have: users by email, each with a name and a version; and so on."""

    principal: Principal
    users: dict[str, list[Any]] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    integrations: dict[str, list[Any]] = field(default_factory=dict)
    audited: int = 0

    def rows(self) -> tuple[Any, ...]:
        jobs = {name: [j.connection, j.status, j.records, j.version] for name, j in self.jobs.items()}
        return self.users or None, self.connections or None, jobs or None, self.integrations or None, self.audited

    def forget_user(self, email: str) -> None:
        """A user's connections and their jobs go along."""
        del self.users[email]
        gone = {name for name, of in self.connections.items() if of == email}
        jobs = {name for name, job in self.jobs.items() if job.connection in gone}
        self.audited += 1 + len(gone) + len(jobs)
        self.connections = {name: of for name, of in self.connections.items() if name not in gone}
        self.jobs = {name: job for name, job in self.jobs.items() if name not in jobs}


Outcome = str | None
"""The code of the error, or none."""


class Writes(RuleBasedStateMachine):
    """Two tenants of the same database."""

    run: Callable[[Any], Any]
    world: World
    superuser: "asyncpg.Connection[asyncpg.Record]"
    owner: Connection
    numbers = count()

    def __init__(self) -> None:
        super().__init__()
        self.tenants = [Tenant(self._new_tenant()) for _ in range(2)]

    def _new_tenant(self) -> Principal:
        tenant = uuid4()
        self.run(self._insert_tenant(tenant))
        return Principal(TenantId(tenant), UserId(uuid4()), Role.OWNER)

    async def _insert_tenant(self, tenant: UUID) -> None:
        into = "insert into public.tenants (tenant_id, name, slug, max_users) values ($1, 'T', $2, $3)"
        async with self.superuser.transaction():
            await self.superuser.execute("select app.set_context($1, null, 'OWNER', '', '', '', 0)", tenant)
            await self.superuser.execute(into, tenant, f"t-{tenant.hex}", MAX_USERS)

    def ask(self, tenant: Tenant, query: str, variables: dict[str, Any], key: str | None = None) -> Outcome:
        """Sends a mutation; the code of its first error."""
        execution = Execution(RequestContext(tenant.principal), idempotency_key=key)
        answer = self.run(self.world.engine.execute(query, variables, None, execution, may_mutate=True))
        codes = [error["extensions"]["code"] for error in answer.errors if error["extensions"]["code"] != "UNDONE"]
        assert len(codes) <= 1, answer.errors
        return codes[0] if codes else None

    @rule(tenant=TENANTS)
    def seal(self, tenant: int) -> None:
        self.run(seal_tenant(self.owner, self.tenants[tenant].principal.tenant, None))

    @rule(tenant=TENANTS, wrong=st.sampled_from(["no address", "", "a@b\n", "x" * 300 + "@a.example"]), email=EMAILS)
    def refuse_what_breaks_a_rule(self, tenant: int, wrong: str, email: str) -> None:
        query = "mutation ($rows: [UserCreate!]!) { createUsers(input: $rows) { count } }"
        rows = [{"email": wrong}, {"email": email, "name": ""}]
        assert self.ask(self.tenants[tenant], query, {"rows": rows}) == "BAD_USER_INPUT"

    @rule(tenant=TENANTS, provider=PROVIDERS, secret=st.none() | st.just(CANARY))
    def keep_a_secret(self, tenant: int, provider: str, secret: str | None) -> None:
        here = self.tenants[tenant]
        query = """mutation ($provider: String!, $secret: String) {
          upsertIntegration(create: {name: "n", provider: $provider, credentials: $secret}) { hasCredentials } }"""
        assert self.ask(here, query, {"provider": provider, "secret": secret}) is None
        was_set, version = here.integrations.get(provider, [None, 0])
        # A secret that is set again is sealed again: the log cannot know that it is the same.
        here.audited += version == 0 or secret is not None or bool(was_set)
        here.integrations[provider] = [secret is not None, version + 1]

    @rule(tenant=TENANTS, emails=st.lists(EMAILS, min_size=1, max_size=3), dry=st.booleans())
    def create_users(self, tenant: int, emails: list[str], dry: bool) -> None:
        here = self.tenants[tenant]
        expected = None
        if len(set(emails)) < len(emails) or not set(emails).isdisjoint(here.users):
            expected = "CONFLICT"
        elif len(here.users) + len(emails) > MAX_USERS:
            expected = "QUOTA_EXCEEDED"
        query = (
            f"mutation ($rows: [UserCreate!]!) {'@dryRun' if dry else ''} {{ createUsers(input: $rows) {{ count }} }}"
        )
        assert self.ask(here, query, {"rows": [{"email": email} for email in emails]}) == expected
        if expected is None and not dry:
            here.users |= {email: [None, 1] for email in emails}
            here.audited += len(emails)

    @rule(tenant=TENANTS, email=EMAILS, name=NAMES, version=VERSIONS)
    def rename(self, tenant: int, email: str, name: str, version: int | None) -> None:
        here = self.tenants[tenant]
        query = """mutation ($email: String!, $name: String!, $version: Int) {
          updateUser(by: {email: $email}, set: {name: $name}, ifVersion: $version) { version } }"""
        known = here.users.get(email)
        expected = "NOT_FOUND" if known is None else "CONFLICT" if version not in (None, known[1]) else None
        assert self.ask(here, query, {"email": email, "name": name, "version": version}) == expected
        if known is not None and expected is None:
            here.audited += known[0] != name
            known[:] = [name, known[1] + 1]

    @rule(tenant=TENANTS, email=EMAILS, other=EMAILS, name=NAMES)
    def rename_two_or_none(self, tenant: int, email: str, other: str, name: str) -> None:
        here = self.tenants[tenant]
        query = """mutation ($a: String!, $b: String!, $name: String!) @atomic {
          a: updateUser(by: {email: $a}, set: {name: $name}) { version }
          b: updateUser(by: {email: $b}, set: {name: $name}) { version } }"""
        expected = None if {email, other} <= here.users.keys() else "NOT_FOUND"
        assert self.ask(here, query, {"a": email, "b": other, "name": name}) == expected
        for one in (email, other) if expected is None else ():
            here.audited += here.users[one][0] != name
            here.users[one] = [name, here.users[one][1] + 1]

    @rule(tenant=TENANTS, email=EMAILS)
    def delete_user(self, tenant: int, email: str) -> None:
        here = self.tenants[tenant]
        query = "mutation ($email: String!) { deleteUser(by: {email: $email}) { email } }"
        known = email in here.users
        assert self.ask(here, query, {"email": email}) == (None if known else "NOT_FOUND")
        if known:
            here.forget_user(email)

    @rule(tenant=TENANTS, email=EMAILS, name=NAMES, jobs=st.lists(SYNC_IDS, max_size=3), adopted=st.none() | SYNC_IDS)
    def plant(self, tenant: int, email: str, name: str, jobs: list[str], adopted: str | None) -> None:
        here = self.tenants[tenant]
        query = "mutation ($input: ConnectionCreate!) { createConnection(input: $input) { syncJobs { totalCount } } }"
        under: dict[str, Any] = {"create": [{"syncId": job} for job in jobs]}
        if adopted:
            under["connect"] = [{"syncId": adopted}]
        given = {"provider": "JIRA", "connectionId": name, "user": {"connect": {"email": email}}, "syncJobs": under}
        taken = name in here.connections or len(set(jobs)) < len(jobs) or not here.jobs.keys().isdisjoint(jobs)
        missing = email not in here.users or (adopted is not None and adopted not in here.jobs)
        found = self.ask(here, query, {"input": given})
        if missing or taken:
            # Which of the two is found out first is Postgres's to choose.
            assert found in {code for code, holds in (("NOT_FOUND", missing), ("CONFLICT", taken)) if holds}
            return
        assert found is None
        here.connections[name] = email
        here.jobs |= {job: Job(name) for job in jobs}
        here.audited += 1 + len(jobs)
        if adopted:
            job = here.jobs[adopted]
            job.connection, job.version = name, job.version + 1
            here.audited += 1

    @rule(tenant=TENANTS, name=SYNC_IDS, status=STATES, more=st.integers(-2, 5))
    def step(self, tenant: int, name: str, status: str, more: int) -> None:
        here = self.tenants[tenant]
        query = """mutation ($name: String!, $status: SyncStatus!, $more: Int!) {
          updateSyncJob(by: {syncId: $name}, set: {status: $status, increment: {recordsProcessed: $more}}) {
            version } }"""
        job = here.jobs.get(name)
        expected = "NOT_FOUND" if job is None else None
        if job is not None and status != job.status and status not in FOLLOWS[job.status]:
            expected = "ILLEGAL_TRANSITION"
        assert self.ask(here, query, {"name": name, "status": status, "more": more}) == expected
        if job is not None and expected is None:
            here.audited += more != 0 or status != job.status
            job.status, job.records, job.version = status, job.records + more, job.version + 1

    @rule(tenant=TENANTS, status=STATES, most=st.integers(0, 3))
    def delete_jobs(self, tenant: int, status: str, most: int) -> None:
        here = self.tenants[tenant]
        query = """mutation ($status: SyncStatus!, $most: Int!) {
          deleteSyncJobs(where: {status: {eq: $status}}, maxAffected: $most) { count } }"""
        gone = [name for name, job in here.jobs.items() if job.status == status]
        expected = "BAD_USER_INPUT" if len(gone) > most else None
        assert self.ask(here, query, {"status": status, "most": most}) == expected
        if expected is None:
            here.audited += len(gone)
            here.jobs = {name: job for name, job in here.jobs.items() if name not in gone}

    @rule(tenant=TENANTS, email=EMAILS)
    def send_twice(self, tenant: int, email: str) -> None:
        here = self.tenants[tenant]
        query = """mutation ($email: String!) {
          upsertUser(create: {email: $email, name: "twice"}) { version } }"""
        expected = "QUOTA_EXCEEDED" if email not in here.users and len(here.users) >= MAX_USERS else None
        key = f"key-{next(self.numbers)}"
        for _ in range(2):
            assert self.ask(here, query, {"email": email}, key) == expected
        if expected is None:
            name, version = here.users.get(email, [None, 0])
            here.audited += name != "twice"
            here.users[email] = ["twice", version + 1]

    @invariant()
    def agree(self) -> None:
        for tenant in self.tenants:
            *rows, audited = self.run(self.superuser.fetchrow(ROWS, tenant.principal.tenant))
            found = (*(row and orjson.loads(row) for row in rows), audited)
            assert found == tenant.rows()

    def teardown(self) -> None:
        for tenant in self.tenants:
            key = tenant.principal.tenant
            self.run(seal_quietly(self.owner, key))
            verified = self.run(verify_tenant(self.owner, LoggedTenant(key, "t")))
            made = 1  # the tenant itself
            assert (verified.flaw, verified.unsealed, verified.entries) == (None, 0, tenant.audited + made)
            dumped = self.run(self.superuser.fetchval(EVERYTHING, key))
            assert CANARY not in dumped


@pytest.fixture
def machine(template: TestDatabase, catalog: Catalog) -> Iterator[type[Writes]]:
    """The machine, on a database of its own; hypothesis drives it outside of any event loop, so it brings one."""
    with asyncio.Runner() as runner:
        database = runner.run(create_database(template.server, template.name))
        world = runner.run(open_world(database, catalog))
        superuser, owner = runner.run(database.superuser()), runner.run(database.superuser())
        runner.run(owner.execute(f"set role {OWNER}"))
        opened = {"world": world, "superuser": superuser, "owner": owner}
        yield type("Machine", (Writes,), {"run": staticmethod(runner.run), **opened})
        for connection in (superuser, owner):
            runner.run(connection.close())
        runner.run(world.pool.close())


def test_model_and_database_agree(machine: type[Writes]) -> None:
    relaxed = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=relaxed),
    )
