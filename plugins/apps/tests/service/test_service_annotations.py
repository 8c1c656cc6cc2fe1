"""`/apps/annotations` and `/apps/annotation-reply`."""

import asyncio

import pytest
from sqlalchemy import select

from dify_apps.plugin_annotations import AppsAnnotationsPlugin
from dify_apps.tables.annotations import APP_ANNOTATION_SETTINGS
from dify_runtime_sdk import Plugin, Service, Subscriber, hookimpl
from dify_runtime_sdk.model_uses import Embeddings, TextEmbeddings
from dify_runtime_sdk.models import ModelCredentialsError
from dify_runtime_sdk.tasks import TaskFinished
from dify_tasks.plugin import TasksPlugin
from dify_tasks.rows.plugin import TasksRowsPlugin
from dify_tasks.worker.plugin import TasksWorkerPlugin
from plugins.apps.tests.service.serving import SETTINGS, World, chatflow

NOBODY = "00000000-0000-4000-8000-000000000000"
MODEL = {"embedding_provider_name": "test", "embedding_model_name": "small"}


async def test_annotations_are_made_changed_listed_and_deleted(worlds):
    client = await worlds.app(chatflow())
    made = await client.post("/apps/annotations", question="Where?", answer="Here")
    assert made.status_code == 201
    annotation = made.json()
    assert isinstance(annotation.pop("created_at"), int)
    first = annotation.pop("id")
    assert annotation == {"question": "Where?", "answer": "Here", "hit_count": 0}
    await client.post("/apps/annotations", question="100% sure?", answer="Yes")
    changed = await client.put(f"/apps/annotations/{first}", question="Where now?", answer="There")
    assert (changed.status_code, changed.json()["answer"]) == (200, "There")

    page = (await client.get("/apps/annotations", limit=1)).json()
    assert [one["question"] for one in page.pop("data")] == ["100% sure?"]
    assert page == {"has_more": True, "limit": 1, "total": 2, "page": 1}
    for keyword, found in (("there", ["Where now?"]), ("0% S", ["100% sure?"]), ("%", ["100% sure?"]), ("x", [])):
        page = (await client.get("/apps/annotations", keyword=keyword)).json()
        assert ([one["question"] for one in page["data"]], page["total"]) == (found, len(found))

    assert (await client.call("DELETE", f"/apps/annotations/{first}")).status_code == 204
    assert (await client.get("/apps/annotations")).json()["total"] == 1


async def test_annotations_that_are_not_there_and_empty_ones_are_refused(world):
    client = await world.app(chatflow())
    for answer in (
        await client.put(f"/apps/annotations/{NOBODY}", question="a", answer="b"),
        await client.call("DELETE", f"/apps/annotations/{NOBODY}"),
    ):
        assert (answer.status_code, answer.json()["message"]) == (404, "Annotation not found")
    for body in ({"question": "a"}, {"question": "", "answer": "b"}):
        assert (await client.post("/apps/annotations", **body)).json()["code"] == "invalid_param"


async def test_a_page_of_annotations_has_a_hundred_at_most(world):
    client = await world.app(chatflow())
    assert (await client.get("/apps/annotations", limit=5000)).json()["limit"] == 100


class Embedding:
    def __init__(self):
        self.error = None
        self.free = asyncio.Event()
        self.free.set()

    async def embed(self, request):
        await self.free.wait()
        if self.error:
            raise self.error
        return Embeddings(vectors=[[1.0] for _ in request.texts])


@pytest.fixture
async def replying(runtime, plugins, database_settings):
    """A world that runs tasks, with an embedding model, and a queue of the tasks that ended."""
    model, ended = Embedding(), asyncio.Queue()

    class EmbeddingPlugin(Plugin):
        @hookimpl
        def services(self):
            return [Service(TextEmbeddings, lambda _runtime: model)]

        @hookimpl
        def subscribers(self):
            return [Subscriber(TaskFinished, ended.put)]

    more = {
        "tasks": TasksPlugin,
        "tasks-rows": TasksRowsPlugin,
        "tasks-worker": TasksWorkerPlugin,
        "embedding": EmbeddingPlugin,
        "apps-annotations": AppsAnnotationsPlugin,
    }
    world = World(await runtime({**plugins, **more}, roles=("api", "worker"), settings=SETTINGS | database_settings))
    return world, model, ended


async def settings_of(world):
    table = APP_ANNOTATION_SETTINGS.c
    query = select(table.app_id, table.score_threshold)
    database = await world.database()
    found = await database.read(lambda session: session.execute(query))
    return [tuple(row) for row in found.all()]


async def test_replies_are_turned_on_and_off_by_a_job(replying):
    world, model, ended = replying
    client, other = await world.app(chatflow()), await world.app(chatflow(name="Other"))

    async def switch(action, threshold):
        answer = await client.post(f"/apps/annotation-reply/{action}", score_threshold=threshold, **MODEL)
        assert (answer.status_code, answer.json()["job_status"]) == (200, "waiting"), answer.text
        await asyncio.wait_for(ended.get(), 30)
        return f"/apps/annotation-reply/{action}/status/{answer.json()['job_id']}"

    path = await switch("enable", 0.9)
    done = (await client.get(path)).json()
    assert done == {"job_id": path.rpartition("/")[2], "job_status": "completed", "error_msg": ""}
    assert await settings_of(world) == [(client.app_id, 0.9)]
    await switch("enable", 0.5)
    assert await settings_of(world) == [(client.app_id, 0.5)]
    shown = (await client.get("/parameters")).json()["annotation_reply"]
    assert (shown["enabled"], shown["score_threshold"], shown["embedding_model"]) == (True, 0.5, MODEL)
    assert (await other.get("/parameters")).json()["annotation_reply"] == {"enabled": False}

    for asking, wrong in ((other, path), (client, path.replace("enable", "disable"))):
        unknown = await asking.get(wrong)
        assert (unknown.status_code, unknown.json()["message"]) == (400, "The job does not exist.")

    await switch("disable", 0.0)
    assert await settings_of(world) == []
    model.error = ModelCredentialsError("no key for test")
    failed = (await client.get(await switch("enable", 0.9))).json()
    assert failed["job_status"] == "error"
    assert "no key for test" in failed["error_msg"]
    assert await settings_of(world) == []


async def test_a_job_that_goes_on_is_not_begun_twice(replying):
    world, model, ended = replying
    client = await world.app(chatflow())
    model.free.clear()
    answers = [(await client.post("/apps/annotation-reply/enable", score_threshold=0.9, **MODEL)).json() for _ in "ab"]
    assert [one["job_status"] for one in answers] == ["waiting", "processing"]
    assert answers[0]["job_id"] == answers[1]["job_id"]
    model.free.set()
    await asyncio.wait_for(ended.get(), 30)
    again = (await client.post("/apps/annotation-reply/enable", score_threshold=0.8, **MODEL)).json()
    assert (again["job_status"], again["job_id"] != answers[0]["job_id"]) == ("waiting", True)
    await asyncio.wait_for(ended.get(), 30)


async def test_a_server_without_tasks_says_that_replies_cannot_be_changed(world):
    client = await world.app(chatflow())
    answer = await client.post("/apps/annotation-reply/enable", score_threshold=0.9, **MODEL)
    assert (answer.status_code, answer.json()["code"]) == (400, "annotation_reply_unavailable")
    assert (await client.post("/apps/annotation-reply/toggle", score_threshold=0.9, **MODEL)).status_code in {400, 404}
    assert (await client.post("/apps/annotation-reply/enable")).json()["code"] == "invalid_param"
