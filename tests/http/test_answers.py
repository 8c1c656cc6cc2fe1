"""Return values of handlers, as they go over the wire."""

from uuid import UUID

import pytest
from pydantic import BaseModel, Field
from quart import Response
from werkzeug.wrappers import Response as WerkzeugResponse


class Note(BaseModel):
    id: UUID = UUID(int=1)
    text: str = Field("ä", serialization_alias="Text")
    ratio: float = float("inf")


NOTE = '{"id":"00000000-0000-0000-0000-000000000001","Text":"ä","ratio":null}'


@pytest.mark.parametrize(
    ("value", "status", "body"),
    [
        (Note(), 200, NOTE),
        ({"b": 1, "a": "ä"}, 200, '{"b":1,"a":"\\u00e4"}\n'),
        ([], 200, "[]\n"),
        ({}, 200, "{}\n"),
        ("text", 200, '"text"\n'),
        (False, 200, "false\n"),
        (0, 200, "0\n"),
        ((Note(), 201), 201, NOTE),
        (({"a": 1}, 202), 202, '{"a":1}\n'),
        ((None, 202), 202, ""),
        (None, 204, ""),
        (({"result": "success"}, 204), 204, ""),
        ((Note(), 304), 304, ""),
    ],
)
async def test_data_becomes_json_with_its_status(serve_handler, client_of, value, status, body):
    async def handler(context):
        return value

    client = await client_of(serve_handler(handler))
    answer = await client.post("/x/it")
    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers.get("content-type") == ("application/json" if body else None)


async def test_a_routes_status_is_that_of_plain_data(serve_handler, client_of):
    async def handler(context):
        return Note()

    client = await client_of(serve_handler(handler, status=201))
    assert (await client.post("/x/it")).status_code == 201


@pytest.mark.parametrize("value", [None, {"result": "success"}])
async def test_an_answer_without_content_has_neither_type_nor_length(serve_handler, client_of, value):
    async def handler(context):
        return value

    client = await client_of(serve_handler(handler, status=204))
    answer = await client.post("/x/it")
    assert (answer.status_code, answer.content) == (204, b"")
    assert {"content-type", "content-length"}.isdisjoint(answer.headers)


async def test_a_third_member_adds_headers(serve_handler, client_of):
    async def handler(context):
        return {"a": 1}, 200, {"X-More": "1"}

    client = await client_of(serve_handler(handler))
    assert (await client.post("/x/it")).headers["X-More"] == "1"


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (Response("hello", 203, content_type="text/plain"), 203),
        (WerkzeugResponse("hello", 203, content_type="text/plain"), 203),
        ((Response("hello", content_type="text/plain"), 418), 418),
        ((WerkzeugResponse("hello", content_type="text/plain"), 418, {"X-More": "1"}), 418),
    ],
)
async def test_a_response_goes_out_as_it_is(serve_handler, client_of, value, status):
    async def handler(context):
        return value

    client = await client_of(serve_handler(handler, status=201))
    answer = await client.post("/x/it")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (status, "hello", "text/plain")


@pytest.mark.parametrize("value", [object(), (1, 2, 3, 4), b"bytes", {object(): 1}])
async def test_what_is_no_data_is_an_internal_error(serve_handler, client_of, value):
    async def handler(context):
        return value

    client = await client_of(serve_handler(handler))
    answer = await client.post("/x/it")
    assert (answer.status_code, answer.json()["code"]) == (500, "unknown")


@pytest.mark.parametrize(("seconds", "limit"), [(None, ...), (0, None), (1.5, 1.5)])
async def test_a_routes_timeout_limits_its_response(serve_handler, seconds, limit):
    async def handler(context):
        return {}

    app = serve_handler(handler, timeout=seconds)
    async with app.quart.test_request_context("/x/it", method="POST"):
        view = app.quart.view_functions["x:0"]
        assert (await view()).timeout == limit


async def test_a_handlers_own_timeout_stays(serve_handler):
    async def handler(context):
        response = Response("")
        response.timeout = 7
        return response

    app = serve_handler(handler, timeout=0)
    async with app.quart.test_request_context("/x/it", method="POST"):
        assert (await app.quart.view_functions["x:0"]()).timeout == 7
