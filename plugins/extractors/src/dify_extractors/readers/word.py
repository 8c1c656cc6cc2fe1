"""Word documents (docx)."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docx import Document
from docx.table import Table
from docx.text.hyperlink import Hyperlink
from docx.text.paragraph import Paragraph

from .archive import opened
from .tables import markdown_table

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import _Cell


def read_docx(content: bytes, _extension: str) -> str:
    """Paragraphs, with Markdown links, and tables, in the order of the document."""
    opened(content).close()
    try:
        document = Document(io.BytesIO(content))
    except KeyError as error:
        raise ValueError(f"it has no document inside ({error})") from None
    return "\n".join(_blocks(document)).strip()


def _blocks(document: "WordDocument") -> Iterator[str]:
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield f"\n{_table(block)}\n"
        else:
            yield _paragraph(block)


def _paragraph(paragraph: Paragraph) -> str:
    return "".join(_linked(piece) if isinstance(piece, Hyperlink) else piece.text for piece in _pieces(paragraph))


def _pieces(paragraph: Paragraph) -> Iterator[Hyperlink | Paragraph]:
    yield from paragraph.iter_inner_content()  # type: ignore[misc]  # runs; all that is read of them is `text`


def _linked(link: Hyperlink) -> str:
    target = link.url
    return f"[{link.text}]({target})" if target and link.text else link.text


def _table(table: Table) -> str:
    """Merged cells are shown once, tables inside a cell as its text."""
    rows = []
    seen: set[object] = set()
    for row in table.rows:
        texts = [""] * row.grid_cols_before
        for cell in row.cells:
            texts.append("" if cell._tc in seen else _cell_text(cell))  # noqa: SLF001 - what makes merged cells one
            seen.add(cell._tc)  # noqa: SLF001 - the same
        rows.append(texts)
    return markdown_table(rows)


def _cell_text(cell: "_Cell") -> str:
    texts = []
    for block in cell.iter_inner_content():
        if isinstance(block, Table):
            texts += [_cell_text(inner) for row in block.rows for inner in row.cells]
        else:
            texts.append(_paragraph(block))
    return " ".join(texts)
