"""A graph as indented lines."""

from collections.abc import Iterator

from .sketch import Sketch


def to_text(sketch: Sketch) -> str:
    """Every node with its type and id, and below it where its edges lead and what is inside."""
    return "\n".join(_lines(sketch, ""))


def _lines(sketch: Sketch, indent: str) -> Iterator[str]:
    for shape in sketch.in_order():
        yield f"{indent}{shape.title} ({shape.type}, {shape.id})"
        yield from _lines(shape.inside, f"{indent}  | ")
        for link in sketch.links:
            if link.source == shape.id:
                branch = f" {link.label}:" if link.label else ""
                yield f"{indent}  ->{branch} {sketch.shapes[link.target].title} ({link.target})"
