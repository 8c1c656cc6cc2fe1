"""Files elsewhere: what their servers say of them, and their content."""

import asyncio
import contextlib
import socket

import pytest

from dify_files import FileRules, Files, InvalidFileInput
from dify_runtime_sdk.workflow import FileType, TransferMethod, WorkflowError
from dify_runtime_sdk.workflow.files import WorkflowFiles


class Server:
    """Answers each method with what a test gives; counts the requests."""

    def __init__(self):
        self.answers = {}
        self.seen = []

    async def talk(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                method, path, _ = head.split(" ", 2)
                self.seen.append((method, path))
                sent = self.answers.get(method, b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")
                writer.write(sent)
                await writer.drain()
                if b"Connection: close" in sent:
                    break
        writer.close()


@pytest.fixture
async def server():
    made = Server()
    listener = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield made
    listener.close()


def answer(*headers, status=200, body=b"", length=None):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def read(foreign):
    async def read(booted, url, key="url", **more):
        files = await booted.services.get(Files)
        [file] = await files.inputs(
            [{"transfer_method": "remote_url", key: url} | more], rules=FileRules(), tenant_id=foreign
        )
        return file

    return read


@pytest.mark.parametrize(
    ("path", "headers", "name", "mime_type", "kind"),
    [
        ("/a/photo.png?x=1", (), "photo.png", "image/png", FileType.IMAGE),
        ("/x", ("Content-Type: image/jpeg; q=1",), "x.jpg", "image/jpeg", FileType.IMAGE),
        ("/x", ('Content-Disposition: attachment; filename="b.pdf"',), "b.pdf", "application/pdf", FileType.DOCUMENT),
        ("/x", ("Content-Disposition: inline; filename*=UTF-8''gr%C3%BCn.txt",), "grün.txt", "text/plain", "document"),
        ("/x", ('Content-Disposition: inline; filename="../../p.txt"',), "p.txt", "text/plain", FileType.DOCUMENT),
        ("/", (), "file.bin", "application/octet-stream", FileType.CUSTOM),
        ("/a.mp3", ("Content-Type: application/octet-stream",), "a.mp3", "audio/mpeg", FileType.AUDIO),
        ("/a%2F..%2Fb.txt", (), "b.txt", "text/plain", FileType.DOCUMENT),
    ],
)
async def test_headers_and_address_tell_name_type_and_size(
    path, headers, name, mime_type, kind, embedded, server, read, foreign
):
    server.answers["HEAD"] = answer(*headers, length=1234)
    file = await read(embedded, server.url + path)
    assert (file.filename, file.mime_type, file.type, file.size) == (name, mime_type, kind, 1234)
    assert file.transfer_method is TransferMethod.REMOTE_URL
    assert (file.url, file.remote_url, file.related_id) == (server.url + path, server.url + path, None)
    assert (file.tenant_id, file.extension) == (foreign, "." + name.rpartition(".")[2])
    assert [method for method, _ in server.seen] == ["HEAD"]


async def test_a_server_that_knows_no_head_is_asked_otherwise(embedded, server, read):
    server.answers["GET"] = answer("Content-Type: image/png", body=b"x" * 10)
    file = await read(embedded, f"{server.url}/x", key="remote_url")
    assert (file.mime_type, file.size) == ("image/png", 10)
    assert [method for method, _ in server.seen] == ["HEAD", "GET"]


async def test_a_server_that_is_down_leaves_what_the_address_says(embedded, read):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    file = await read(embedded, f"http://127.0.0.1:{port}/photo.png")
    assert (file.filename, file.type, file.size) == ("photo.png", FileType.IMAGE, -1)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/a.png",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://x/a",
        "x" * 3000,
        "http://[x",
    ],
)
async def test_an_address_that_is_not_public_is_refused(url, embedded, read):
    with pytest.raises(InvalidFileInput, match=r"^file 1: the URL is"):
        await read(embedded, url)


async def test_the_content_is_read_through_the_guard(embedded, server, read):
    server.answers["HEAD"] = answer(length=5)
    server.answers["GET"] = answer(body=b"hello")
    file = await read(embedded, f"{server.url}/a.txt")
    files = await embedded.services.get(WorkflowFiles)
    assert await files.read(file) == b"hello"
    assert b"".join([piece async for piece in files.stream(file)]) == b"hello"
    with pytest.raises(WorkflowError, match="larger than 4 bytes"):
        await files.read(file, limit=4)


@pytest.mark.parametrize("more_settings", [{"UPLOAD_FILE_SIZE_LIMIT": 1}])
async def test_content_over_the_limit_of_its_kind_is_broken_off(embedded, server, read):
    server.answers["HEAD"] = answer(length=5)
    server.answers["GET"] = answer(body=b"x" * ((1 << 20) + 1))
    file = await read(embedded, f"{server.url}/a.txt")
    with pytest.raises(WorkflowError, match=r"'a\.txt' cannot be read"):
        await (await embedded.services.get(WorkflowFiles)).read(file)


@pytest.mark.parametrize("sent", [answer(status=404), answer("Connection: close", body=b"x", length=100)])
async def test_content_that_cannot_be_had_is_a_typed_error(sent, embedded, server, read):
    server.answers.update(HEAD=answer(length=5), GET=sent)
    file = await read(embedded, f"{server.url}/a.txt")
    with pytest.raises(WorkflowError, match="cannot be read"):
        await (await embedded.services.get(WorkflowFiles)).read(file)


async def test_the_first_of_several_that_are_refused_is_named(embedded, server, foreign):
    server.answers["HEAD"] = answer(length=5)
    urls = [f"{server.url}/a.txt", "http://10.0.0.1/b.txt", "http://10.0.0.2/c.txt"]
    mappings = [{"transfer_method": "remote_url", "url": url} for url in urls]
    with pytest.raises(InvalidFileInput, match=r"^file 2: "):
        await (await embedded.services.get(Files)).inputs(mappings, rules=FileRules(), tenant_id=foreign)


async def test_a_private_address_is_refused_when_the_content_is_read_too(embedded):
    from dify_runtime_sdk.workflow import File

    file = File(type=FileType.IMAGE, transfer_method=TransferMethod.REMOTE_URL, remote_url="http://10.0.0.1/a.png")
    with pytest.raises(WorkflowError, match="cannot be read"):
        await (await embedded.services.get(WorkflowFiles)).read(file)
