"""Slides (pptx)."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pptx import Presentation

from .archive import opened
from .tables import markdown_table


def read_pptx(content: bytes, _extension: str) -> str:
    """The texts of every slide, then its notes; a blank line between slides."""
    opened(content).close()
    try:
        presentation = Presentation(io.BytesIO(content))
    except KeyError as error:
        raise ValueError(f"it has no presentation inside ({error})") from None
    return "\n\n".join(text for slide in presentation.slides if (text := "\n".join(_slide(slide)))).strip()


def _slide(slide: Any) -> Iterator[str]:
    yield from _texts(slide.shapes)
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        if frame is not None and frame.text.strip():
            yield frame.text


def _texts(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):  # a group
            yield from _texts(shape.shapes)
        elif getattr(shape, "has_table", False):
            yield markdown_table([cell.text for cell in row.cells] for row in shape.table.rows)
        elif getattr(shape, "has_chart", False):
            yield from _chart(shape.chart)
        elif shape.has_text_frame and shape.text_frame.text.strip():
            yield shape.text_frame.text


def _chart(chart: Any) -> Iterator[str]:
    if chart.has_title and chart.chart_title.has_text_frame:
        yield chart.chart_title.text_frame.text
