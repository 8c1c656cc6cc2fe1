"""Where things go: layers from left to right, each level of nesting a drawing of its own inside its container."""

from dataclasses import dataclass, field
from typing import Final

from .sketch import Link, Shape, Sketch

WIDTH: Final = 168
HEIGHT: Final = 48
GAP_X: Final = 72
GAP_Y: Final = 24
PADDING: Final = 20
TITLE: Final = 28
"""Pixels; the last is the height of a container's title."""


@dataclass(slots=True)
class Box:
    """A placed node; `x` and `y` are relative to the drawing it is in."""

    shape: Shape
    x: float
    y: float
    width: float
    height: float
    inside: "Drawing | None" = None


@dataclass(slots=True)
class Drawing:
    """The boxes of one level, its edges, and how much room it takes."""

    boxes: dict[str, Box] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    width: float = 0
    height: float = 0


def lay_out(sketch: Sketch) -> Drawing:
    """Place every node of a sketch."""
    drawing = Drawing(links=sketch.links)
    order: dict[str, float] = {}
    x = 0.0
    for layer in sketch.layers():
        boxes = [_box(shape) for shape in sorted(layer, key=lambda shape: _centre(shape, sketch, order))]
        y = 0.0
        for box in boxes:
            box.x, box.y = x, y
            order[box.shape.id] = y + box.height / 2
            drawing.boxes[box.shape.id] = box
            y += box.height + GAP_Y
        drawing.height = max(drawing.height, y - GAP_Y)
        x += max(box.width for box in boxes) + GAP_X
    drawing.width = max(0.0, x - GAP_X)
    _centre_layers(drawing)
    return drawing


def _box(shape: Shape) -> Box:
    if not shape.inside.shapes:
        return Box(shape, 0, 0, WIDTH, HEIGHT)
    inside = lay_out(shape.inside)
    return Box(shape, 0, 0, inside.width + 2 * PADDING, inside.height + 2 * PADDING + TITLE, inside)


def _centre(shape: Shape, sketch: Sketch, order: dict[str, float]) -> float:
    """Where the nodes before it are on average, so that few edges cross."""
    before = [order[link.source] for link in sketch.links if link.target == shape.id and link.source in order]
    return sum(before) / len(before) if before else 0.0


def _centre_layers(drawing: Drawing) -> None:
    bottoms: dict[float, float] = {}
    for box in drawing.boxes.values():
        bottoms[box.x] = max(bottoms.get(box.x, 0.0), box.y + box.height)
    for box in drawing.boxes.values():
        box.y += (drawing.height - bottoms[box.x]) / 2
