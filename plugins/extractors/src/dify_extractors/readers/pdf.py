"""PDF files."""

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it ships no types


def read_pdf(content: bytes, _extension: str) -> str:
    """The text of all pages, a blank line between them."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise ValueError(_reason(str(error))) from None
    with document:
        return "\n\n".join(_page_text(document, at) for at in range(len(document)))


def _page_text(document: pdfium.PdfDocument, at: int) -> str:
    page = document[at]
    text_page = page.get_textpage()
    text: str = text_page.get_text_bounded()
    text_page.close()
    page.close()
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "").strip()


def _reason(error: str) -> str:
    return "it is protected by a password" if "password" in error.lower() else f"it is no readable PDF ({error})"
