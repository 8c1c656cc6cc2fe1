"""E-books (epub)."""

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from .archive import opened
from .encoding import decode
from .markup import text_of

_CONTAINER: Final = "META-INF/container.xml"


def read_epub(content: bytes, _extension: str) -> str:
    """The text of the chapters in reading order, a blank line between them."""
    with opened(content) as book:
        try:
            return "\n\n".join(text for chapter in _chapters(book) if (text := text_of(decode(book.read(chapter)))))
        except (KeyError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
            raise ValueError(f"it is no readable e-book ({error})") from None


def _chapters(book: zipfile.ZipFile) -> Iterator[str]:
    """The names of the chapters' files, by the spine of the package; those that are not there are left out."""
    rootfile = _parsed(book, _CONTAINER).find(".//{*}rootfile")
    package_name = "" if rootfile is None else rootfile.get("full-path", "")
    package = _parsed(book, package_name)
    files = {item.get("id"): item.get("href", "") for item in package.iterfind(".//{*}manifest/{*}item")}
    present = set(book.namelist())
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        href = files.get(reference.get("idref"), "")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package_name), unquote(href)))
        if href and name in present:
            yield name


def _parsed(book: zipfile.ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(book.read(name), parser)
