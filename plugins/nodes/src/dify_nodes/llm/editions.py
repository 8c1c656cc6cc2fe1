"""Texts of prompts, parsed once when the graph is built and rendered for each run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from dify_runtime_sdk.code import TemplateError, TemplateRenderer
from dify_runtime_sdk.workflow import File, NodeContext, NodeError, Template, Variables, to_json

from ..bindings import Binding
from ..models.files import files_in
from ..models.prompts import missing_variable, rendered
from .config import PromptText

CONTEXT: Final = "{{#context#}}"
"""Where the knowledge goes."""
_PLACE: Final = "\ue000context\ue000"
"""What stands there while Jinja renders: characters of private use, which no template writes."""


class Text(Protocol):
    """A text of a prompt."""

    async def render(self, context: NodeContext, knowledge: str) -> str:
        """The text for one run; raises `NodeError` for references that lead to nothing."""
        ...

    def files(self, variables: Variables) -> Sequence[File]:
        """The files that the text refers to."""
        ...


@dataclass(frozen=True, slots=True)
class BasicText:
    """A text with references."""

    pieces: tuple[Template, ...]
    """What stands between the places of the knowledge."""

    @classmethod
    def parse(cls, text: str) -> "BasicText":
        """Split `text` at the places of the knowledge; what that holds is never read as references."""
        return cls(tuple(Template.parse(piece) for piece in text.split(CONTEXT)))

    async def render(self, context: NodeContext, knowledge: str) -> str:
        """The text with its references replaced."""
        return knowledge.join([rendered(piece, context.variables) for piece in self.pieces])

    def files(self, variables: Variables) -> Sequence[File]:
        """Files among the referenced variables."""
        selectors = [selector for piece in self.pieces for selector in piece.selectors]
        return [file for selector in selectors for file in files_in(variables.get(selector))]


@dataclass(frozen=True, slots=True)
class JinjaText:
    """A Jinja template with its declared variables."""

    source: str
    variables: tuple[Binding, ...]

    async def render(self, context: NodeContext, knowledge: str) -> str:
        """The text as the sandbox renders it; the knowledge goes in afterwards, it is no template."""
        values = _values(self.variables, context.variables)
        renderer = await context.services.get(TemplateRenderer)
        try:
            text = await renderer.render(self.source.replace(CONTEXT, _PLACE), values)
        except TemplateError as error:
            raise NodeError(error.message, error_type="TemplateError", hint=error.hint) from error
        return text.replace(_PLACE, knowledge)

    def files(self, variables: Variables) -> Sequence[File]:
        """None: a template writes texts."""
        return ()


def text_of(config: PromptText, declared: Sequence[Binding]) -> Text:
    """The text that a part of the prompt is."""
    if config.edition_type == "jinja2":
        return JinjaText(config.jinja2_text or "", tuple(declared))
    return BasicText.parse(config.text)


def _values(declared: Sequence[Binding], variables: Variables) -> Mapping[str, Any]:
    for one in declared:
        if not variables.has(one.value_selector):
            raise missing_variable(one.value_selector)
    return {one.variable: to_json(variables.get(one.value_selector)) for one in declared}
