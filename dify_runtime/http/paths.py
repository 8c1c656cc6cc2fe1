"""Werkzeug's rule syntax (`/notes/<uuid:note_id>`), read for what routing itself does not tell."""

import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

_VARIABLE = re.compile(r"<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>.*?)\))?:)?(?P<name>[a-zA-Z_]\w*)>")

CONVERTED_TYPES: Final[dict[str, type[Any]]] = {
    "string": str,
    "path": str,
    "any": str,
    "int": int,
    "float": float,
    "uuid": UUID,
}
"""What the built-in converters turn a part of the path into."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable part of a path; `arguments` is the text between the converter's parentheses."""

    name: str
    converter: str
    arguments: str


@dataclass(frozen=True, slots=True)
class RulePath:
    """A path of a rule, split into texts and variables."""

    rule: str
    parts: tuple[str | Variable, ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variable parts, in order."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    @property
    def head(self) -> str:
        """The text before the first variable: what every path that matches begins with."""
        first = self.parts[0] if self.parts else ""
        return first if isinstance(first, str) else ""

    @property
    def key(self) -> str:
        """The same text for rules that match the same paths, however their variables are called."""
        return "".join(
            part if isinstance(part, str) else f"<{part.converter}({part.arguments})>" for part in self.parts
        )

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it: `/notes/{note_id}`."""
        return "".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in self.parts)


def parse_rule(rule: str) -> RulePath:
    """Split a rule; what is no variable stays text, so a malformed rule is left to Werkzeug to refuse."""
    parts: list[str | Variable] = []
    position = 0
    for match in _VARIABLE.finditer(rule):
        if match.start() > position:
            parts.append(rule[position : match.start()])
        converter = match["converter"] or "string"
        arguments = re.sub(r"\s", "", match["arguments"] or "")
        parts.append(Variable(match["name"], "string" if converter == "default" else converter, arguments))
        position = match.end()
    if position < len(rule):
        parts.append(rule[position:])
    return RulePath(rule, tuple(parts))
