"""Every real document of the corpus holds the phrases that its index lists."""

import contextlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dify_extractors.catalogue import Catalogue
from dify_extractors.extractor import Extractor
from dify_extractors.pool import Bounds, WorkerPool
from dify_runtime_sdk.documents import Document, ExtractionError

DOCUMENTS = Path(os.environ["DIFY_CORPUS"]) / "documents"
BY_SERVICE = {".doc", ".ppt", ".msg"}


def listed() -> dict[str, list[str]]:
    """File name to phrases, from the table of the index: the first and the fifth column."""
    rows = [line.split(" | ") for line in (DOCUMENTS / "README.md").read_text().splitlines() if line.startswith("| `")]
    return {re.findall(r"`([^`]+)`", row[0])[0]: re.findall(r"`([^`]+)`", row[4]) for row in rows}


PHRASES = {name: phrases for name, phrases in listed().items() if Path(name).suffix not in BY_SERVICE}


@pytest_asyncio.fixture
async def extractor() -> AsyncIterator[Extractor]:
    async with WorkerPool(1, Bounds()) as pool:
        yield Extractor(Catalogue((), ()), pool)


def test_the_index_lists_every_document():
    assert set(listed()) == {path.name for path in DOCUMENTS.iterdir()} - {"README.md"}


@pytest.mark.parametrize("name", sorted(PHRASES))
async def test_a_document_holds_its_phrases(extractor, name):
    path = DOCUMENTS / name
    text = await extractor.extract(Document(content=path.read_bytes(), extension=path.suffix))
    assert [phrase for phrase in PHRASES[name] if phrase not in text] == []


@pytest.mark.parametrize("name", sorted(PHRASES))
async def test_a_document_that_is_cut_off_leaves_the_others_readable(extractor, name):
    path = DOCUMENTS / name
    content = path.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        cut = Document(content=content[: int(len(content) * share)], extension=path.suffix)
        with contextlib.suppress(ExtractionError):  # some readers make do with what there is
            await extractor.extract(cut)
    assert await extractor.extract(Document(content=b"[]", extension=".json")) == "[]"
