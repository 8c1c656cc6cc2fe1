"""The plugin: types, contributions, settings, the partition service."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dify_egress.plugin import EgressPlugin
from dify_extractors.plugin import ExtractorsPlugin
from dify_extractors.settings import ExtractorSettings
from dify_runtime.errors import BootError
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.documents import (
    Document,
    DocumentExtractor,
    DocumentParser,
    DocumentReader,
    ExtractionError,
    UnsupportedDocumentError,
)

TEXT_EXTENSIONS = (
    "txt markdown md mdx html htm xml yaml yml c h cpp hpp cc cxx c++ py js ts jsx tsx java php rb go rs swift kt scala"
    " sh bash bat ps1 sql r m pl lua vim asm s css scss less sass ini cfg conf toml env log"
)


@pytest.fixture
def extractor(runtime):
    """Boot the plugin, with others and settings, and look its service up."""

    async def boot(plugins=None, **settings):
        booted = await runtime({"extractors": ExtractorsPlugin, **(plugins or {})}, settings=settings)
        return await booted.services.get(DocumentExtractor)

    return boot


@pytest.mark.parametrize("extension", TEXT_EXTENSIONS.split())
async def test_text_of_all_kinds_is_read_as_it_is(extractor, extension):
    service = await extractor()
    assert (
        await service.extract(Document(content=b"\xef\xbb\xbf<b>\xc3\xa9</b>", extension=f".{extension}")) == "<b>é</b>"
    )


async def test_an_extension_may_be_written_otherwise(extractor):
    service = await extractor()
    assert await service.extract(Document(content=b"[]", extension="JSON")) == "[]"


@pytest.mark.parametrize(
    "mime_type", ["text/plain", "text/x-unheard-of", "TEXT/HTML; charset=utf-8", "application/xml"]
)
@pytest.mark.parametrize("extension", [None, "", ".unknown"])
async def test_the_mime_type_says_what_the_extension_does_not(extractor, mime_type, extension):
    service = await extractor()
    assert await service.extract(Document(content=b"text", extension=extension, mime_type=mime_type)) == "text"


async def test_the_extension_comes_before_the_mime_type(extractor):
    document = Document(content=b'{"a":1}', extension=".txt", mime_type="application/json")
    assert await (await extractor()).extract(document) == '{"a":1}'


async def test_a_document_is_read_in_another_process(extractor, docx):
    mime_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    service = await extractor(EXTRACTOR_WORKERS=1)
    assert "After the table" in await service.extract(Document(content=docx, mime_type=mime_type))


@pytest.mark.parametrize("text", ["é" * 600_000, "a\x00b"])
async def test_what_is_not_certainly_short_utf_8_goes_to_a_process(extractor, text):
    service = await extractor()
    assert await service.extract(Document(content=text.encode("utf-16"), extension=".txt")) == text


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"EXTRACTOR_MAX_TEXT_LENGTH": 3}, "longer than 3 characters"),
        ({"EXTRACTOR_TIMEOUT": 0.000001}, "takes longer than"),
    ],
)
async def test_a_limit_is_the_operators(extractor, settings, says):
    with pytest.raises(ExtractionError, match=says):
        await (await extractor(**settings)).extract(Document(content=b"[1,2,3]", extension=".json"))


async def test_a_memory_limit_that_no_parser_could_work_with_is_refused(runtime):
    with pytest.raises(BootError, match="EXTRACTOR_MEMORY_LIMIT"):
        await runtime({"extractors": ExtractorsPlugin}, settings={"EXTRACTOR_MEMORY_LIMIT": 10})


async def shout(document):
    return document.content.decode().upper()


class ShoutPlugin(Plugin):
    """Has csv files and a type of its own read elsewhere."""

    @hookimpl
    def document_extractors(self):
        return [DocumentReader(name="shout", read=shout, extensions=(".csv", ".shout"), mime_types=("text/shout",))]


class AgainPlugin(ShoutPlugin):
    """The same once more."""


class ParserPlugin(Plugin):
    """Brings a parser, for a type of its own."""

    @hookimpl
    def document_extractors(self):
        return [DocumentParser(name="odd", function="odd_parsers:upper", extensions=(".odd",))]


class WrongPlugin(Plugin):
    """Brings something else."""

    @hookimpl
    def document_extractors(self):
        return ["odd_parsers:upper"]


async def test_a_plugin_reads_types_of_its_own_and_in_place_of_the_built_in_reader(extractor):
    service = await extractor({"shout": ShoutPlugin})
    for document in (
        Document(content=b"a,b", extension=".csv"),
        Document(content=b"a,b", extension=".shout"),
        Document(content=b"a,b", mime_type="text/shout"),
    ):
        assert await service.extract(document) == "A,B"


async def test_a_parser_of_a_plugin_runs_in_a_process(extractor, parsers):
    service = await extractor({"odd": ParserPlugin})
    assert await service.extract(Document(content=b"text", extension=".odd")) == ".oddTEXT"


async def test_two_plugins_for_one_extension_are_refused(runtime):
    plugins = {"extractors": ExtractorsPlugin, "shout": ShoutPlugin, "again": AgainPlugin}
    with pytest.raises(
        BootError, match=r"'\.csv' is contributed by plugin '(again|shout)' and by plugin '(again|shout)'"
    ):
        await runtime(plugins)


async def test_what_is_no_reader_is_refused(runtime):
    with pytest.raises(BootError, match="it takes DocumentParser and DocumentReader"):
        await runtime({"extractors": ExtractorsPlugin, "wrong": WrongPlugin})


@pytest.mark.parametrize("extension", [".doc", ".ppt", ".msg"])
async def test_some_types_need_the_partition_service(extractor, extension):
    with pytest.raises(
        UnsupportedDocumentError, match=f"\\{extension} documents need the partition service"
    ) as failure:
        await (await extractor()).extract(Document(content=b"x", extension=extension))
    assert "UNSTRUCTURED_API_URL" in str(failure.value.hint)


@asynccontextmanager
async def partition_service(status: int, body: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers every request so, and keeps what it was sent."""
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        requests.append(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests


ELEMENTS = json.dumps([{"type": "Title", "text": "Hello"}, {"type": "Image"}, {"text": "World"}]).encode()


@pytest.mark.parametrize("path", ["", "/", "/general/v0/general"])
async def test_the_partition_service_reads_them(extractor, path):
    async with partition_service(200, ELEMENTS) as (origin, requests):
        service = await extractor(
            {"egress": EgressPlugin}, UNSTRUCTURED_API_URL=origin + path, UNSTRUCTURED_API_KEY="key-1"
        )
        text = await service.extract(Document(content=b"old Word", extension=".doc", mime_type="application/msword"))
    assert text == "Hello\n\nWorld"
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /general/v0/general ")
    assert b"unstructured-api-key: key-1" in head.lower()
    assert b'name="files"; filename="document.doc"' in body
    assert b"old Word" in body


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, b"{}", "answers with status 401"),
        (200, b"<html>", "something else than JSON"),
        (200, b'{"detail": 1}', "something else than a list"),
        (200, b"[1]", "something else than a list"),
    ],
)
async def test_what_the_partition_service_cannot_do_is_an_error(extractor, status, body, says):
    async with partition_service(status, body) as (origin, _):
        service = await extractor({"egress": EgressPlugin}, UNSTRUCTURED_API_URL=origin, UNSTRUCTURED_API_KEY="key-1")
        with pytest.raises(ExtractionError, match=says) as failure:
            await service.extract(Document(content=b"x", extension=".msg"))
    assert "key-1" not in repr(failure.value)


async def test_a_partition_service_that_is_away_is_an_error(extractor):
    service = await extractor({"egress": EgressPlugin}, UNSTRUCTURED_API_URL="http://127.0.0.1:9")
    with pytest.raises(ExtractionError, match="does not answer"):
        await service.extract(Document(content=b"x", extension=".ppt"))


def test_the_defaults_are_those_of_dify():
    settings = ExtractorSettings()
    assert settings.UNSTRUCTURED_API_URL is None
    assert settings.UNSTRUCTURED_API_KEY.get_secret_value() == ""
