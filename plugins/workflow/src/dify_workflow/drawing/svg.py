"""A graph as a picture."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from .layout import HEIGHT, PADDING, TITLE, Box, Drawing, lay_out
from .sketch import Link, Sketch

_MARGIN: Final = 24
_LONGEST: Final = 22
"""Characters of a title that fit into a box."""
_STYLE: Final = (
    "text{font-family:system-ui,sans-serif;font-size:13px;fill:#1f2937}"
    ".type{font-size:11px;fill:#6b7280}.label{font-size:11px;fill:#374151}"
    "rect{fill:#ffffff;stroke:#9ca3af;rx:8px}.container{fill:#f3f4f6}"
    "path{fill:none;stroke:#6b7280;stroke-width:1.5}#tip path{fill:#6b7280;stroke:none}"
)


def to_svg(sketch: Sketch) -> str:
    """The text of an SVG picture: nodes in layers from left to right, containers around what is in them."""
    drawing = lay_out(sketch)
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    tip = '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<style>{_STYLE}</style>",
        f'<defs>{tip}<path d="M0 0L8 4L0 8z"/></marker></defs>',
        *_drawn(drawing, _MARGIN, _MARGIN),
        "</svg>",
    ]
    return "\n".join(lines)


def _drawn(drawing: Drawing, x: float, y: float) -> Iterator[str]:
    for box in drawing.boxes.values():
        yield from _box(box, x + box.x, y + box.y)
    for link in drawing.links:
        yield from _link(link, drawing, x, y)


def _box(box: Box, x: float, y: float) -> Iterator[str]:
    kind = ' class="container"' if box.inside else ""
    title = f"<title>{_clean(f'{box.shape.title} ({box.shape.type}, {box.shape.id})')}</title>"
    place = f'x="{x:g}" y="{y:g}" width="{box.width:g}" height="{box.height:g}"'
    yield f"<g>{title}<rect{kind} {place}/>"
    yield f'<text x="{x + 12:g}" y="{y + 20:g}">{_short(box.shape.title)}</text>'
    if box.inside is None:
        yield f'<text class="type" x="{x + 12:g}" y="{y + 37:g}">{_short(box.shape.type)}</text></g>'
    else:
        yield "</g>"
        yield from _drawn(box.inside, x + PADDING, y + PADDING + TITLE)


def _link(link: Link, drawing: Drawing, x: float, y: float) -> Iterator[str]:
    source, target = drawing.boxes[link.source], drawing.boxes[link.target]
    begin = (x + source.x + source.width, y + source.y + _port(source))
    end = (x + target.x, y + target.y + _port(target))
    bend = max(24.0, abs(end[0] - begin[0]) / 2)
    points = (*begin, begin[0] + bend, begin[1], end[0] - bend, end[1], *end)
    numbers = [f"{point:g}" for point in points]
    path = f"M{numbers[0]} {numbers[1]}C{' '.join(numbers[2:])}"
    yield f'<path d="{path}" marker-end="url(#tip)"/>'
    if link.label:
        place = f'x="{(begin[0] + end[0]) / 2:g}" y="{(begin[1] + end[1]) / 2 - 4:g}"'
        yield f'<text class="label" text-anchor="middle" {place}>{_short(link.label)}</text>'


def _port(box: Box) -> float:
    """How far below its upper edge the edges of a box begin and end."""
    return HEIGHT / 2 if box.inside is None else box.height / 2


def _short(text: str) -> str:
    """A text that fits into a box."""
    return _clean(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _clean(text: str) -> str:
    """One line that may stand in XML, which knows no control characters."""
    return escape("".join(character if character.isprintable() else " " for character in text))
