"""`dify-runtime serve` without an argument, as somebody meets it in the first minute."""

import shlex

import httpx
import pytest

import dify_apps
from dify_apps.library import first_workplace
from dify_models_offline.locating import Files
from dify_models_offline.settings import OfflineSettings

from .conftest import Server


def typed(command):
    """Do what a line with `curl` does."""
    words = shlex.split(command)
    headers = dict(words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H")
    body = words[words.index("-d") + 1]
    return httpx.post(words[1], content=body.encode(), headers=headers, trust_env=False, timeout=100)


def said(server, start):
    [line] = [line for line in server.lines if line.startswith(start)]
    return line.removeprefix(start).strip()


@pytest.mark.skipif(Files(OfflineSettings()).model is None, reason="`dify-runtime offline install` was not run")
@pytest.mark.timeout(240)
def test_the_examples_answer_with_no_key_and_no_network(tmp_path):
    with Server(tmp_path) as server:
        assert said(server, "examples run on") == "smollm2-135m-instruct (offline)"
        answer = typed(said(server, "try it:"))
        assert (answer.status_code, bool(answer.json()["answer"].strip())) == (200, True)
        for what in ("open:", "API docs:", "plugins:"):
            page = httpx.get(said(server, what), trust_env=False)
            assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html"), what


def test_files_are_called_the_same_way(tmp_path, examples):
    with Server(tmp_path, str(examples / "greeting.yml")) as server:
        assert not any(line.startswith("example") for line in server.lines)
        assert typed(said(server, "try it:")).json()["data"]["outputs"] == {"greeting": "Hello Ann."}


async def test_a_program_with_a_runtime_inside_has_its_own_apps_and_pages(tmp_path, examples, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with dify_apps.open(examples / "greeting.yml", home=tmp_path / "home", serving=True) as apps:
        transport = httpx.ASGITransport(app=apps.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            assert "The server is running." in (await client.get("/")).text
        assert apps.names == ("Greeting",)
        place = await first_workplace(apps.runtime)
        assert len(await place.library.list(tenant_id=place.tenant_id)) == 1


def test_the_line_works_on_any_port_with_the_key_that_is_shown(scripted_server):
    command = said(scripted_server, "try it:")
    assert scripted_server.url in command
    assert typed(command).json()["answer"] == "You said: <b>What can you do?</b> & more"
