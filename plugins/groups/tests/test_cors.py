"""The CORS policies of the seven groups: one row per group and kind of request."""

import pytest

A, Z = "https://a.example", "https://z.example"
SETTINGS = {"CONSOLE_CORS_ALLOW_ORIGINS": f"{A},http://localhost:3000"}
SERVICE_METHODS = "DELETE, GET, OPTIONS, PATCH, POST, PUT"
EVERY_HEADER = "Content-Type, X-App-Code, X-App-Passport, Authorization, X-CSRF-Token, X-Other"


def cors_headers(answer):
    prefix = "access-control-"
    return {name.removeprefix(prefix): value for name, value in answer.headers.items() if name.startswith(prefix)}


def headers(origin, *, credentials=False, methods=None, allowed=None):
    """The headers of an answer that allows `origin`."""
    expected = {"allow-origin": origin, "expose-headers": "X-Env, X-Trace-Id, X-Version"}
    expected |= {"allow-credentials": "true"} if credentials else {}
    return expected | ({"allow-methods": methods, "allow-headers": allowed} if methods else {})


@pytest.mark.parametrize(
    ("prefix", "origin", "expected"),
    [
        ("/console/api", A, headers(A, credentials=True)),
        ("/console/api", "http://localhost:3000", headers("http://localhost:3000", credentials=True)),
        ("/console/api", Z, {}),
        ("/v1", Z, headers(Z)),
        ("/api", Z, headers(Z, credentials=True)),
        ("/files", Z, headers(Z)),
        ("/inner/api", Z, {}),
        ("/mcp", Z, {}),
        ("/triggers", Z, headers(Z)),
        ("/trigger", Z, headers(Z)),
    ],
)
@pytest.mark.parametrize("path", ["/it", "/unknown", "/fail/bug"])
async def test_answers(boot, prefix, origin, expected, path):
    client = await boot(**SETTINGS)
    answer = await client.get(prefix + path, headers={"Origin": origin})
    assert cors_headers(answer) == expected
    assert answer.headers.get("Vary") == (None if prefix in {"/inner/api", "/mcp"} else "Origin")


@pytest.mark.parametrize(
    ("prefix", "origin", "expected"),
    [
        (
            "/console/api",
            A,
            headers(
                A,
                credentials=True,
                methods=SERVICE_METHODS,
                allowed="Authorization, Content-Type, X-App-Code, X-App-Passport, X-CSRF-Token",
            ),
        ),
        ("/console/api", Z, {}),
        (
            "/v1",
            Z,
            headers(Z, methods=SERVICE_METHODS, allowed="Authorization, Content-Type, X-App-Code, X-App-Passport"),
        ),
        (
            "/api",
            Z,
            headers(
                Z,
                credentials=True,
                methods=SERVICE_METHODS,
                allowed="Authorization, Content-Type, X-App-Code, X-App-Passport, X-CSRF-Token",
            ),
        ),
        (
            "/files",
            Z,
            headers(Z, methods=SERVICE_METHODS, allowed="Content-Type, X-App-Code, X-App-Passport, X-CSRF-Token"),
        ),
        ("/inner/api", Z, {}),
        ("/mcp", Z, {}),
        (
            "/triggers",
            Z,
            headers(
                Z,
                methods="DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
                allowed="Authorization, Content-Type, X-App-Code",
            ),
        ),
    ],
)
async def test_preflights(boot, prefix, origin, expected):
    client = await boot(**SETTINGS)
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": EVERY_HEADER}
    answer = await client.options(f"{prefix}/it", headers={"Origin": origin, **asked})
    assert (answer.status_code, cors_headers(answer)) == (200, expected)


async def test_the_rules_for_chat_messages_of_the_web_group_are_the_general_ones(boot):
    client = await boot()
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    answer = await client.options("/api/chat-messages", headers={"Origin": Z, **asked})
    assert cors_headers(answer) == headers(Z, credentials=True, methods=SERVICE_METHODS, allowed="authorization")


async def test_a_webhook_answers_its_preflight_itself(boot):
    client = await boot()
    asked = {"Access-Control-Request-Method": "POST"}
    answer = await client.options("/triggers/webhook/one", headers={"Origin": Z, **asked})
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
    assert answer.headers["Access-Control-Allow-Origin"] == Z


@pytest.mark.parametrize(
    ("settings", "origin", "allowed"),
    [
        ({}, A, False),
        ({}, "", False),
        ({"CONSOLE_WEB_URL": A}, A, True),
        ({"CONSOLE_WEB_URL": A, "CONSOLE_CORS_ALLOW_ORIGINS": Z}, A, False),
        ({"CONSOLE_WEB_URL": A, "CONSOLE_CORS_ALLOW_ORIGINS": Z}, Z, True),
        ({"CONSOLE_CORS_ALLOW_ORIGINS": f"{A},{Z}"}, Z, True),
        ({"CONSOLE_CORS_ALLOW_ORIGINS": f"{A}, {Z}"}, Z, False),
        ({"CONSOLE_CORS_ALLOW_ORIGINS": "*"}, Z, True),
    ],
)
async def test_who_may_call_the_console(boot, settings, origin, allowed):
    client = await boot(**settings)
    answer = await client.get("/console/api/it", headers={"Origin": origin})
    assert ("Access-Control-Allow-Origin" in answer.headers) is allowed


@pytest.mark.parametrize(
    ("settings", "origin", "allowed"),
    [
        ({}, Z, True),
        ({"WEB_API_CORS_ALLOW_ORIGINS": A}, A, True),
        ({"WEB_API_CORS_ALLOW_ORIGINS": A}, Z, False),
        ({"WEB_API_CORS_ALLOW_ORIGINS": f"{Z},{A}"}, A, True),
        ({"WEB_API_CORS_ALLOW_ORIGINS": ""}, A, False),
    ],
)
async def test_who_may_call_web_apps(boot, settings, origin, allowed):
    client = await boot(**settings)
    answer = await client.get("/api/it", headers={"Origin": origin})
    assert ("Access-Control-Allow-Origin" in answer.headers) is allowed
