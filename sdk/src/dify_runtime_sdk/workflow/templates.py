"""References in texts: `{{#node.output#}}`, parsed once and rendered often."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from .values import Selector, TextForm

_REFERENCE: Final = re.compile(r"\{\{#([a-zA-Z0-9_]{1,50}(?:\.[a-zA-Z_][a-zA-Z0-9_]{0,29}){1,10})#\}\}")


class TextSource(Protocol):
    """Where the text of a reference comes from: the variables of a run."""

    def text(self, selector: Selector, form: TextForm = TextForm.TEXT) -> str | None:
        """The text of the value at `selector`, None when there is none."""
        ...


@dataclass(frozen=True)
class Template:
    """A text with references: literal texts (`str`) and selectors (`tuple`), in order."""

    parts: tuple[str | Selector, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Split `text` at its references; what does not have their form stays literal."""
        pieces = _REFERENCE.split(text)
        parts = [tuple(piece.split(".")) if at % 2 else piece for at, piece in enumerate(pieces)]
        return cls(tuple(part for part in parts if part))

    @cached_property
    def selectors(self) -> tuple[Selector, ...]:
        """What the text refers to, in order, repeated as in the text."""
        return tuple(part for part in self.parts if isinstance(part, tuple))

    def render(self, source: TextSource, form: TextForm = TextForm.TEXT) -> str:
        """The text with every reference replaced; one that has no value becomes its dotted path, as in Dify.

        Follows Dify also where a whole literal piece reads like the dotted path of an existing value: it is replaced.
        """
        parts = self.parts
        if len(parts) == 1 and isinstance(parts[0], str) and "." not in parts[0]:
            return parts[0]
        return "".join([_rendered(part, source, form) for part in parts])


def _rendered(part: str | Selector, source: TextSource, form: TextForm) -> str:
    if isinstance(part, tuple):
        text = source.text(part, form)
        return ".".join(part) if text is None else text
    if "." not in part:
        return part
    text = source.text(tuple(part.split(".")), form)
    return part if text is None else text
