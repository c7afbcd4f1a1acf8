"""Which payloads of a write are read by a statement of their own: those that look at what the write changes."""

import pytest

from app.catalog import Catalog
from app.graph.compiling import WriteStep
from app.graph.execution import Engine
from tests.offline import compiled, offline_engine

CREATE = 'createConnection(input: {userId: "x", provider: JIRA, connectionId: "x"})'
DELETE = 'deleteConnection(by: {connectionId: "x"})'


@pytest.fixture(scope="module")
def engine(catalog: Catalog) -> Engine:
    """An engine for all tests of this module."""
    return offline_engine(catalog)


def rereads(engine: Engine, write: str, payload: str) -> bool:
    (step,) = compiled(engine, f"mutation {{ {write} {{ {payload} }} }}").steps.values()
    assert isinstance(step, WriteStep)
    return step.read_back is not None


@pytest.mark.parametrize(
    "payload",
    [
        "provider",
        "user { email tenant { name } }",
        "syncJobs { nodes { syncId connectionId } totalCount }",
        "syncJobsStats(where: {status: {eq: FAILED}}) { count }",
        'tenant { users(where: {email: {eq: "x"}}, orderBy: [{email: ASC}]) { nodes { email } } }',
    ],
)
def test_payload_of_other_tables_comes_with_the_write(engine: Engine, payload: str) -> None:
    assert not rereads(engine, CREATE, payload)


@pytest.mark.parametrize(
    "payload",
    [
        "user { connections { totalCount } }",
        "user { connectionsStats { count } }",
        "syncJobs { nodes { connection { provider } } }",
        "syncJobs { edges { node { connection { provider } } } }",
        "tenant { users(where: {connections: {some: {}}}) { totalCount } }",
        'tenant { users(where: {not: {or: [{email: {eq: "x"}}, {connections: {none: {}}}]}}) { totalCount } }',
        "tenant { syncJobsStats(where: {connection: {provider: {eq: JIRA}}}) { count } }",
        "tenant { auditLogs { totalCount } }",
    ],
)
def test_payload_that_looks_at_the_written_table_or_a_log_is_read_after(engine: Engine, payload: str) -> None:
    assert rereads(engine, CREATE, payload)


def test_deletion_answers_with_what_was_there(engine: Engine) -> None:
    assert not rereads(engine, DELETE, "user { connections { totalCount } }")
