"""`dify_apps.open`: apps in the program's own process."""

import logging
import os
import subprocess
import sys
import time
import warnings

import pytest

import dify_apps
from dify_apps import InvokeFrom
from dify_apps.errors import InvalidParam
from dify_apps.library import AppModeError, AppNotFoundError, ImportFailedError, LibraryError
from dify_apps.tables.messages import MESSAGES
from dify_database import Database
from dify_runtime_sdk import DifyRuntimeError
from plugins.apps.tests.embedded.conftest import GREETER, SLOW


async def stored(apps, *columns):
    """The messages that are stored."""
    from sqlalchemy import select

    database = await apps.runtime.services.get(Database)
    query = select(*[MESSAGES.c[name] for name in columns]).order_by(MESSAGES.c.created_at)
    return [tuple(row) for row in await database.read(lambda session: session.execute(query))]


async def test_a_turn_is_the_events_of_the_service_api(here):
    async with dify_apps.open(["helper.yml"], settings=SLOW) as apps:
        events = [event async for event in apps.chat("Helper", "Hello", user="ann")]
        assert [event["event"] for event in events] == [*["message"] * 4, "message_end"]
        assert "".join(event["answer"] for event in events[:-1]) == "one two three four"
        assert {"task_id", "message_id", "conversation_id", "created_at", "id"} <= set(events[0])
        assert await stored(apps, "query", "answer", "invoke_from", "status") == [
            ("Hello", "one two three four", InvokeFrom.SERVICE_API, "normal")
        ]


async def test_an_answer_is_awaited_and_the_conversation_goes_on(here):
    async with dify_apps.open("helper.yml") as apps:
        first = await apps.chat("Helper", "Hello", user="ann")
        second = await apps.chat("Helper", "Again", user="ann", conversation_id=first["conversation_id"])
    assert (first["answer"], second["answer"]) == ("Hello", "Again")
    assert second["conversation_id"] == first["conversation_id"]


async def test_workflows_run_and_completions_complete(here):
    async with dify_apps.open([here]) as apps:
        assert sorted(apps.names) == ["Completer", "Greeter", "Helper"]
        run = await apps.run("Greeter", {"name": "Ann"})
        assert (run["data"]["status"], run["data"]["outputs"]) == ("succeeded", {"name": "Ann"})
        events = [event["event"] async for event in apps.run("Greeter", {"name": "Ann"})]
        assert (events[0], events[-1]) == ("workflow_started", "workflow_finished")
        completion = await apps.complete("Completer", {"query": "this"})
        assert completion["mode"] == "completion"


async def test_leaving_the_loop_leaves_the_run_alone(here):
    async with dify_apps.open("helper.yml", settings=SLOW) as apps:
        run = apps.chat("Helper", "Hello", user="ann")
        async for _ in run:
            break
        assert (await run)["answer"] == "one two three four"
        assert len([event async for event in run]) == 5
        assert len(await stored(apps, "id")) == 1


async def test_a_run_is_stopped_with_what_there_is(here):
    settings = {"SCRIPTED_MODELS": {"helper": [{"text": "a b c", "chunks": 3, "delay": 0.2}, {"text": "never"}]}}
    async with dify_apps.open("helper.yml", settings=settings) as apps:
        run, answers = apps.chat("Helper", "Hello", user="ann"), []
        await run.stop()  # before it has begun: nothing
        async for event in run:
            answers.append(event.get("answer"))
            await run.stop()
        assert answers[0] is not None
        assert len(answers) < 4
        assert (await stored(apps, "answer"))[0][0] == "".join(filter(None, answers)).strip()


async def test_an_app_is_called_as_its_mode_wants(here):
    async with dify_apps.open([here]) as apps:
        with pytest.raises(AppModeError, match="call `run`"):
            await apps.chat("Greeter", "Hello")
        with pytest.raises(AppModeError, match="call `chat`"):
            await apps.run("Helper", {})
        with pytest.raises(AppNotFoundError, match="'Nobody'"):
            await apps.chat("Nobody", "Hello")
        with pytest.raises(InvalidParam, match="name is required"):
            await apps.run("Greeter", {})


async def test_apps_of_one_name_are_told_apart_by_their_ids(here):
    (here / "other.yml").write_text(GREETER, encoding="utf-8")
    async with dify_apps.open(["greeter.yml", "other.yml"]) as apps:
        with pytest.raises(LibraryError, match="2 apps are called 'Greeter'") as refused:
            await apps.run("Greeter", {"name": "Ann"})
        some_id = refused.value.hint.rpartition(" ")[2]
        assert (await apps.run(some_id, {"name": "Ann"}))["data"]["status"] == "succeeded"


async def test_without_files_the_apps_of_the_home_run(here):
    async with dify_apps.open("greeter.yml", home=here / "home"):
        pass
    async with dify_apps.open(home=here / "home") as apps:
        assert apps.names == ()
        assert (await apps.run("Greeter", {"name": "Ann"}))["data"]["outputs"] == {"name": "Ann"}


async def test_a_file_that_is_no_app_leaves_the_home_free(here):
    (here / "broken.yml").write_text("app: {name: x}\n", encoding="utf-8")
    with pytest.raises(ImportFailedError):
        async with dify_apps.open("broken.yml", home="home"):
            raise AssertionError("it was opened")
    async with dify_apps.open("greeter.yml", home="home") as apps:
        assert apps.names == ("Greeter",)


async def test_two_runtimes_live_in_one_process_but_not_in_one_home(here):
    async with (
        dify_apps.open("greeter.yml", home="one") as one,
        dify_apps.open("helper.yml", home="two", settings=SLOW) as two,
    ):
        assert (await one.run("Greeter", {"name": "Ann"}))["data"]["outputs"] == {"name": "Ann"}
        assert (await two.chat("Helper", "Hello"))["answer"] == "one two three four"
        with pytest.raises(AppNotFoundError):
            await one.chat("Helper", "Hello")
        with pytest.raises(DifyRuntimeError, match="in use by process"):
            async with dify_apps.open(home="one"):
                raise AssertionError("it was opened")


async def test_the_process_stays_as_the_program_has_it(here, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    root, showing, zone = list(logging.getLogger().handlers), warnings.showwarning, time.tzname
    async with dify_apps.open("greeter.yml") as apps:
        await apps.run("Greeter", {"name": "Ann"})
        assert (list(logging.getLogger().handlers), warnings.showwarning, time.tzname) == (root, showing, zone)
        assert os.environ["TZ"] == "Asia/Tokyo"
        assert not (await _state("logging", apps))


async def _state(name, apps):
    from dify_runtime_sdk import Introspection

    plugins = (await apps.runtime.services.get(Introspection)).plugins()
    return next(one["state"] for one in plugins if one["name"] == name) == "started"


async def test_uploads_are_files_of_a_run(here):
    text = GREETER.replace("variable: name, label: Name, type: text-input", "variable: name, label: N, type: file")
    text = text.replace("max_length: 48", "allowed_file_types: [document], allowed_file_upload_methods: [local_file]")
    (here / "greeter.yml").write_text(text, encoding="utf-8")
    async with dify_apps.open("greeter.yml") as apps:
        file = await apps.upload("Greeter", b"words", filename="notes.txt", mime_type="text/plain", user="ann")
        named = {"type": "document", "transfer_method": "local_file", "upload_file_id": file.id}
        run = await apps.run("Greeter", {"name": named}, user="ann")
        assert run["data"]["outputs"]["name"]["filename"] == "notes.txt"


async def test_without_serving_there_is_nothing_to_mount(here):
    async with dify_apps.open("greeter.yml") as apps:
        with pytest.raises(DifyRuntimeError, match="serves no HTTP"):
            _ = apps.asgi


def test_importing_the_library_is_cheap():
    heavy = ("sqlalchemy", "quart", "httpx", "dify_runtime", "yaml")
    code = f"import dify_apps, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
