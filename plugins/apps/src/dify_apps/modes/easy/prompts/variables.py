"""Variables in the texts of prompts: `{{name}}`, and the specials that stand for the turn itself."""

import re
from collections.abc import Mapping
from typing import Any, Final

from dify_runtime_sdk.workflow.values import to_text

HISTORIES: Final = "#histories#"
QUERY: Final = "#query#"
CONTEXT: Final = "#context#"

_REFERENCE: Final = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]{0,29}|#histories#|#query#|#context#)\}\}")
_MARKUP: Final = re.compile(r"<\|.*?\|>")
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The text with its variables replaced; those without a value stay as written.

    What looks like a control token of a model is taken out, and a value cannot bring in a variable of its own.
    """
    if "{{" in template:
        template = _REFERENCE.sub(lambda found: _value(found, values), template)
    return _MARKUP.sub("", template) if "<|" in template else template


def refers_to(template: str, name: str) -> bool:
    """Whether a text has the variable `name`."""
    return f"{{{{{name}}}}}" in template


def _value(found: re.Match[str], values: Mapping[str, Any]) -> str:
    name = found[1]
    if name not in values:
        return found[0]
    text = to_text(values[name])
    return _BRACES.sub(r"{\1}", text) if "{{" in text else text
