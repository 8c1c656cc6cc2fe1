"""Errors on the wire: one row per cause."""

import logging
from uuid import UUID

import pytest
from pydantic import BaseModel, TypeAdapter
from quart import Response, abort, request
from werkzeug import exceptions as werkzeug

from dify_runtime_sdk import PluginError
from dify_runtime_sdk.http import (
    BlueprintGroup,
    ErrorAnswer,
    Forbidden,
    HttpError,
    InternalServerError,
    InvalidParam,
    NotFound,
    PayloadTooLarge,
    Unauthorized,
    UnknownRoute,
)


class AppUnavailable(HttpError):
    status = 400
    code = "app_unavailable"
    default_message = "App unavailable."


class LimitReached(ValueError):
    pass


class HTTPVersionWrong(werkzeug.HTTPException):
    code = 505
    description = "Another version, please."


class Inner(BaseModel):
    number: int


INTERNAL = (500, {"code": "unknown", "message": "Internal Server Error", "status": 500})
BAD_REQUEST = "The browser (or proxy) sent a request that this server could not understand."


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (AppUnavailable(), 400, "app_unavailable", "App unavailable."),
        (AppUnavailable("gone"), 400, "app_unavailable", "gone"),
        (InvalidParam("x is missing"), 400, "invalid_param", "x is missing"),
        (Forbidden("no"), 403, "forbidden", "no"),
        (NotFound("Dataset not found."), 404, "not_found", "Dataset not found."),
        (PayloadTooLarge("big"), 413, "request_entity_too_large", "big"),
        (InternalServerError(), 500, "unknown", "Internal Server Error"),
        (werkzeug.BadRequest(), 400, "bad_request", BAD_REQUEST),
        (werkzeug.BadRequest("why"), 400, "bad_request", "why"),
        (werkzeug.BadRequestKeyError("file"), 400, "bad_request_key_error", BAD_REQUEST),
        (werkzeug.Unauthorized("who"), 401, "unauthorized", "who"),
        (werkzeug.Forbidden("no"), 403, "forbidden", "no"),
        (werkzeug.NotFound("none"), 404, "not_found", "none"),
        (werkzeug.Conflict("twice"), 409, "conflict", "twice"),
        (werkzeug.RequestEntityTooLarge("big"), 413, "request_entity_too_large", "big"),
        (werkzeug.UnsupportedMediaType("what"), 415, "unsupported_media_type", "what"),
        (werkzeug.UnprocessableEntity("no"), 422, "unprocessable_entity", "no"),
        (werkzeug.TooManyRequests("slow"), 429, "too_many_requests", "slow"),
        (werkzeug.InternalServerError("oh"), 500, "internal_server_error", "oh"),
        (HTTPVersionWrong(), 505, "http_version_wrong", "Another version, please."),
        (ValueError("text of it"), 400, "invalid_param", "text of it"),
        (LimitReached("too many"), 400, "invalid_param", "too many"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), 400, "invalid_param", None),
        (RuntimeError("hunter2"), 500, "unknown", "Internal Server Error"),
        (KeyError("hunter2"), 500, "unknown", "Internal Server Error"),
        (TimeoutError("hunter2"), 500, "unknown", "Internal Server Error"),
        (PluginError("hunter2", hint="hunter2"), 500, "unknown", "Internal Server Error"),
        (ExceptionGroup("hunter2", [ValueError("hunter2")]), 500, "unknown", "Internal Server Error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_a_handler_raises_is_answered(serve_handler, client_of, error, status, code, message):
    async def handler(context):
        raise error

    client = await client_of(serve_handler(handler))
    answer = await client.post("/x/it")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"code": code, "message": message or str(error), "status": status}
    assert answer.status_code == status


async def test_a_validation_inside_the_handler_is_answered_like_one_of_its_arguments(serve_handler, client_of):
    async def handler(context):
        return TypeAdapter(Inner).validate_python({"number": "x"})

    client = await client_of(serve_handler(handler))
    answer = (await client.post("/x/it")).json()
    assert answer["code"] == "invalid_param"
    assert answer["message"].startswith("1 validation error for Inner\nnumber\n")


async def test_a_missing_part_of_a_form_is_named_as_such(serve_handler, client_of):
    async def handler(context):
        return (await request.files)["file"].filename

    client = await client_of(serve_handler(handler))
    answer = await client.post("/x/it", files={"other": b"1"})
    assert answer.json() == {"code": "bad_request_key_error", "message": BAD_REQUEST, "status": 400}


@pytest.mark.parametrize(
    "fail",
    [lambda response: abort(response), lambda response: werkzeug.Conflict(response=response)],
    ids=["abort", "exception"],
)
async def test_an_error_with_a_response_sends_that(serve_handler, client_of, fail):
    async def handler(context):
        raise fail(Response("mine", 409))

    client = await client_of(serve_handler(handler))
    answer = await client.post("/x/it")
    assert (answer.status_code, answer.text) == (409, "mine")


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (HttpError(headers={"X-More": "1"}), "X-More", "1"),
        (Unauthorized(), "WWW-Authenticate", 'Bearer realm="api"'),
        (Unauthorized(headers={"WWW-Authenticate": "Basic"}), "WWW-Authenticate", "Basic"),
        (werkzeug.TooManyRequests(retry_after=7), "Retry-After", "7"),
        (werkzeug.RequestedRangeNotSatisfiable(5), "Content-Range", "bytes */5"),
        (werkzeug.MethodNotAllowed(["PUT"]), "Allow", "PUT"),
    ],
)
async def test_headers_of_an_error_are_sent(serve_handler, client_of, error, name, value):
    async def handler(context):
        raise error

    client = await client_of(serve_handler(handler))
    assert (await client.post("/x/it")).headers[name] == value


async def test_fields_of_an_error_are_sent(serve_handler, client_of):
    async def handler(context):
        raise InvalidParam("Bad value.", fields={"params": "limit", "id": UUID(int=1)})

    client = await client_of(serve_handler(handler))
    answer = (await client.post("/x/it")).json()
    assert (answer["params"], answer["id"]) == ("limit", str(UUID(int=1)))


async def test_an_unknown_route_is_a_page(serve_handler, client_of):
    async def handler(context):
        return {}

    client = await client_of(serve_handler(handler))
    for path in ("/x/its", "/x", "/nowhere"):
        answer = await client.post(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<h1>Not Found</h1>" in answer.text
        assert "did you mean" not in answer.text


async def test_another_method_is_refused_naming_those_there_are(serve_handler, client_of):
    async def handler(context):
        return {}

    client = await client_of(serve_handler(handler, method="GET"))
    answer = await client.put("/x/it")
    assert answer.json()["code"] == "method_not_allowed"
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_a_bug_is_logged_with_its_traceback(serve_handler, client_of, caplog):
    async def handler(context):
        raise RuntimeError("hunter2")

    client = await client_of(serve_handler(handler))
    with caplog.at_level(logging.DEBUG):
        answer = await client.post("/x/it?secret=query")
    assert "hunter2" not in answer.text
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.name.startswith("dify_runtime.http")
    assert record.getMessage() == "Exception on request POST /x/it"
    assert "hunter2" in caplog.text


async def test_what_a_client_did_wrong_is_no_error_in_the_log(serve_handler, client_of, caplog):
    async def handler(context):
        Inner.model_validate({"number": "hunter2"})

    client = await client_of(serve_handler(handler))
    with caplog.at_level(logging.DEBUG):
        await client.post("/x/it")
        await client.post("/nowhere")
    assert [record for record in caplog.records if record.name.startswith(("dify_runtime", "quart"))] == []


class Bare:
    """Another shape."""

    def render(self, error):
        if isinstance(error, UnknownRoute):
            return ErrorAnswer(404, {"error": "no such route"})
        return ErrorAnswer(error.status, {"error": error.message}, error.headers)


class Broken:
    """A shape with a bug."""

    def render(self, error):
        raise RuntimeError("hunter2")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/x/it", 500, {"error": "Internal Server Error"}),
        ("/x/other", 404, {"error": "no such route"}),
        ("/x", 404, {"error": "no such route"}),
    ],
)
async def test_a_group_words_its_own_errors(serve_handler, client_of, path, status, body):
    async def handler(context):
        raise RuntimeError

    client = await client_of(serve_handler(handler, group=BlueprintGroup("x", "/x", errors=Bare())))
    answer = await client.post(path)
    assert (answer.status_code, answer.json()) == (status, body)


async def test_a_broken_shape_is_answered_in_the_standard_one(serve_handler, client_of, caplog):
    async def handler(context):
        raise NotFound

    client = await client_of(serve_handler(handler, group=BlueprintGroup("x", "/x", errors=Broken())))
    answer = await client.post("/x/it")
    assert (answer.status_code, answer.json()) == INTERNAL
    assert "the error shape of blueprint group 'x' failed" in caplog.text


@pytest.mark.parametrize("name", ["QUART_DEBUG", "FLASK_DEBUG"])
@pytest.mark.parametrize(
    ("error", "message"),
    [(RuntimeError("hunter2"), "Internal Server Error"), (werkzeug.BadRequestKeyError("hunter2"), BAD_REQUEST)],
)
async def test_no_environment_makes_internals_public(serve_handler, client_of, monkeypatch, name, error, message):
    monkeypatch.setenv(name, "1")

    async def handler(context):
        raise error

    client = await client_of(serve_handler(handler))
    assert (await client.post("/x/it")).json()["message"] == message
