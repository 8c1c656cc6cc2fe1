"""CORS: one row per kind of request."""

import pytest

from dify_runtime_sdk.http import BlueprintGroup, CorsPolicy, ErrorAnswer, Routes

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")
HEADERS = ("Content-Type", "X-App-Code", "Authorization")
EXPOSED = ("X-Version", "X-Env", "X-Trace-Id")
A, B, Z = "https://a.example", "http://B.example:8000", "https://z.example"

OPEN = CorsPolicy(("*",), METHODS, HEADERS, EXPOSED)
CREDENTIALS = CorsPolicy(("*",), METHODS, HEADERS, EXPOSED, credentials=True)
LISTED = CorsPolicy((A, B), METHODS, HEADERS, EXPOSED, credentials=True)
NOBODY = CorsPolicy(("",), METHODS, HEADERS, EXPOSED, credentials=True)
PLAIN = CorsPolicy(("*",), METHODS, HEADERS)


class Words:
    def render(self, error):
        return ErrorAnswer(error.status, {"error": error.message}, error.headers)


@pytest.fixture
async def client_with(build, client_of):
    """A client of an application whose group at /x (and /y) has this policy."""

    async def client_with(policy, **contributions):
        async def handler(context):
            return {}

        async def fails(context):
            raise RuntimeError

        async def own(context):
            return {}, 200, {"Access-Control-Allow-Origin": "https://own.example"}

        routes = Routes("x", public=True)
        for path, function in (("/it", handler), ("/fails", fails), ("/own", own)):
            routes.get(path)(function)
        routes.post("/read")(handler)
        groups = [BlueprintGroup("x", "/x", aliases=("/y",), cors=policy), BlueprintGroup("nested", "/x/nested")]
        app = build(groups=groups, routes=[routes, *contributions.pop("routes", ())], **contributions)
        return await client_of(app)

    return client_with


def cors_headers(answer):
    """The headers of CORS in an answer, in short."""
    short = {"access-control-allow-" + name: name for name in ("origin", "credentials", "methods", "headers")}
    short["access-control-expose-headers"] = "expose"
    return {
        short.get(name, name): value
        for name, value in answer.headers.items()
        if name.startswith("access-control-") or name == "vary"
    }


VARY = {"vary": "Origin"}
EXPOSE = {"expose": "X-Env, X-Trace-Id, X-Version"}
CREDIT = {"credentials": "true"}


@pytest.mark.parametrize(
    ("policy", "origin", "expected"),
    [
        (OPEN, None, VARY),
        (OPEN, "", VARY),
        (OPEN, Z, {"origin": Z} | EXPOSE | VARY),
        (OPEN, "null", {"origin": "null"} | EXPOSE | VARY),
        (PLAIN, Z, {"origin": Z} | VARY),
        (CREDENTIALS, Z, {"origin": Z} | EXPOSE | CREDIT | VARY),
        (LISTED, A, {"origin": A} | EXPOSE | CREDIT | VARY),
        (LISTED, B.lower(), {"origin": B.lower()} | EXPOSE | CREDIT | VARY),
        (LISTED, A.upper(), {"origin": A.upper()} | EXPOSE | CREDIT | VARY),
        (LISTED, Z, VARY),
        (LISTED, A + ":8443", VARY),
        (LISTED, A.replace("https", "http"), VARY),
        (LISTED, A + ".evil.example", VARY),
        (LISTED, "null", VARY),
        (LISTED, None, VARY),
        (NOBODY, A, VARY),
        (NOBODY, "", VARY),
        (None, A, {}),
    ],
)
async def test_an_answer_names_an_allowed_origin(client_with, policy, origin, expected):
    client = await client_with(policy)
    answer = await client.get("/x/it", headers={} if origin is None else {"Origin": origin})
    assert (answer.status_code, cors_headers(answer)) == (200, expected)


ALLOWED = {"methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT"}


@pytest.mark.parametrize(
    ("policy", "origin", "method", "asked", "expected"),
    [
        (OPEN, Z, "POST", None, {"origin": Z} | EXPOSE | ALLOWED | VARY),
        (OPEN, Z, "post", None, {"origin": Z} | EXPOSE | ALLOWED | VARY),
        (OPEN, Z, "POST", "content-type", {"origin": Z, "headers": "content-type"} | EXPOSE | ALLOWED | VARY),
        (
            OPEN,
            Z,
            "POST",
            "x-foo, X-App-Code,content-type , Authorization",
            {"origin": Z, "headers": "Authorization, X-App-Code, content-type"} | EXPOSE | ALLOWED | VARY,
        ),
        (OPEN, Z, "POST", "x-foo", {"origin": Z} | EXPOSE | ALLOWED | VARY),
        (OPEN, Z, "BREW", "content-type", {"origin": Z} | EXPOSE | VARY),
        (CREDENTIALS, Z, "GET", None, {"origin": Z} | EXPOSE | CREDIT | ALLOWED | VARY),
        (LISTED, A, "GET", None, {"origin": A} | EXPOSE | CREDIT | ALLOWED | VARY),
        (LISTED, Z, "GET", "content-type", VARY),
        (NOBODY, A, "GET", None, VARY),
    ],
)
async def test_a_preflight_is_answered_with_what_is_allowed(client_with, policy, origin, method, asked, expected):
    client = await client_with(policy)
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    headers |= {"Access-Control-Request-Headers": asked} if asked else {}
    for path in ("/x/it", "/y/it", "/x/unknown"):
        answer = await client.options(path, headers=headers)
        assert (answer.status_code, answer.content, cors_headers(answer)) == (200, b"", expected)


PREFLIGHT = {"Origin": A, "Access-Control-Request-Method": "GET"}


async def test_a_group_without_a_policy_leaves_preflights_to_quart(client_with):
    client = await client_with(None)
    answer = await client.options("/x/it", headers=PREFLIGHT)
    assert (answer.status_code, cors_headers(answer)) == (200, {})
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_options_without_a_method_asked_for_are_no_preflight(client_with):
    client = await client_with(OPEN)
    answer = await client.options("/x/it", headers={"Origin": A})
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert cors_headers(answer) == {"origin": A} | EXPOSE | VARY


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/x/unknown", 404), ("PUT", "/x/it", 405), ("POST", "/x/read", 413), ("GET", "/x/fails", 500)],
)
async def test_errors_have_the_headers_too(build, client_of, method, path, status):
    async def handler(context):
        return len(await context.request.get_data())

    async def fails(context):
        raise RuntimeError

    routes = Routes("x", public=True)
    routes.get("/it")(handler)
    routes.post("/read", max_body=1)(handler)
    routes.get("/fails")(fails)
    client = await client_of(build(groups=[BlueprintGroup("x", "/x", cors=OPEN, errors=Words())], routes=[routes]))
    content = b"12" if method == "POST" else None
    answer = await client.request(method, path, headers={"Origin": A}, content=content)
    assert (answer.status_code, cors_headers(answer)) == (status, {"origin": A} | EXPOSE | VARY)


async def test_the_failure_of_a_middleware_has_the_headers_too(client_with):
    def middleware(app):
        async def fail(scope, receive, send):
            raise RuntimeError

        return fail

    client = await client_with(OPEN, middleware=[middleware])
    answer = await client.get("/x/it", headers={"Origin": A})
    assert (answer.status_code, cors_headers(answer)) == (500, {"origin": A} | EXPOSE | VARY)


async def test_a_nested_group_has_its_own_policy(client_with):
    client = await client_with(OPEN)
    assert cors_headers(await client.get("/x/nested/it", headers={"Origin": A})) == {}
    assert cors_headers(await client.get("/xy", headers={"Origin": A})) == {}


async def test_an_answer_that_names_an_origin_is_left_alone(client_with):
    client = await client_with(OPEN)
    answer = await client.get("/x/own", headers={"Origin": A})
    assert cors_headers(answer) == {"origin": "https://own.example"}


async def test_other_vary_headers_stay(client_with):
    def middleware(app):
        async def vary(scope, receive, send):
            async def sending(message):
                if message["type"] == "http.response.start":
                    message["headers"].append((b"vary", b"Accept-Encoding"))
                await send(message)

            await app(scope, receive, sending)

        return vary

    client = await client_with(OPEN, middleware=[middleware])
    answer = await client.get("/x/it", headers={"Origin": A})
    assert answer.headers.get_list("vary") == ["Accept-Encoding", "Origin"]


async def test_middleware_sees_preflights(client_with):
    seen = []

    def middleware(app):
        async def note(scope, receive, send):
            seen.append((scope["method"], scope["path"]))
            await app(scope, receive, send)

        return note

    client = await client_with(OPEN, middleware=[middleware])
    await client.options("/x/it", headers=PREFLIGHT)
    assert seen == [("OPTIONS", "/x/it")]


async def test_a_group_that_answers_options_itself_gets_its_preflights(client_with):
    async def refuse(context):
        return {"error": "Bad Request"}, 400

    own = Routes("x", public=True)
    own.add("OPTIONS", "/hook", refuse)
    client = await client_with(OPEN, routes=[own])
    answer = await client.options("/x/hook", headers=PREFLIGHT)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request"})
    assert cors_headers(answer) == {"origin": A} | EXPOSE | ALLOWED | VARY
    automatic = await client.options("/x/it", headers=PREFLIGHT)
    assert (automatic.status_code, cors_headers(automatic)) == (200, {"origin": A} | EXPOSE | ALLOWED | VARY)


async def test_groups_are_found_below_what_the_server_is_mounted_at(build, recorder):
    async def handler(context):
        return {}

    routes = Routes("x", public=True)
    routes.get("/it")(handler)
    app = build(groups=[BlueprintGroup("x", "/x", cors=OPEN)], routes=[routes])
    headers = [(b"host", b"test"), (b"origin", A.encode())]
    run = await recorder(path="/mount/x/it", root_path="/mount", headers=headers).run(app.asgi)
    assert run.status == 200
    assert (b"access-control-allow-origin", A.encode()) in run.sent[0]["headers"]
