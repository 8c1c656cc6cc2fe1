"""`/workflows/run/<id>` and `/workflows/logs`."""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from dify_accounts import EndUsers, Tenants
from dify_apps.tables.workflows import WORKFLOW_APP_LOGS, WORKFLOW_RUNS
from dify_database import count_statements
from plugins.apps.tests.service.serving import chat, chatflow, workflow

NOBODY = "00000000-0000-4000-8000-000000000000"


async def logged(client, **query):
    """The runs of a page of the log, by what they gave back."""
    answer = await client.get("/workflows/logs", **query)
    assert answer.status_code == 200, answer.text
    return [one["workflow_run"]["id"] for one in answer.json()["data"]]


async def test_a_run_is_told_as_it_is_stored(worlds):
    client = await worlds.app(workflow())
    done = await client.run(text="hé")
    body = (await client.get(f"/workflows/run/{done['workflow_run_id']}")).json()
    assert json.loads(body.pop("inputs"))["text"] == "hé"
    assert body.pop("outputs") == '{"result": "h\\u00e9"}'
    assert body.pop("elapsed_time") > 0
    assert abs(body.pop("finished_at") - body.pop("created_at")) <= 1
    assert body == {
        "id": done["workflow_run_id"],
        "workflow_id": done["data"]["workflow_id"],
        "status": "succeeded",
        "error": None,
        "total_steps": 2,
        "total_tokens": 0,
    }


async def test_a_run_that_is_not_there_is_nulls_and_what_is_no_id_is_not_found(world):
    client = await world.app(workflow())
    unknown = await client.get(f"/workflows/run/{NOBODY}")
    assert unknown.status_code == 200
    assert set(unknown.json().values()) == {None}
    assert len(unknown.json()) == 11
    nonsense = await client.get("/workflows/run/nope")
    assert (nonsense.status_code, nonsense.json()["code"]) == (404, "not_found")


async def test_runs_are_of_apps_with_a_graph(world):
    talking = await world.app(chatflow())
    assert (await talking.get(f"/workflows/run/{NOBODY}")).status_code == 200
    refused = await (await world.app(chat())).get(f"/workflows/run/{NOBODY}")
    assert (refused.status_code, refused.json()["code"]) == (400, "not_workflow_app")


async def test_the_log_shows_runs_and_who_asked_for_them(worlds):
    client = await worlds.app(workflow())
    first, second = await client.run(text="one"), await client.run(text="two", user="eve")
    with count_statements() as count:
        body = (await client.get("/workflows/logs", limit=1)).json()
    assert len(count) <= 3, count
    assert (body["page"], body["limit"], body["total"], body["has_more"]) == (1, 1, 2, True)
    (entry,) = body["data"]
    users = await worlds.booted.services.get(EndUsers)
    eve = await users.resolve(tenant_id=await worlds.home(), app_id=client.app_id, session_id="eve")
    assert entry["created_by_end_user"] == {
        "id": eve.id,
        "type": "service-api",
        "is_anonymous": False,
        "session_id": "eve",
    }
    assert (entry["created_by_account"], entry["details"], entry["created_from"]) == (None, None, "service-api")
    run = entry["workflow_run"]
    assert (run["id"], run["status"], run["exceptions_count"]) == (second["workflow_run_id"], "succeeded", 0)
    assert await logged(client, limit=1, page=2) == [first["workflow_run_id"]]


async def test_the_log_is_filtered(worlds):
    client = await worlds.app(workflow())
    ids = {text: (await client.run(text=text, user=user))["workflow_run_id"] for text, user in RUNS}
    database = await worlds.database()
    failed = update(WORKFLOW_RUNS).where(WORKFLOW_RUNS.c.id == ids["100%"]).values(status="failed")
    await database.write(lambda session: session.execute(failed))
    later, earlier = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, -1))
    assert await logged(client, keyword="PLAIN") == [ids["plain"]]
    assert await logged(client, keyword="héllo") == [ids["héllo"]]
    assert await logged(client, keyword="0%") == [ids["100%"]]
    assert await logged(client, keyword="eve_") == [ids["plain"]]
    assert await logged(client, status="failed") == [ids["100%"]]
    assert await logged(client, status="stopped") == []
    assert await logged(client, created_by_end_user_session_id="eve_1") == [ids["plain"]]
    assert len(await logged(client, created_at__after=earlier.isoformat())) == 3
    assert await logged(client, created_at__after=later.isoformat()) == []
    assert await logged(client, created_at__before=earlier.isoformat()) == []


RUNS = (("héllo", "bob"), ("100%", "bob"), ("plain", "eve_1"))


async def test_the_log_of_an_account_is_found_by_its_address(world):
    client, tenant = await world.app(workflow()), await world.home()
    done = await client.run(text="x")
    owner = await (await world.booted.services.get(Tenants)).owner(tenant)
    by_owner = update(WORKFLOW_APP_LOGS).values(created_by_role="account", created_by=owner.id)
    await (await world.database()).write(lambda session: session.execute(by_owner))
    (entry,) = (await client.get("/workflows/logs", created_by_account=owner.email)).json()["data"]
    assert entry["created_by_account"] == {"id": owner.id, "name": owner.name, "email": owner.email}
    assert (entry["created_by_end_user"], entry["workflow_run"]["id"]) == (None, done["workflow_run_id"])
    await world.neighbour()
    for address in ("nobody@example.com", "eve@example.com"):
        unknown = await client.get("/workflows/logs", created_by_account=address)
        assert (unknown.status_code, unknown.json()["message"]) == (400, f"Account not found: {address}")


async def test_a_page_of_the_log_that_cannot_be_is_refused(world):
    client = await world.app(workflow())
    for query in ({"limit": 1000}, {"page": 0}, {"page": 100000}, {"status": "odd"}, {"created_at__after": "soon"}):
        answer = await client.get("/workflows/logs", **query)
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("1 validation error for WorkflowLogQuery\n"), query
