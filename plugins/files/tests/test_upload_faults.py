"""Uploads that go wrong half-way, over real connections."""

import asyncio
import socket

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from sqlalchemy import func, select

from dify_database import Database
from dify_files import Creator, FileLost, Files, FilesUnavailable, FileTooLarge
from dify_files.tables import UPLOAD_FILES
from dify_runtime_sdk.storage import Storage

WHO = Creator(role="account", id="44444444-4444-4444-4444-444444444444")
FLAKY = pytest.mark.parametrize("more_settings", [{"STORAGE_TYPE": "flaky"}])
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n'


async def rows(booted) -> int:
    database = await booted.services.get(Database)
    return await database.read(lambda session: session.scalar(select(func.count()).select_from(UPLOAD_FILES)))


@pytest.fixture
async def address(embedded):
    """The address of a server of the runtime."""
    listener = socket.create_server(("127.0.0.1", 0))
    config, address = Config(), listener.getsockname()
    config.bind = [f"fd://{listener.detach()}"]
    config.loglevel = "ERROR"
    ended = asyncio.Event()
    serving = asyncio.create_task(serve(embedded.runtime.http.asgi, config, shutdown_trigger=ended.wait))
    yield address
    ended.set()
    await serving


async def begin(address, headers, length):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(
        f"POST /v1/files/upload HTTP/1.1\r\nHost: x\r\nAuthorization: {headers['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n".encode()
        + HEAD
    )
    await writer.drain()
    return reader, writer


@FLAKY
async def test_a_connection_that_is_cut_leaves_nothing(embedded, key_of, stored, address):
    headers = await key_of(embedded)
    storage = await embedded.services.get(Storage)
    _, writer = await begin(address, headers, 1_000_000)
    writer.write(b"x" * 200_000)
    await writer.drain()
    await storage.begun.wait()
    writer.transport.abort()
    await storage.ended.wait()
    assert await stored(embedded) == []
    assert await rows(embedded) == 0


@pytest.mark.parametrize("more_settings", [{"UPLOAD_VIDEO_FILE_SIZE_LIMIT": 1}])
async def test_a_file_over_the_limit_is_refused_before_it_has_all_come(embedded, key_of, stored, address):
    reader, writer = await begin(address, await key_of(embedded), 2_000_000)
    writer.write(b"x" * (1 << 20) + b"y")
    await writer.drain()
    answer = await reader.readuntil(b"}")
    assert b" 413 " in answer
    assert b"file_too_large" in answer
    assert await stored(embedded) == []
    writer.close()


@pytest.mark.parametrize("more_settings", [{"HTTP_BODY_TIMEOUT": 0.2}])
async def test_a_client_that_falls_silent_is_given_up(embedded, key_of, stored, address):
    reader, writer = await begin(address, await key_of(embedded), 2_000_000)
    assert b" 408 " in await reader.readuntil(b"\r\n")
    assert await stored(embedded) == []
    writer.close()


async def test_an_upload_that_is_cancelled_before_its_row_is_there_leaves_nothing(booted, stored, foreign, pieces):
    files = await booted.services.get(Files)
    asked = asyncio.Event()

    async def nobody() -> Creator:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    uploading = asyncio.create_task(
        files.upload(pieces(b"x"), filename="a.txt", mime_type="text/plain", tenant_id=foreign, creator=nobody)
    )
    await asked.wait()
    assert len(await stored(booted)) == 1
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    assert await stored(booted) == []
    assert await rows(booted) == 0


async def test_content_that_fails_or_is_too_long_leaves_nothing(embedded, stored, foreign):
    files = await embedded.services.get(Files)
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1 << 16
            yield b"x" * (1 << 16)

    async def broken():
        yield b"x"
        raise RuntimeError("gone")

    for content, error in ((endless(), FileTooLarge), (broken(), RuntimeError)):
        with pytest.raises(error):
            await files.upload(content, filename="a.txt", mime_type="a/b", tenant_id=foreign, creator=WHO)
    assert read == (15 << 20) + (1 << 16)
    assert await stored(embedded) == []
    assert await rows(embedded) == 0


@FLAKY
async def test_a_storage_that_is_away_is_a_503(embedded, key_of, tenant_of, upload):
    headers, storage = await key_of(embedded), await embedded.services.get(Storage)
    file = await upload(embedded, (await tenant_of(embedded)).id, "a.txt")
    form = {"url": "/v1/files/upload", "headers": headers, "files": {"file": ("a.txt", b"x", "text/plain")}}
    files = await embedded.services.get(Files)
    storage.away = True
    answer = await embedded.client.post(**form)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert "bucket-7" not in answer.text
    with pytest.raises(FilesUnavailable):
        await files.open(file)
    storage.away = False
    assert await rows(embedded) == 1
    assert (await embedded.client.post(**form)).status_code == 201


@FLAKY
async def test_a_storage_that_goes_away_while_it_is_read_is_a_typed_error(embedded, foreign, upload):
    file = await upload(embedded, foreign, "a.txt", b"x" * 3)
    content = await (await embedded.services.get(Files)).open(file)
    assert await anext(content) == b"x"
    (await embedded.services.get(Storage)).away = True
    with pytest.raises(FilesUnavailable):
        await anext(content)


@FLAKY
async def test_content_that_the_storage_lost_is_not_found(embedded, foreign, upload):
    file = await upload(embedded, foreign, "a.txt")
    await (await embedded.services.get(Storage)).delete(file.key)
    with pytest.raises(FileLost):
        await (await embedded.services.get(Files)).open(file)
