"""What the pages show, and what they run."""

import json
import re

import pytest

from dify_apps.library import AppLibrary, first_workplace
from plugins.apps.tests.service.serving import chatflow, completion

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def page(boot, visit):
    """A browser on this machine, and the runtime."""
    booted = await boot()
    async with visit(booted) as client:
        client.booted = booted
        yield client


async def add(booted, text, **changes):
    """Add an app; its id."""
    place = await first_workplace(booted)
    done = await place.library.import_app(text, publish=changes.pop("publish", True), **place.who)
    if changes:
        await place.library.set_enabled(done.app_id, **changes, **place.who)
    return done.app_id


async def app_of(page, name):
    return re.search(rf'href="/try/([0-9a-f-]+)">{name}<', (await page.get("/")).text)[1]


def events(answer):
    return [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")]


async def test_the_overview_shows_apps_plugins_and_health(page):
    await page.booted.services.get(AppLibrary)
    answer = await page.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    for text in ("Chat", "Greeting", "Help desk", "advanced-chat", "served", "models-scripted", "started", "Database"):
        assert text in answer.text, text
    assert 'href="/v1/swagger-ui.html"' in answer.text


async def test_the_api_docs_are_where_they_were_put(boot, visit, banner):
    booted = await boot(SWAGGER_UI_PATH="/docs")
    assert "API docs: {url}/v1/docs" in banner(booted)
    async with visit(booted) as client:
        assert 'href="/v1/docs"' in (await client.get("/")).text
        assert (await client.get("/v1/docs")).status_code == 200


async def test_without_api_docs_nothing_leads_to_them(boot, visit, banner):
    booted = await boot(without=("api-docs",))
    assert not any(line.startswith("API docs") for line in banner(booted))
    async with visit(booted) as client:
        assert "API docs" not in (await client.get("/")).text


async def test_no_page_holds_a_key_or_runs_anything_inline(page):
    for path in ("/", f"/try/{await app_of(page, 'Chat')}", f"/try/{await app_of(page, 'Greeting')}"):
        answer = await page.get(path)
        assert not re.search(r"app-[A-Za-z0-9]{24}", answer.text)
        assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|style=|javascript:|https?://", answer.text)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"


async def test_what_apps_call_themselves_is_text(page):
    await add(
        page.booted, chatflow(name="'<img src=x onerror=alert(1)>'", opening_statement="<script>alert(2)</script>")
    )
    overview = (await page.get("/")).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in overview
    shown = (await page.get(f"/try/{await app_of(page, '&lt;img[^<]*')}")).text
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in shown
    assert "<img" not in overview + shown


async def test_apps_that_cannot_be_tried_say_why(page):
    closed = await add(page.booted, chatflow(name="Closed"), site=False)
    draft = await add(page.booted, chatflow(name="Draft"), publish=False)
    overview = (await page.get("/")).text
    assert "switched off" in overview
    assert "not published" in overview
    for app in (closed, draft, NOWHERE):
        assert app not in overview
        shown = await page.get(f"/try/{app}")
        assert (shown.status_code, "There is no app here" in shown.text) == (404, True)
        assert (await page.post(f"/try/{app}/run", json={"query": "x"})).status_code == 404


async def test_a_conversation_goes_on(page):
    chat = await app_of(page, "Chat")
    assert "What would you like to talk about?" in (await page.get(f"/try/{chat}")).text
    first = events(await page.post(f"/try/{chat}/run", json={"query": "one two three"}))
    pieces = [event["answer"] for event in first if event["event"] == "message"]
    assert ("".join(pieces), len(pieces)) == ("one two three", 3)
    conversation = first[0]["conversation_id"]
    second = events(await page.post(f"/try/{chat}/run", json={"query": "four", "conversation_id": conversation}))
    assert {event["conversation_id"] for event in second} == {conversation}


async def test_a_workflow_has_a_form_and_tells_its_steps(page):
    greeting = await app_of(page, "Greeting")
    form = (await page.get(f"/try/{greeting}")).text
    assert re.search(r'<input id="field-1" name="name"[^>]*maxlength="48" required', form)
    assert re.search(r'name="times"[^>]*value="1"\s*type="number"', form)
    told = events(await page.post(f"/try/{greeting}/run", json={"inputs": {"name": "Ann", "times": 3}}))
    assert [event["event"] for event in told][:2] == ["workflow_started", "node_started"]
    assert told[-1]["data"]["outputs"] == {"greeting": "HELLO ANN! HELLO ANN! HELLO ANN! "}


async def test_an_input_that_is_missing_is_named(page):
    answer = await page.post(f"/try/{await app_of(page, 'Greeting')}/run", json={})
    assert (answer.status_code, answer.json()["message"]) == (400, "name is required in input form")


async def test_a_completion_app_is_a_form_too(page):
    form = [{"paragraph": {"variable": "text", "label": "Text", "required": True}}]
    text = completion(pre_prompt="Repeat {{text}}", user_input_form=form)
    text = text.replace('"langgenius/openai/openai", "name": "small"', '"scripted", "name": "echo"')
    app = await add(page.booted, text)
    assert "<textarea" in (await page.get(f"/try/{app}")).text
    told = events(await page.post(f"/try/{app}/run", json={"inputs": {"text": "this"}}))
    assert "".join(event["answer"] for event in told if event["event"] == "message") == "Repeat this"


async def test_stopping_what_does_not_run_is_no_error(page):
    chat = await app_of(page, "Chat")
    assert (await page.post(f"/try/{chat}/stop", json={"task_id": NOWHERE})).status_code == 204
    assert (await page.post(f"/try/{chat}/stop", json={"task_id": "x"})).status_code == 400


@pytest.mark.parametrize(
    ("name", "kind"), [("welcome.css", "text/css"), ("chat.js", "text/javascript"), ("icon.svg", "image/svg+xml")]
)
async def test_scripts_and_styles_come_from_the_wheel(page, name, kind):
    answer = await page.get(f"/welcome/{name}")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    again = await page.get(f"/welcome/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["../plugin.py", "%2e%2e%2fplugin.py", "none.js"])
async def test_nothing_else_does(page, name):
    assert (await page.get(f"/welcome/{name}")).status_code == 404
