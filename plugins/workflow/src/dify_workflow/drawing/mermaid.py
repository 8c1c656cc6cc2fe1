"""A graph as a Mermaid flowchart."""

from collections.abc import Iterator
from typing import Final

from .sketch import Shape, Sketch

_CHOICE: Final = ("{", "}")
_END: Final = ("([", "])")
_FRAMES: Final = {"if-else": _CHOICE, "question-classifier": _CHOICE, "start": _END, "end": _END, "answer": _END}


def to_mermaid(sketch: Sketch) -> str:
    """The text of a flowchart from left to right; containers are subgraphs."""
    numbers: dict[str, str] = {}
    return "\n".join(["flowchart LR", *_lines(sketch, "  ", numbers)])


def _lines(sketch: Sketch, indent: str, numbers: dict[str, str]) -> Iterator[str]:
    for shape in sketch.in_order():
        name = numbers.setdefault(shape.id, f"n{len(numbers)}")
        if shape.inside.shapes:
            yield f"{indent}subgraph {name}[{_quoted(shape)}]"
            yield from _lines(shape.inside, f"{indent}  ", numbers)
            yield f"{indent}end"
        else:
            opening, closing = _FRAMES.get(shape.type, ("[", "]"))
            yield f"{indent}{name}{opening}{_quoted(shape)}{closing}"
    for link in sketch.links:
        label = f"|{_text(link.label)}|" if link.label else ""
        yield f"{indent}{numbers[link.source]} -->{label} {numbers[link.target]}"


def _quoted(shape: Shape) -> str:
    return _text(f"{shape.title} ({shape.type})" if shape.type else shape.title)


def _text(text: str) -> str:
    """A quoted text; Mermaid reads entities between quotes, and `#` begins them."""
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\n", " ")):
        text = text.replace(character, entity)
    return f'"{text}"'
