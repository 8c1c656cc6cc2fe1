"""The guide Extract documents."""

from pathlib import Path, PurePath

import pytest

from dify_extractors.plugin import ExtractorsPlugin
from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.documents import (
    Document,
    DocumentExtractor,
    DocumentParser,
    ExtractionError,
    UnsupportedDocumentError,
)


class Librarian:
    """Says how long documents are."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def words(self, name: str, content: bytes) -> str:
        extractor = await self._runtime.services.get(DocumentExtractor)
        try:
            text = await extractor.extract(Document(content=content, extension=PurePath(name).suffix))
        except UnsupportedDocumentError as error:
            return f"cannot be read here: {error.hint}"
        except ExtractionError as error:
            return f"is broken: {error.message}"
        return f"has {len(text.split())} words"


class SubtitlesPlugin(Plugin):
    """Reads SubRip subtitles."""

    @hookimpl
    def document_extractors(self) -> list[DocumentParser]:
        """Name the parser; a worker process imports it when the first document comes."""
        return [
            DocumentParser(
                name="subtitles",
                function="subtitles:read_srt",
                extensions=(".srt",),
                mime_types=("application/x-subrip",),
            )
        ]


SUBTITLES = "1\n00:00:01,000 --> 00:00:02,000\nHello there\n\n2\n00:00:03,000 --> 00:00:04,000\nGood bye\n"


@pytest.fixture
def librarian(runtime, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)

    async def boot():
        booted = await runtime({"extractors": ExtractorsPlugin, "subtitles": SubtitlesPlugin})
        return Librarian(booted)

    return boot


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", "three short words", "has 3 words"),
        ("a.srt", SUBTITLES, "has 4 words"),
        ("a.srt", "no times", "is broken: the .srt document cannot be read: it has no times, as subtitles have"),
        ("a.json", "{", "is broken: the .json document cannot be read: "),
        ("a.xyz", "what", "cannot be read here: readable are "),
        ("a.doc", "what", "cannot be read here: set UNSTRUCTURED_API_URL"),
    ],
)
async def test_documents_are_read_or_the_reason_is_told(librarian, name, content, says):
    assert (await (await librarian()).words(name, content.encode())).startswith(says)
