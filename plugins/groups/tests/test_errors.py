"""Prefixes and error bodies of the seven groups."""

import pytest

STANDARD = ["/console/api", "/v1", "/api", "/files", "/inner/api", "/mcp"]
TRIGGER = ["/triggers", "/trigger"]


@pytest.mark.parametrize("prefix", [*STANDARD, *TRIGGER])
async def test_a_group_answers_below_its_prefix(boot, prefix):
    client = await boot()
    answer = await client.get(f"{prefix}/it")
    assert answer.status_code == 200


@pytest.mark.parametrize("prefix", STANDARD)
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/fail/value", 400, "invalid_param"),
        ("GET", "/fail/missing", 404, "not_found"),
        ("GET", "/fail/bug", 500, "unknown"),
        ("PUT", "/it", 405, "method_not_allowed"),
    ],
)
async def test_six_groups_share_one_shape(boot, prefix, method, path, status, code):
    client = await boot()
    answer = await client.request(method, prefix + path)
    assert answer.status_code == status
    assert (answer.json()["code"], answer.json()["status"]) == (code, status)
    assert set(answer.json()) == {"code", "message", "status"}


@pytest.mark.parametrize("prefix", TRIGGER)
@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/fail/bad", 400, {"error": "Bad Request", "message": "GET is not what the webhook expects"}),
        ("GET", "/fail/value", 400, {"error": "Bad Request", "message": "wrong value"}),
        ("GET", "/fail/invalid", 400, {"error": "Bad Request", "message": "wrong parameter"}),
        ("GET", "/fail/large", 413, {"error": "Request Entity Too Large", "message": "too large"}),
        ("GET", "/fail/bug", 500, {"error": "Internal server error", "message": "Internal Server Error"}),
        (
            "PUT",
            "/it",
            405,
            {"error": "Method Not Allowed", "message": "The method is not allowed for the requested URL."},
        ),
    ],
)
async def test_the_trigger_group_has_bare_objects(boot, prefix, method, path, status, body):
    client = await boot()
    answer = await client.request(method, prefix + path)
    assert (answer.status_code, answer.json()) == (status, body)


@pytest.mark.parametrize("path", ["/triggers/fail/missing", "/triggers/unknown", "/trigger/unknown", "/triggers"])
async def test_the_trigger_group_has_pages_for_what_is_not_found(boot, path):
    client = await boot()
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Not Found</h1>" in answer.text


def test_a_status_of_somebodys_own_is_worded_too():
    from dify_groups.group_trigger.errors import TriggerErrors
    from dify_runtime_sdk.http import HttpError

    class Odd(HttpError):
        status = 499

    assert TriggerErrors().render(Odd("gone")).body == {"error": "Error", "message": "gone"}
