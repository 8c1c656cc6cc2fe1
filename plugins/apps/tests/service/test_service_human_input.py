"""Runs that ask people: the form, the answer, and how the run goes on."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dify_apps.tables.runs import RUNTIME_FORMS, RUNTIME_RUNS
from dify_apps.tables.workflows import WORKFLOW_PAUSE_REASONS, WORKFLOW_PAUSES, WORKFLOW_RUNS
from dify_database import utc_now
from plugins.apps.tests.service.serving import World

ASKING = """\
version: "0.5.0"
kind: app
app: {{name: Review, mode: {mode}, icon: 🤖, icon_background: '#FFEAD5', description: asks}}
workflow:
  environment_variables: []
  conversation_variables: []
  features: {{}}
  graph:
    nodes:
    - id: start
      type: custom
      data:
        type: start
        title: Start
        variables:
        - {{variable: text, label: Text, type: paragraph, required: false, max_length: 4096, options: []}}
    - id: ask
      type: custom
      data:
        type: human-input
        title: Approval
        form_content: "Publish {{{{#start.text#}}}}? {{{{#$output.note#}}}}"
        inputs:
        - {{type: paragraph, output_variable_name: note, default: {{type: variable, selector: [start, text]}}}}
        - {{type: select, output_variable_name: mood, option_source: {{type: constant, value: [good, bad]}}}}
        user_actions:
        - {{id: approve, title: Approve, button_style: primary}}
        - {{id: reject, title: Reject, button_style: default}}
        delivery_methods: [{{type: webapp, enabled: true}}]
        timeout: 1
        timeout_unit: hour
    - {{id: agreed, type: custom, data: {ending_yes}}}
    - {{id: refused, type: custom, data: {ending_no}}}
    - {{id: late, type: custom, data: {ending_late}}}
    edges:
    - {{id: e1, source: start, target: ask}}
    - {{id: e2, source: ask, target: agreed, sourceHandle: approve}}
    - {{id: e3, source: ask, target: refused, sourceHandle: reject}}
    - {{id: e4, source: ask, target: late, sourceHandle: __timeout}}
"""


def asking(mode="workflow"):
    def ending(title, selector):
        if mode == "workflow":
            return json.dumps(
                {"type": "end", "title": title, "outputs": [{"variable": "r", "value_selector": selector}]}
            )
        reference = "{{#" + ".".join(selector) + "#}}"
        return json.dumps({"type": "answer", "title": title, "answer": f"{title}: {reference}", "variables": []})

    return ASKING.format(
        mode=mode,
        ending_yes=ending("Yes", ["ask", "note"]),
        ending_no=ending("No", ["ask", "__rendered_content"]),
        ending_late=ending("Late", ["start", "text"]),
    )


def told(text):
    """The events of a stream."""
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


async def paused(client, path="/workflows/run", **more):
    """Run until the form is asked for; all events so far."""
    body = {"inputs": {"text": "the news"}, "user": "bob", "response_mode": "streaming", **more}
    events = told((await client.post(path, **body)).text)
    assert [one["event"] for one in events[-2:]] == ["human_input_required", "workflow_paused"]
    return events


async def change(world, statement):
    await (await world.database()).write(lambda session: session.execute(statement))


async def rows(world, query):
    return (await (await world.database()).read(lambda session: session.execute(query))).all()


ANSWER = {"inputs": {"note": "fine", "mood": "good"}, "action": "approve", "user": "eve"}


async def test_a_run_waits_is_answered_and_goes_on(worlds: World):
    client = await worlds.app(asking())
    events = await paused(client)
    asked, last = events[-2]["data"], events[-1]["data"]
    run_id = events[0]["workflow_run_id"]
    assert asked["form_content"] == "Publish the news? {{#$output.note#}}"
    assert (asked["node_title"], asked["resolved_default_values"]) == ("Approval", {"note": "the news"})
    assert (last["status"], last["paused_nodes"], last["workflow_run_id"]) == ("paused", ["ask"], run_id)
    assert last["reasons"][0]["form_token"] == asked["form_token"]
    assert (await client.get(f"/workflows/run/{run_id}")).json()["status"] == "paused"
    assert [row.form_id for row in await rows(worlds, select(WORKFLOW_PAUSE_REASONS))] == [asked["form_id"]]

    path = f"/form/human_input/{asked['form_token']}"
    shown = (await client.get(path)).json()
    assert set(shown) == {"form_content", "inputs", "resolved_default_values", "user_actions", "expiration_time"}
    assert [one["output_variable_name"] for one in shown["inputs"]] == ["note", "mood"]
    assert shown["user_actions"][0] == {"id": "approve", "title": "Approve", "button_style": "primary"}
    assert shown["expiration_time"] == asked["expiration_time"]

    following = asyncio.create_task(client.get(f"/workflow/{run_id}/events", user="bob"))
    answer = await client.post(path, **ANSWER)
    assert (answer.status_code, answer.json()) == (200, {})
    resumed = told((await asyncio.wait_for(following, 30)).text)
    names = [one["event"] for one in resumed]
    assert (names[0], names[-1]) == ("workflow_started", "workflow_finished")
    assert resumed[0]["data"]["reason"] == "resumption"
    assert names[1:4] == ["human_input_form_filled", "node_started", "text_chunk"]
    (filled,) = [one["data"] for one in resumed if one["event"] == "human_input_form_filled"]
    assert (filled["action_id"], filled["action_text"], filled["node_title"]) == ("approve", "Approve", "Approval")
    assert filled["rendered_content"] == "Publish the news? fine"
    assert filled["submitted_data"] == ANSWER["inputs"]
    assert resumed[-1]["data"]["outputs"] == {"r": "fine"}
    assert resumed[-1]["task_id"] == events[0]["task_id"]
    assert (await client.get(f"/workflows/run/{run_id}")).json()["status"] == "succeeded"
    assert (await rows(worlds, select(WORKFLOW_PAUSES.c.resumed_at)))[0].resumed_at is not None

    whole = told((await client.get(f"/workflow/{run_id}/events", user="bob", include_state_snapshot="true")).text)
    assert whole == [*events, *resumed]
    over = told((await client.get(f"/workflow/{run_id}/events", user="bob")).text)
    assert [one["event"] for one in over] == ["workflow_finished"]
    for again in (await client.get(path), await client.post(path, **ANSWER)):
        assert (again.status_code, again.json()["code"]) == (412, "human_input_form_submitted")
        assert asked["form_id"] in again.json()["message"]


async def test_a_chatflow_goes_on_where_it_waited(worlds: World):
    client = await worlds.app(asking("advanced-chat"))
    events = await paused(client, "/chat-messages", query="well?")
    token, message = events[-2]["data"]["form_token"], events[0]["message_id"]
    run_id = events[0]["workflow_run_id"]
    assert events[-1]["workflow_run_id"] == run_id
    following = asyncio.create_task(client.get(f"/workflow/{run_id}/events", user="bob"))
    await client.post(f"/form/human_input/{token}", **{**ANSWER, "action": "reject"})
    resumed = told((await asyncio.wait_for(following, 30)).text)
    assert resumed[-1]["event"] == "message_end"
    assert "".join(one["answer"] for one in resumed if one["event"] == "message") == "No: Publish the news? fine"
    (stored,) = (await client.get("/messages", conversation_id=events[0]["conversation_id"], user="bob")).json()["data"]
    assert (stored["id"], stored["answer"]) == (message, "No: Publish the news? fine")


async def test_a_client_that_does_not_stream_is_told_that_the_run_waits(world: World):
    client, talking = await world.app(asking()), await world.app(asking("advanced-chat"))
    body = await client.run(text="news")
    assert (body["data"]["status"], body["data"]["id"]) == ("paused", body["workflow_run_id"])
    assert (body["data"]["finished_at"], body["data"]["error"]) == (None, None)
    said = await talking.say("well?")
    assert (said["event"], said["answer"]) == ("message", "")


async def test_a_reader_may_stay_over_the_pause(world: World):
    client = await world.app(asking())
    events = await paused(client)
    path = f"/workflow/{events[0]['workflow_run_id']}/events"
    assert told((await client.get(path, user="bob", include_state_snapshot="true")).text) == events
    query = {"user": "bob", "include_state_snapshot": "true", "continue_on_pause": "true"}
    staying = asyncio.create_task(client.get(path, **query))
    await client.post(f"/form/human_input/{events[-2]['data']['form_token']}", **ANSWER)
    whole = told((await asyncio.wait_for(staying, 30)).text)
    assert whole[: len(events)] == events
    assert whole[-1]["event"] == "workflow_finished"


async def test_a_form_that_nobody_answers_in_time_takes_its_own_branch(worlds: World):
    client = await worlds.app(asking())
    events = await paused(client)
    path = f"/form/human_input/{events[-2]['data']['form_token']}"
    following = asyncio.create_task(client.get(f"/workflow/{events[0]['workflow_run_id']}/events", user="bob"))
    await change(worlds, update(RUNTIME_FORMS).values(expires_at=utc_now() - timedelta(seconds=1)))
    for late in (await client.get(path), await client.post(path, **ANSWER)):
        assert (late.status_code, late.json()["code"]) == (412, "human_input_form_expired")
    resumed = told((await asyncio.wait_for(following, 30)).text)
    assert "human_input_form_timeout" in [one["event"] for one in resumed]
    assert resumed[-1]["data"]["outputs"] == {"r": "the news"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action": "burn"}, "Invalid action: burn"),
        ({"inputs": {"mood": "good"}}, "Missing required inputs: note"),
        ({"inputs": {"note": 5, "mood": "good"}}, "note must be a string"),
        ({"inputs": {"note": "x", "mood": "odd"}}, "mood must be one of the following: ['good', 'bad']"),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_and_the_form_stays_open(world: World, changes, message):
    client = await world.app(asking())
    path = f"/form/human_input/{(await paused(client))[-2]['data']['form_token']}"
    answer = await client.post(path, **{**ANSWER, **changes})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_form_data")
    assert answer.json()["message"] == message
    assert (await client.get(path)).status_code == 200


async def test_a_form_of_another_app_or_of_nobody_is_not_found(world: World):
    client, other = await world.app(asking()), await world.app(asking())
    path = f"/form/human_input/{(await paused(client))[-2]['data']['form_token']}"
    for answer in (
        await other.get(path),
        await other.post(path, **ANSWER),
        await client.get("/form/human_input/nonsense"),
        await client.get("/form/human_input/%C3%A9"),
    ):
        assert (answer.status_code, answer.json()["message"]) == (404, "Form not found")
    assert (await client.post(path, inputs={}, action="approve")).json()["message"] == "Arg user must be provided."


async def test_one_of_many_answers_at_once_counts(worlds: World):
    client = await worlds.app(asking())
    path = f"/form/human_input/{(await paused(client))[-2]['data']['form_token']}"
    answers = await asyncio.gather(*(client.post(path, **ANSWER) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412, 412]


async def test_a_run_that_waits_outlives_what_is_kept_of_ended_ones(worlds: World):
    client = await worlds.app(asking())
    events = await paused(client)
    run_id = events[0]["workflow_run_id"]
    (row,) = await rows(worlds, select(RUNTIME_RUNS).where(RUNTIME_RUNS.c.run_id == run_id))
    assert (row.holder, row.held_until, row.ended_at) == (None, None, None)
    assert json.loads(row.events) == events
    assert row.stored is not None
    (run,) = await rows(worlds, select(WORKFLOW_RUNS).where(WORKFLOW_RUNS.c.id == run_id))
    assert (run.status, run.finished_at) == ("paused", None)


def with_files():
    """An app whose form takes a file and a list of files."""
    paragraph, select = (line for line in asking().splitlines(keepends=True) if "output_variable_name" in line)
    one = "        - {type: file, output_variable_name: note, allowed_file_types: [document]}\n"
    several = "        - {type: file-list, output_variable_name: mood, allowed_file_types: [image], number_limits: 2}\n"
    return asking().replace(paragraph, one).replace(select, several)


async def test_files_are_answers_too(world: World):
    client = await world.app(with_files())
    upload = {"data": {"user": "bob"}, "files": {"file": ("plan.txt", b"x", "text/plain")}}
    file_id = (await client.call("POST", "/files/upload", **upload)).json()["id"]
    events = await paused(client)
    path = f"/form/human_input/{events[-2]['data']['form_token']}"
    note = {"transfer_method": "local_file", "upload_file_id": file_id, "type": "document"}
    mood = {"transfer_method": "remote_url", "url": "http://files.test/a.png", "type": "image"}
    for inputs in (
        {"note": "x", "mood": []},
        {"note": {**note, "type": "image"}, "mood": []},
        {"note": {"transfer_method": "local_file"}, "mood": []},
        {"note": note, "mood": note},
        {"note": note, "mood": [mood, mood, mood]},
    ):
        refused = await client.post(path, **{**ANSWER, "inputs": inputs})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_form_data"), inputs
    following = asyncio.create_task(client.get(f"/workflow/{events[0]['workflow_run_id']}/events", user="bob"))
    assert (await client.post(path, **{**ANSWER, "inputs": {"note": note, "mood": []}})).status_code == 200
    finished = told((await asyncio.wait_for(following, 30)).text)[-1]["data"]
    assert (finished["status"], finished["outputs"]["r"]["filename"]) == ("succeeded", "plan.txt")


async def test_a_run_that_nobody_can_answer_is_not_kept_waiting(world: World):
    lines = asking().splitlines(keepends=True)
    first, last = (next(n for n, line in enumerate(lines) if word in line) for word in ("form_content", "timeout_unit"))
    client = await world.app("".join([*lines[:first], *lines[last + 1 :]]))
    body = await client.run(text="news")
    assert body["data"]["status"] == "paused"
    (row,) = await rows(world, select(RUNTIME_RUNS))
    assert row.ended_at is not None
    assert await rows(world, select(RUNTIME_FORMS)) == []


async def test_a_run_that_waits_can_be_stopped(worlds: World):
    work, flow = await worlds.app(asking()), await worlds.app(asking("advanced-chat"))
    for client, run, stop in (
        (work, "/workflows/run", "/workflows/tasks/{}/stop"),
        (flow, "/chat-messages", "/chat-messages/{}/stop"),
    ):
        events = await paused(client, run, **({"query": "well?"} if client is flow else {}))
        path = f"/workflow/{events[0]['workflow_run_id']}/events"
        following = asyncio.create_task(client.get(path, user="bob"))
        if client is flow:
            await client.post(stop.format(events[0]["task_id"]), user="eve")  # not hers
            assert (await client.get(f"/workflows/run/{events[0]['workflow_run_id']}")).json()["status"] == "paused"
        await client.post(stop.format(events[0]["task_id"]), user="bob")
        resumed = told((await asyncio.wait_for(following, 30)).text)
        (finished,) = [one["data"] for one in resumed if one["event"] == "workflow_finished"]
        assert (finished["status"], finished["error"]) == ("stopped", "Stopped by user.")
