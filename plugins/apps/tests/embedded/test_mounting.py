"""The ASGI application inside another program."""

import json

import httpx

import dify_apps
from plugins.apps.tests.embedded.conftest import SLOW


class Mounts:
    """A program that has applications below prefixes, and pages of its own."""

    def __init__(self, **below):
        self._below = below

    async def __call__(self, scope, receive, send):
        prefix = scope["path"].split("/")[1]
        app = self._below.get(prefix)
        if app is None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"a page of the program"})
        else:
            await app({**scope, "root_path": f"/{prefix}"}, receive, send)


def client(program):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=program), base_url="http://program.test")


def data_lines(text):
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


async def test_the_service_api_answers_below_a_prefix(here):
    async with (
        dify_apps.open(["helper.yml", "greeter.yml"], settings=SLOW, serving=True) as apps,
        client(Mounts(assistant=apps.asgi)) as http,
    ):
        assert (await http.get("/")).text == "a page of the program"
        headers = {"Authorization": f"Bearer {await apps.key('Helper')}"}
        body = {"inputs": {}, "query": "Hello", "user": "ann", "response_mode": "streaming"}
        answer = await http.post("/assistant/v1/chat-messages", headers=headers, json=body)
        told = data_lines(answer.text)
        assert [one["event"] for one in told] == [*["message"] * 4, "message_end"]
        ours = [event async for event in apps.chat("Helper", "Hello", user="ann")]
        assert [set(event) for event in told] == [set(event) for event in ours]
        events = f"/assistant/v1/workflow/{told[0]['message_id']}/events?user=ann"
        rest = await http.get(events, headers={**headers, "Last-Event-ID": "3"})
        assert data_lines(rest.text) == told[3:]
        assert (await http.post("/v1/chat-messages", headers=headers, json=body)).text == "a page of the program"


async def test_unknown_paths_and_keys_are_answered_in_the_shape_of_the_api(here):
    async with dify_apps.open("greeter.yml", serving=True) as apps, client(Mounts(api=apps.asgi)) as http:
        refused = await http.post("/api/v1/workflows/run", headers={"Authorization": "Bearer app-none"}, json={})
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
        assert (await http.get("/api/v1/nothing-here")).status_code == 404
        assert (await http.get("/api/health")).status_code == 200


async def test_two_runtimes_are_mounted_side_by_side(here):
    async with (
        dify_apps.open("greeter.yml", home="one", serving=True) as one,
        dify_apps.open("greeter.yml", home="two", serving=True) as two,
        client(Mounts(one=one.asgi, two=two.asgi)) as http,
    ):
        keys = {"one": await one.key("Greeter"), "two": await two.key("Greeter")}
        for name, other in (("one", "two"), ("two", "one")):
            body = {"inputs": {"name": name}, "user": "ann"}
            answer = await http.post(
                f"/{name}/v1/workflows/run", headers={"Authorization": f"Bearer {keys[name]}"}, json=body
            )
            assert answer.json()["data"]["outputs"] == {"name": name}
            foreign = await http.post(
                f"/{name}/v1/workflows/run", headers={"Authorization": f"Bearer {keys[other]}"}, json=body
            )
            assert foreign.status_code == 401
