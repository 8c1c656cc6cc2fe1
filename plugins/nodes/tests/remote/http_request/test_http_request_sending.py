"""What `http-request` nodes send: method, URL, parameters, headers, credentials."""

import base64

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.workflow import NodeError


def http(url, **more):
    return {"type": "http-request", "method": "get", "url": url, "authorization": {"type": "no-auth"}} | more


def api_key(key, kind="bearer", header=""):
    return {"type": "api-key", "config": {"type": kind, "api_key": key, "header": header}}


@pytest.mark.parametrize("method", ["get", "POST", "put", "PATCH", "delete", "HEAD"])
async def test_the_method_is_sent_whatever_its_case(guarded, serve, method):
    server = await serve()

    await guarded.run(**http(f"{server.url}/a", method=method))

    assert (server.request.method, server.request.target) == (method.upper(), "/a")


async def test_options_is_accepted_in_a_file_and_fails_at_run_time(guarded, serve):
    server = await serve()

    with pytest.raises(NodeError, match="OPTIONS"):
        await guarded.run(**http(server.url, method="OPTIONS"))

    assert server.requests == []


def test_an_unknown_method_is_an_error_of_the_file(bench):
    with pytest.raises(ValidationError):
        bench.node(**http("http://example.com", method="brew"))


async def test_the_url_is_a_template(guarded, serve):
    server = await serve()

    await guarded.run(
        {"start.url": server.url, "start.id": 7}, **http(" {{#start.url#}}/items/{{#start.id#}}?full=1#part ")
    )

    assert server.request.target == "/items/7?full=1"


@pytest.mark.parametrize(
    "url", ["", "ftp://example.com/x", "file:///etc/passwd", "example.com", "//example.com", "gopher://127.0.0.1:70/x"]
)
async def test_a_url_of_another_scheme_fails(guarded, url):
    with pytest.raises(NodeError, match="http:// or https://") as caught:
        await guarded.run({"start.url": url}, **http("{{#start.url#}}"))

    assert caught.value.error_type == "InvalidURLError"


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://exa mple.com/", "http://127.0.0.1:99999/"])
@pytest.mark.parametrize("params", ["", "a:b"])
async def test_a_url_that_cannot_be_read_fails(guarded, url, params):
    with pytest.raises(NodeError) as caught:
        await guarded.run({"start.url": url}, **http("{{#start.url#}}", params=params))

    assert caught.value.error_type in ("InvalidURLError", "HttpRequestNodeError", "WorkflowNodeError")


async def test_line_ends_in_a_url_fail(guarded, serve):
    server = await serve()

    with pytest.raises(NodeError, match="line ends"):
        await guarded.run({"start.x": "a HTTP/1.1\r\nX-Evil: 1"}, **http(f"{server.url}/{{{{#start.x#}}}}"))

    assert server.requests == []


async def test_parameters_are_split_and_then_rendered_and_join_the_query(guarded, serve):
    server = await serve()
    params = "a:{{#start.a#}}\n{{#start.name#}} : x y\na:2\n\n:nameless\nempty:\nblank"

    await guarded.run({"start.a": "1:2\n3&", "start.name": "né"}, **http(f"{server.url}/p?q=0", params=params))

    assert server.request.target == "/p?q=0&a=1%3A2%0A3%26&n%C3%A9=x+y&a=2&empty=&blank="


async def test_headers_are_rendered_as_a_whole_and_then_split(guarded, serve):
    server = await serve()
    headers = "X-One: a:b\n\n{{#start.more#}}\nX-Empty:\nX-One: last"

    await guarded.run({"start.more": "X-Two: 2\r\nX-Three: 3"}, **http(server.url, headers=headers))

    assert [server.request.header(name) for name in ("x-one", "x-two", "x-three", "x-empty")] == ["last", "2", "3", ""]


async def test_characters_outside_ascii_go_out_as_utf_8(guarded, serve):
    server = await serve()

    await guarded.run(**http(server.url, headers="X-Name: Zoë 🚀"))

    assert server.request.header("x-name") == "Zoë 🚀"


@pytest.mark.parametrize("value", ["a\rX-Evil: 1", "a\0b", "a\x0bb", "a\x7f"])
async def test_control_characters_in_a_header_fail(guarded, serve, value):
    server = await serve()

    with pytest.raises(NodeError, match="control characters") as caught:
        await guarded.run({"start.x": value}, **http(server.url, headers="X-A: {{#start.x#}}"))

    assert (caught.value.error_type, server.requests) == ("InvalidHeaderError", [])


@pytest.mark.parametrize("line", [": value", "na me: value", "näme: value", "{a}: b"])
async def test_a_malformed_name_of_a_header_fails(guarded, serve, line):
    with pytest.raises(NodeError) as caught:
        await guarded.run(**http((await serve()).url, headers=line))

    assert caught.value.error_type == "InvalidHeaderError"


async def test_headers_that_frame_the_body_are_ours_alone(guarded, serve):
    server = await serve()
    headers = "Content-Length: 4\nTransfer-Encoding: chunked"
    body = {"type": "raw-text", "data": "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"}

    await guarded.run(**http(server.url, method="post", headers=headers, body=body))

    assert len(server.requests) == 1
    assert server.request.header("content-length") == str(len(body["data"]))
    assert server.request.header("transfer-encoding") is None


@pytest.mark.parametrize(
    ("kind", "key", "sent"),
    [
        ("bearer", "K", "Bearer K"),
        ("basic", "K", "Basic K"),
        ("basic", "user:pass", f"Basic {base64.b64encode(b'user:pass').decode()}"),
        ("custom", "Token K", "Token K"),
    ],
)
async def test_credentials_have_the_form_of_their_kind(guarded, serve, kind, key, sent):
    server = await serve()

    await guarded.run({"env.KEY": key}, **http(server.url, authorization=api_key("{{#env.KEY#}}", kind)))

    assert server.request.header("authorization") == sent


async def test_credentials_go_into_the_named_header_and_replace_a_given_one(guarded, serve):
    server = await serve()

    await guarded.run(
        **http(server.url, headers="x-api-key: old", authorization=api_key("K", "custom", header="X-Api-Key"))
    )

    assert server.request.header("x-api-key") == "K"
    assert server.request.header("authorization") is None


@pytest.mark.parametrize(
    "authorization", [api_key(""), api_key("{{#env.EMPTY#}}"), {"type": "api-key", "config": None}]
)
async def test_an_empty_key_fails(guarded, serve, authorization):
    server = await serve()

    with pytest.raises(NodeError, match="API key is empty") as caught:
        await guarded.run({"env.EMPTY": " "}, **http(server.url, authorization=authorization))

    assert (caught.value.error_type, server.requests) == ("AuthorizationConfigError", [])


async def test_a_key_with_line_ends_fails_without_being_quoted(guarded, serve):
    with pytest.raises(NodeError, match="control characters") as caught:
        await guarded.run(**http((await serve()).url, authorization=api_key("sk-123\r\nX: y")))

    assert "sk-123" not in str(caught.value)


async def test_the_request_is_logged_with_its_credentials_masked(guarded, serve):
    server = await serve()
    data = http(
        f"{server.url}/a",
        method="post",
        params="q:1",
        headers="X-A: 1\nCookie: s=42",
        body={"type": "raw-text", "data": "hi"},
        authorization=api_key("sk-secret"),
    )

    result = await guarded.run(**data)

    host = server.url.removeprefix("http://")
    assert result.process_data["request"] == "\r\n".join(
        [
            "POST /a?q=1 HTTP/1.1",
            f"Host: {host}",
            "X-A: 1",
            f"Cookie: {'*' * 20}",
            f"Authorization: {'*' * 20}",
            "Content-Type: text/plain",
            "Content-Length: 2",
            "",
            "hi",
        ]
    )


async def test_the_log_masks_a_header_of_another_name_that_holds_the_key(guarded, serve):
    result = await guarded.run(**http((await serve()).url, authorization=api_key("sk-secret", "custom", "X-Token")))

    assert "sk-secret" not in result.process_data["request"]
    assert "X-Token: ****" in result.process_data["request"]


async def test_secret_variables_are_obscured_in_the_log_wherever_they_stand(guarded, serve):
    server = await serve()
    guarded.secrets = ["env.KEY"]
    secret = "s3cret/value+more"
    data = http(
        f"{server.url}/x",
        method="post",
        headers="X-Plain: {{#env.KEY#}}",
        params="key:{{#env.KEY#}}",
        body={"type": "x-www-form-urlencoded", "data": [{"key": "k", "type": "text", "value": "{{#env.KEY#}}"}]},
    )

    result = await guarded.run({"env.KEY": secret}, **data)

    assert server.request.header("x-plain") == secret
    assert server.request.body == b"k=s3cret%2Fvalue%2Bmore"
    log = result.process_data["request"]
    assert secret not in log
    assert "s3cret%2Fvalue%2Bmore" not in log
    assert "s3cret************" in log


async def test_nulls_of_old_files_stand_for_defaults(guarded, serve):
    server = await serve()
    nulls = dict.fromkeys(("authorization", "headers", "params", "body", "timeout", "ssl_verify"))

    result = await guarded.run(**(http(server.url) | nulls))

    assert result.outputs["status_code"] == 200
    assert server.request.body == b""
