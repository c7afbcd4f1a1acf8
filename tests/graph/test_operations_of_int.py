"""The four "common queries" of the integration platform, each as a single operation."""

from tests.conftest import World
from tests.world import ACME, GLOBEX, NOBODY_ID

HEADLINE = """
query Headline($email: String!) {
  user(by: {email: $email}) {
    id email name
    tenant { name slug }
    connections {
      nodes {
        id provider status
        syncJobs(orderBy: [{startedAt: DESC}], first: 5) { nodes { id status recordsProcessed startedAt } }
      }
    }
  }
}
"""


async def test_headline_query_answers_a_user_with_connections_and_their_latest_syncs(world: World) -> None:
    user = (await world.data(HEADLINE, {"email": "owner@acme.example"}))["user"]
    assert user["id"] == str(ACME.user("owner"))
    assert user["tenant"] == {"name": "Acme", "slug": "acme"}
    (connection,) = user["connections"]["nodes"]
    assert connection["provider"] == "GITHUB"
    jobs = connection["syncJobs"]["nodes"]
    assert [job["id"] for job in jobs] == [str(ACME.sync_job("owner", n)) for n in (6, 5, 4, 3, 2)]
    assert jobs[0]["startedAt"] == "2026-01-01T06:00:00+00:00"


async def test_other_tenants_user_reads_as_what_nobody_owns(world: World) -> None:
    query = "query ($id: ID!) { user(by: {id: $id}) { email } }"
    theirs = await world.answer(query, {"id": str(GLOBEX.user("owner"))})
    nobodys = await world.answer(query, {"id": str(NOBODY_ID)})
    assert theirs == nobodys == {"data": {"user": None}}


async def test_active_connections_of_a_provider_with_their_users(world: World) -> None:
    data = await world.data(
        """{ connections(where: {provider: {eq: GITHUB}, status: {eq: ACTIVE}}) {
             nodes { id user { name email } } } }"""
    )
    assert data["connections"]["nodes"] == [
        {"id": str(ACME.connection("owner")), "user": {"name": "Owner", "email": "owner@acme.example"}}
    ]


async def test_sync_job_is_upserted_by_its_sync_id(fresh_world: World) -> None:
    query = """
    mutation ($connection: ID!) {
      upsertSyncJob(
        create: {syncId: "sync_1725627600000", connectionId: $connection, status: IN_PROGRESS, recordsProcessed: 0}
        update: {status: COMPLETED, recordsProcessed: 150, completedAt: "2026-02-01T00:00:00Z"}
      ) { id status recordsProcessed completedAt }
    }"""
    variables = {"connection": str(ACME.connection("owner"))}
    made = (await fresh_world.data(query, variables))["upsertSyncJob"]
    changed = (await fresh_world.data(query, variables))["upsertSyncJob"]
    assert (made["status"], made["recordsProcessed"], made["completedAt"]) == ("IN_PROGRESS", 0, None)
    assert (changed["status"], changed["recordsProcessed"]) == ("COMPLETED", 150)
    assert changed["completedAt"] == "2026-02-01T00:00:00+00:00"
    assert changed["id"] == made["id"]


async def test_connections_are_counted_by_provider_and_status(world: World) -> None:
    data = await world.data(
        "{ connectionStats { count groups(by: [PROVIDER, STATUS]) { keys { provider status } count } } }"
    )
    assert data["connectionStats"] == {
        "count": 2,
        "groups": [
            {"keys": {"provider": "GITHUB", "status": "ACTIVE"}, "count": 1},
            {"keys": {"provider": "SLACK", "status": "ERROR"}, "count": 1},
        ],
    }
