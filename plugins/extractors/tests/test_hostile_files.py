"""Broken and hostile files: each is one `ExtractionError`, and the next document is read."""

import struct
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio

from dify_extractors.catalogue import Catalogue
from dify_extractors.extractor import Extractor
from dify_extractors.pool import Bounds, WorkerPool
from dify_runtime_sdk.documents import Document, ExtractionError, UnsupportedDocumentError


@pytest_asyncio.fixture
async def extractor() -> AsyncIterator[Extractor]:
    async with WorkerPool(1, Bounds(timeout=60, memory=512)) as pool:
        yield Extractor(Catalogue((), ()), pool)


async def refused(extractor, content, extension, says):
    with pytest.raises(ExtractionError, match=says) as failure:
        await extractor.extract(Document(content=content, extension=extension))
    assert failure.value.code == "extraction_failed"
    assert await extractor.extract(Document(content=b'["next"]', extension=".json")) == '[\n  "next"\n]'


@pytest.mark.parametrize("extension", [".pdf", ".docx", ".pptx", ".xlsx", ".xls", ".epub", ".json", ".eml"])
async def test_an_empty_file_is_refused_where_the_format_has_none(extractor, extension):
    await refused(extractor, b"", extension, "cannot be read")


@pytest.mark.parametrize("extension", [".txt", ".md", ".csv", ".vtt", ".properties", ".yaml", ".py"])
async def test_an_empty_text_is_empty(extractor, extension):
    assert await extractor.extract(Document(content=b"", extension=extension)) == ""


@pytest.mark.parametrize("extension", [".docx", ".pptx", ".xlsx", ".xls", ".epub", ".json", ".eml"])
async def test_a_wrong_extension_is_refused(extractor, pdf, extension):
    await refused(extractor, pdf, extension, "cannot be read")


async def test_a_container_of_another_kind_is_refused(extractor, docx, pptx, epub):
    await refused(extractor, epub, ".docx", "no document inside")
    await refused(extractor, epub, ".pptx", "no presentation inside")
    await refused(extractor, docx, ".epub", "no readable e-book")
    await refused(extractor, pptx, ".xlsx", "cannot be read")
    await refused(extractor, docx, ".pptx", "cannot be read")


async def test_files_that_are_cut_off_are_refused(extractor, docx, pptx, epub):
    for content, extension in ((docx, ".docx"), (pptx, ".pptx"), (epub, ".epub"), (docx, ".xlsx")):
        await refused(extractor, content[: len(content) // 2], extension, "cannot be read")
    await refused(extractor, b"%PDF-1.7\n1 0 obj<</Type/Ca", ".pdf", "no readable PDF")


async def test_a_cut_pdf_that_still_has_its_page_is_read(extractor, pdf):
    assert await extractor.extract(Document(content=pdf[:-6], extension=".pdf")) == "Hello from page one"


async def test_a_pdf_file_with_a_password_is_refused(extractor, pdf):
    secret = b"/Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>" % (b"ab" * 32, b"cd" * 32)
    trailer = b"5 0 obj<<" + secret + b">>endobj\ntrailer<</Root 1 0 R/Encrypt 5 0 R/ID[<00><00>]>>"
    await refused(extractor, pdf.replace(b"trailer<</Root 1 0 R>>", trailer), ".pdf", "protected by a password")


async def test_a_container_with_a_password_is_refused(extractor, docx):
    locked = bytearray(docx)
    at = locked.find(b"PK\x01\x02")
    while at >= 0:  # the flag of every entry in the directory
        locked[at + 8] |= 1
        at = locked.find(b"PK\x01\x02", at + 1)
    await refused(extractor, bytes(locked), ".docx", "protected by a password")


def bomb(mebibytes, others=None):
    """A container with members of so many MiB of zeros each, and others."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in (others or {}).items():
            archive.writestr(name, content)
        for name, size in mebibytes.items():
            with archive.open(name, "w") as member:
                for _ in range(size):
                    member.write(bytes(1 << 20))
    return buffer.getvalue()


@pytest.mark.parametrize("extension", [".docx", ".pptx", ".epub"])
async def test_a_container_that_says_how_large_it_unpacks_is_refused_unread(extractor, extension):
    await refused(extractor, bomb({f"word/document{at}.xml": 100 for at in range(6)}), extension, "more than 512 MiB")


async def test_a_container_that_lies_about_its_size_is_refused(extractor, docx):
    """The directory says 100 bytes; the member goes on for 300 MiB."""
    with zipfile.ZipFile(BytesIO(docx)) as source:
        others = {name: source.read(name) for name in source.namelist() if name != "word/document.xml"}
    content = bytearray(bomb({"word/document.xml": 300}, others))
    entry = content.rfind(b"word/document.xml") - 46
    assert content[entry : entry + 4] == b"PK\x01\x02"
    content[entry + 24 : entry + 28] = struct.pack("<I", 100)
    await refused(extractor, bytes(content), ".docx", "cannot be read")


async def test_a_workbook_that_unpacks_without_end_is_refused(extractor):
    await refused(
        extractor, bomb({"xl/workbook.xml": 10, "xl/worksheets/sheet1.xml": 600}), ".xlsx", "more than 512 MiB"
    )


def sparse_workbook():
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "first")
        sheet.write(1_048_575, 16_383, "last")
    return buffer.getvalue()


async def test_a_workbook_of_two_cells_at_its_far_ends_is_refused(extractor):
    await refused(extractor, sparse_workbook(), ".xlsx", "too large|too much memory|crash")


def laughs():
    entities = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>'


async def test_entities_that_multiply_are_refused(extractor, zipped, epub):
    with zipfile.ZipFile(BytesIO(epub)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    package = members["OEBPS/book.opf"].decode().replace("</manifest>", "<x>&l9;</x></manifest>")
    members["OEBPS/book.opf"] = laughs() + package
    await refused(extractor, zipped(members), ".epub", "no readable e-book")


async def test_a_value_that_is_nested_too_deeply_is_refused(extractor):
    await refused(extractor, b"[" * 1_000_000, ".json", "nested too deeply")


@pytest.mark.parametrize(
    "document",
    [
        Document(content=b"x", extension=".xyz"),
        Document(content=b"x", extension=".xyz", mime_type="image/png"),
        Document(content=b"x"),
    ],
)
async def test_an_unknown_type_is_unsupported(extractor, document):
    with pytest.raises(UnsupportedDocumentError, match="Unsupported document type") as failure:
        await extractor.extract(document)
    assert ".pdf" in str(failure.value.hint)
