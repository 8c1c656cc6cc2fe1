"""What `http-request` nodes make of answers: texts, files, statuses."""

import gzip

import pytest

from dify_runtime_sdk.workflow import NodeError


def http(url, **more):
    return {"type": "http-request", "method": "get", "url": url} | more


async def test_a_text_answer_is_the_body(guarded, serve, reply):
    server = await serve(reply(b'{"a": 1}', "Content-Type: application/json", "X-Two: a", "X-Two: b"))

    result = await guarded.run(**http(server.url))

    assert result.outputs == {
        "status_code": 200,
        "body": '{"a": 1}',
        "headers": {"content-length": "8", "content-type": "application/json", "x-two": "a, b"},
        "files": [],
    }
    assert guarded.files.stored == []
    assert list(result.process_data) == ["request"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "TEXT/CSV; header=present",
        "application/json; charset=utf-8",
        "application/problem+json",
        "application/atom+xml",
        "application/xml",
        "application/javascript",
        "application/x-www-form-urlencoded",
        "image/svg+xml",
        "multipart/mixed; boundary=x",
        "",
        ";;;",
    ],
)
async def test_types_of_text_are_text(guarded, serve, reply, content_type):
    server = await serve(reply(b"hello", f"Content-Type: {content_type}"))

    result = await guarded.run(**http(server.url))

    assert (result.outputs["body"], result.outputs["files"]) == ("hello", [])


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("image/png", "report.png"),
        ("application/pdf", "report.pdf"),
        ("application/octet-stream", "report.bin"),
        ("audio/mpeg", "report.mp3"),
        ("application/vnd.nobody.knows", "report"),
    ],
)
async def test_other_types_are_files_named_after_the_path(guarded, serve, reply, content_type, name):
    server = await serve(reply(b"\x00\x01", f"Content-Type: {content_type}"))

    result = await guarded.run(**http(f"{server.url}/files/report"))

    assert guarded.files.stored == [(b"\x00\x01", name, content_type, "tenant-1")]
    assert result.outputs["body"] == ""
    assert [file.filename for file in result.outputs["files"]] == [name]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment", "data.txt"),
        ("ATTACHMENT; filename=a.csv", "a.csv"),
        ('inline; filename="b c.txt"', "b c.txt"),
        ("attachment; filename*=UTF-8''n%C3%A9.txt", "né.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd.txt"),
        ('attachment; filename="..\\\\evil.txt"', "evil.txt"),
        ('attachment; filename="/"', "file.txt"),
        ('attachment; filename=""', "data.txt"),
    ],
)
async def test_an_attachment_is_a_file_whatever_its_type(guarded, serve, reply, disposition, name):
    server = await serve(reply(b"x", "Content-Type: text/plain", f"Content-Disposition: {disposition}"))

    await guarded.run(**http(f"{server.url}/data"))

    assert [stored[1] for stored in guarded.files.stored] == [name]


async def test_a_disposition_without_a_name_is_no_file(guarded, serve, reply):
    server = await serve(reply(b"x", "Content-Type: text/plain", "Content-Disposition: inline"))

    result = await guarded.run(**http(server.url))

    assert result.outputs["body"] == "x"


async def test_a_file_without_a_path_has_a_name_too(guarded, serve, reply):
    server = await serve(reply(b"x", "Content-Type: image/gif"))

    await guarded.run(**http(server.url))

    assert guarded.files.stored[0][1] == "file.gif"


async def test_an_empty_answer_is_no_file(guarded, serve, reply):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 70\r\n\r\n"
    server = await serve(head)

    result = await guarded.run(**http(server.url, method="head"))

    assert (result.outputs["body"], result.outputs["files"]) == ("", [])
    assert result.outputs["headers"]["content-length"] == "70"


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("né".encode(), None, "né"),
        ("né".encode("latin-1"), "iso-8859-1", "né"),
        ("中文".encode("gbk"), "gbk", "中文"),
        ("né".encode(), "ascii", "né"),
        ("né".encode(), "no-such-charset", "né"),
        (b"x", "base64", "x"),
        (b"xn--n-ufa", "punycode", "xn--n-ufa"),
        (b"\\u0041", "unicode_escape", "\\u0041"),
        ("né".encode("utf-8-sig"), "latin-1", "né"),
        ("né".encode("utf-16"), None, "né"),
        (b"\xff\xfe\x00\xd8", "utf-16", None),
        (b"", None, ""),
        (b"\x80\x81\xfe\xff" * 3, "utf-8", None),
    ],
)
async def test_texts_are_decoded_though_their_charset_is_missing_or_wrong(
    guarded, serve, reply, content, charset, text
):
    content_type = "text/plain" + (f"; charset={charset}" if charset else "")
    server = await serve(reply(content, f"Content-Type: {content_type}"))

    result = await guarded.run(**http(server.url))

    body = result.outputs["body"]
    assert isinstance(body, str) if text is None else body == text


async def test_an_undeclared_encoding_is_guessed(guarded, serve, reply):
    text = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5
    server = await serve(reply(text.encode("cp1251"), "Content-Type: text/plain"))

    result = await guarded.run(**http(server.url))

    assert result.outputs["body"] == text


async def test_a_compressed_answer_is_unpacked(guarded, serve, reply):
    server = await serve(reply(gzip.compress(b"hello"), "Content-Type: text/plain", "Content-Encoding: gzip"))

    result = await guarded.run(**http(server.url))

    assert result.outputs["body"] == "hello"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_answers_that_say_to_try_again_are_failures(guarded, serve, reply, status):
    server = await serve(reply(b"busy", status=status))

    with pytest.raises(NodeError) as caught:
        await guarded.run(**http(f"{server.url}/a?token=secret"))

    assert caught.value.message == f"Reached maximum retries (0) for URL {server.url}/a"
    assert caught.value.error_type == "HttpRequestNodeError"
    assert caught.value.outputs == {}
    assert caught.value.process_data["request"].startswith("GET /a?token=secret HTTP/1.1")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [204, 304, 400, 404, 410, 501, 599])
async def test_other_answers_are_successes_of_the_node(guarded, serve, reply, status):
    server = await serve(reply(b"", status=status))

    result = await guarded.run(**http(server.url))

    assert result.outputs["status_code"] == status


@pytest.mark.parametrize(
    "plan",
    [
        {"error_strategy": "fail-branch"},
        {"error_strategy": "default-value", "default_value": []},
        {"retry_config": {"retry_enabled": True, "max_retries": 1}},
    ],
)
async def test_other_answers_are_failures_where_the_node_has_a_plan_for_them(guarded, serve, reply, plan):
    server = await serve(reply(b"no such thing", "Content-Type: text/plain", status=404))

    with pytest.raises(NodeError) as caught:
        await guarded.run(**http(server.url, **plan))

    assert caught.value.message == "Request failed with status code 404"
    assert caught.value.error_type == "HTTPResponseCodeError"
    assert (caught.value.outputs["status_code"], caught.value.outputs["body"]) == (404, "no such thing")
    assert caught.value.process_data["request"]


async def test_a_plan_changes_nothing_for_a_success(guarded, serve, reply):
    server = await serve(reply(b"ok", status=201))

    result = await guarded.run(**http(server.url, error_strategy="fail-branch"))

    assert result.outputs["status_code"] == 201


@pytest.mark.parametrize("retry", [{"enabled": True, "max_retries": 1}, {"retry_enabled": False, "max_retries": 3}])
async def test_a_retry_that_is_not_enabled_is_no_plan(guarded, serve, reply, retry):
    server = await serve(reply(b"", status=404))

    result = await guarded.run(**http(server.url, retry_config=retry))

    assert result.outputs["status_code"] == 404


@pytest.mark.parametrize("header", ["Server: squid/6.6", "Via: 1.1 proxy (Squid/5.7)"])
@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_by_the_forward_proxy_is_the_guard_at_work(guarded, serve, reply, header, status):
    server = await serve(reply(b"", header, status=status))

    with pytest.raises(NodeError, match="Blocked by SSRF protection") as caught:
        await guarded.run(**http(server.url))

    assert caught.value.error_type == "WorkflowNodeError"
    assert caught.value.process_data["request"]


async def test_a_refusal_by_the_server_itself_is_an_answer(guarded, serve, reply):
    server = await serve(reply(b"", "Server: nginx", status=403))

    result = await guarded.run(**http(server.url))

    assert result.outputs["status_code"] == 403


def test_the_node_may_be_retried(bench):
    assert bench.node(**http("http://example.com")).retryable is True
