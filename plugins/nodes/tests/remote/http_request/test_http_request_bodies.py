"""The bodies that `http-request` nodes send."""

import json
from email import message_from_bytes

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.workflow import NodeError


def post(url, kind, data, **more):
    return {"type": "http-request", "method": "post", "url": url, "body": {"type": kind, "data": data}} | more


def text(value, key=""):
    return {"key": key, "type": "text", "value": value}


def from_file(selector, key=""):
    return {"key": key, "type": "file", "file": selector}


def parts(request):
    head = f"Content-Type: {request.header('content-type')}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body)
    assert message.is_multipart()
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get("content-type"),
            part.get_payload(decode=True),
        )
        for part in message.get_payload()
    ]


@pytest.mark.parametrize("data", ["", None, [], "ignored"])
async def test_none_sends_nothing(guarded, serve, data):
    server = await serve()

    await guarded.run(**post(server.url, "none", data))

    assert (server.request.body, server.request.header("content-type")) == (b"", None)


@pytest.mark.parametrize("data", ['{"q": "{{#start.q#}}"}', [text('{"q": "{{#start.q#}}"}')]])
async def test_json_is_rendered_and_sent_as_such(guarded, serve, data):
    server = await serve()

    await guarded.run({"start.q": "né"}, **post(server.url, "json", data))

    assert json.loads(server.request.body) == {"q": "né"}
    assert server.request.header("content-type") == "application/json"


@pytest.mark.parametrize(
    ("template", "value", "sent"),
    [
        ('{"q": "{{#start.q#}}"}', 'he said "hi" twice', {"q": 'he said "hi" twice'}),
        ('{"q": "{{#start.q#}}"}', "two\nlines", {"q": "two\nlines"}),
        ('{"q": {{#start.q#}}, }', 7, {"q": 7}),
        ("{q: '{{#start.q#}}'}", "x", {"q": "x"}),
        ('{"q": {{#start.q#}}', [1, 2], {"q": [1, 2]}),
        ("{{#start.q#}}", {"a": [None]}, {"a": [None]}),
        ("{{#start.q#}}", 5, 5),
    ],
)
async def test_almost_json_is_repaired(guarded, serve, template, value, sent):
    server = await serve()

    await guarded.run({"start.q": value}, **post(server.url, "json", [text(template)]))

    assert json.loads(server.request.body) == sent


@pytest.mark.parametrize("value", ["", "   ", "nothing like it", "[" * 100_000])
async def test_what_is_no_json_fails(guarded, serve, value):
    server = await serve()

    with pytest.raises(NodeError, match="no JSON") as caught:
        await guarded.run({"start.q": value}, **post(server.url, "json", [text("{{#start.q#}}")]))

    assert (caught.value.error_type, server.requests) == ("RequestBodyError", [])


@pytest.mark.parametrize("kind", ["json", "raw-text", "binary"])
@pytest.mark.parametrize("data", [[], [text("1"), text("2")]])
async def test_bodies_of_one_item_have_exactly_one(guarded, serve, kind, data):
    with pytest.raises(NodeError, match="exactly one item") as caught:
        await guarded.run(**post((await serve()).url, kind, data))

    assert caught.value.error_type == "RequestBodyError"


async def test_raw_text_is_plain_text_in_utf_8(guarded, serve):
    server = await serve()

    await guarded.run({"start.q": "né"}, **post(server.url, "raw-text", "<{{#start.q#}}>"))

    assert server.request.body.decode() == "<né>"
    assert server.request.header("content-type") == "text/plain"


@pytest.mark.parametrize(
    ("kind", "data"),
    [("json", "{}"), ("raw-text", "x"), ("x-www-form-urlencoded", "a:b"), ("binary", [from_file(["start", "file"])])],
)
async def test_a_given_content_type_stays(guarded, serve, make, kind, data):
    server = await serve()

    await guarded.run(
        {"start.file": make("file", "doc")}, **post(server.url, kind, data, headers="content-type: text/x-mine")
    )

    assert server.request.header("content-type") == "text/x-mine"


async def test_a_form_is_urlencoded(guarded, serve):
    server = await serve()
    data = [text("{{#start.v#}}", "a b"), text("2", "{{#start.k#}}"), text("lost", "")]

    await guarded.run({"start.v": "x&y=z", "start.k": "é"}, **post(server.url, "x-www-form-urlencoded", data))

    assert server.request.body == b"a+b=x%26y%3Dz&%C3%A9=2"
    assert server.request.header("content-type") == "application/x-www-form-urlencoded"


async def test_old_files_write_forms_as_lines(guarded, serve):
    server = await serve()
    lines = "a: 1\n\nb:x:{{#start.v#}}\nc"

    await guarded.run({"start.v": "y"}, **post(server.url, "x-www-form-urlencoded", lines))
    await guarded.run({"start.v": "y"}, **post(server.url, "form-data", lines))

    assert server.requests[0].body == b"a=1&b=x%3Ay&c="
    fields = [(name, content) for name, filename, _, content in parts(server.requests[1]) if filename is None]
    assert fields == [("a", b"1"), ("b", b"x:y"), ("c", b"")]


async def test_a_form_without_files_is_multipart_all_the_same(guarded, serve):
    server = await serve()

    await guarded.run(**post(server.url, "form-data", [text("1", "a")]))

    assert b'name="__multipart_placeholder__"; filename=""' in server.request.body
    assert parts(server.request)[0] == ("a", None, None, b"1")


async def test_a_given_content_type_of_a_form_is_removed(guarded, serve):
    server = await serve()

    await guarded.run(**post(server.url, "form-data", [text("1", "a")], headers="Content-Type: multipart/form-data"))

    assert server.request.header("content-type").startswith("multipart/form-data; boundary=")


async def test_files_of_a_form_are_sent_with_name_and_type(guarded, serve, make):
    server = await serve()
    variables = {
        "start.one": make("file", "doc", filename="dóc.txt", mime_type="text/plain"),
        "start.many": [make("file", "pic", mime_type=None), make("file", "doc", filename=None)],
    }
    data = [
        text("lost", ""),
        from_file(["start", "one"], "f"),
        from_file(["start", "many"], "g"),
        from_file(["start", "gone"], "h"),
        from_file([], "i"),
        text("1", "a"),
    ]

    result = await guarded.run(variables, **post(server.url, "form-data", data))

    assert [part[1:] for part in parts(server.request)[1:]] == [
        ("pic.png", "application/octet-stream", b"\x89PNG"),
        ("file", "application/octet-stream", b"content of doc"),
        (None, None, b"1"),
    ]
    assert (
        'name="f"; filename="dóc.txt"\r\nContent-Type: text/plain\r\n\r\ncontent of doc'.encode() in server.request.body
    )
    assert b"__multipart_placeholder__" not in server.request.body
    log = result.process_data["request"]
    assert "<14 bytes>" in log
    assert "content of doc" not in log


async def test_names_in_a_form_cannot_break_out_of_their_header(guarded, serve, make):
    server = await serve()
    evil = 'a"\r\nX-Evil: 1\r\n\r\n'
    file = make("file", "doc", filename='b"\r\nX-Evil: 2', mime_type="text/plain\r\nX-Evil: 3")

    await guarded.run(
        {"start.k": evil, "start.f": file},
        **post(server.url, "form-data", [text("1", "{{#start.k#}}"), from_file(["start", "f"], "f")]),
    )

    assert b"\r\nX-Evil" not in server.request.body
    assert len(parts(server.request)) == 2


async def test_a_binary_body_is_the_content_of_the_file(guarded, serve, make):
    server = await serve()

    result = await guarded.run(
        {"start.file": [make("file", "doc")]}, **post(server.url, "binary", [from_file(["start", "file"])])
    )

    assert server.request.body == b"content of doc"
    assert server.request.header("content-type") == "application/octet-stream"
    assert result.process_data["request"].endswith("\r\n\r\n<doc.png, 14 bytes>")


@pytest.mark.parametrize("value", [None, "no file", [], ["no file"]])
async def test_a_binary_body_without_a_file_fails(guarded, serve, value):
    with pytest.raises(NodeError, match="exactly one file") as caught:
        await guarded.run({"start.file": value}, **post((await serve()).url, "binary", [from_file(["start", "file"])]))

    assert caught.value.error_type == "FileFetchError"


@pytest.mark.parametrize("kind", ["binary", "form-data"])
async def test_a_file_that_cannot_be_read_fails(guarded, serve, make, kind):
    data = post((await serve()).url, kind, [from_file(["start", "file"], "f")])

    with pytest.raises(NodeError, match="gone") as caught:
        await guarded.run({"start.file": make("file", "lost")}, **data)

    assert caught.value.error_type == "FileFetchError"


async def test_the_log_shows_the_beginning_of_a_long_body(guarded, serve):
    server = await serve()

    result = await guarded.run(**post(server.url, "raw-text", "x" * 300_000))

    assert len(server.request.body) == 300_000
    assert len(result.process_data["request"]) < 101_000


@pytest.mark.parametrize("body", ["text", {"type": "magic"}, {"type": "json", "data": [{"type": "magic"}]}])
def test_a_malformed_body_is_an_error_of_the_file(bench, body):
    with pytest.raises(ValidationError):
        bench.node(type="http-request", method="post", url="http://example.com", body=body)
