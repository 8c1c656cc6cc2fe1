"""Small documents, made here, and extractors on real worker processes."""

import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from dify_extractors.pool import Bounds, WorkerPool

PARSERS = """
import os, sys, time

def upper(content, extension):
    return extension + content.decode().upper()

def loop(content, extension):
    with open(content.decode(), "w") as pipe:
        pipe.write(str(os.getpid()))
    while True:
        pass

def allocate(content, extension):
    held = []
    while True:
        held.append(bytearray(1 << 24))

def abort(content, extension):
    os.abort()

def leave(content, extension):
    os._exit(3)

def noise(content, extension):
    print("noise")
    os.write(1, b"more noise")
    os.write(2, b"and complaints")
    return repr(sys.stdin.read())

def recurse(content, extension):
    return recurse(content, extension)

def long(content, extension):
    return "x" * int(content)

def number(content, extension):
    return 5

def surrogate(content, extension):
    return "a" + chr(0xD800)

def environment(content, extension):
    return ",".join(sorted(os.environ))

def write(content, extension):
    with open(content.decode(), "w") as file:
        file.write("x")

def key(content, extension):
    raise KeyError("word/document.xml")

def value(content, extension):
    raise ValueError("the third byte is wrong" * 100)

def pid(content, extension):
    return str(os.getpid())
"""


@pytest.fixture
def parsers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with parsers of every kind, as a plugin would bring it; its name with a colon."""
    (tmp_path / "odd_parsers.py").write_text(PARSERS)
    monkeypatch.syspath_prepend(tmp_path)
    return "odd_parsers:"


type MakePool = Callable[..., Awaitable[WorkerPool]]


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[MakePool]:
    """Make pools, which are closed after the test."""
    async with AsyncExitStack() as stack:

        async def make(size: int = 1, **bounds: float) -> WorkerPool:
            return await stack.enter_async_context(WorkerPool(size, Bounds(**bounds)))

        yield make


@pytest.fixture
def zipped() -> Callable[[dict[str, str | bytes]], bytes]:
    """Make a ZIP container from its members."""

    def make(members: dict[str, str | bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return buffer.getvalue()

    return make


@pytest.fixture
def epub(zipped: Callable[[dict[str, str | bytes]], bytes]) -> bytes:
    """A book of two chapters; the spine reverses their order in the container."""
    return zipped(
        {
            "META-INF/container.xml": (
                '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
                '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
            ),
            "OEBPS/book.opf": (
                '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
                '<item id="a" href="a%20b.xhtml"/><item id="z" href="../z.xhtml"/><item id="gone" href="g.xhtml"/>'
                '</manifest><spine><itemref idref="z"/><itemref idref="gone"/><itemref idref="a"/></spine></package>'
            ),
            "OEBPS/a b.xhtml": "<html><head><title>T</title></head><body><p>Second &amp; last</p></body></html>",
            "z.xhtml": "<html><body><h1>First</h1><script>no()</script><p>One<br/>two</p></body></html>",
        }
    )


@pytest.fixture
def docx() -> bytes:
    """A document with a heading, a table and a paragraph after it."""
    from docx import Document

    document = Document()
    document.add_heading("Heading", 1)
    table = document.add_table(rows=2, cols=2)
    for at, text in enumerate(("Name", "Age | years", "Ada", "36")):
        table.cell(at // 2, at % 2).text = text
    document.add_paragraph("")
    document.add_paragraph("After the table")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def pptx() -> bytes:
    """Two slides, one with notes."""
    from pptx import Presentation

    presentation = Presentation()
    for title in ("Welcome", "The end"):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = title
    presentation.slides[0].notes_slide.notes_text_frame.text = "Say hello"
    buffer = io.BytesIO()
    presentation.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def pdf() -> bytes:
    """One page with a line of text; its cross-reference table is left to be rebuilt."""
    text = b"BT /F1 24 Tf 72 700 Td (Hello from page one) Tj ET"
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
        b"4 0 obj<</Length " + str(len(text)).encode() + b">>stream\n" + text + b"\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
