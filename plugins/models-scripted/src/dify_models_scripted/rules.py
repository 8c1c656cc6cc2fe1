"""Scripts: rules by model name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ScriptedCall(BaseModel):
    """A call of a tool in an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class Rule(BaseModel):
    """One answer, and when it is given. `delay` is seconds before each piece."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: str = ""
    text: str = ""
    chunks: int | None = Field(None, ge=1)
    delay: float = Field(0.0, ge=0)
    tool_calls: tuple[ScriptedCall, ...] = ()
    error: Literal["rate_limit", "unavailable", "credentials", "request", "not_found"] | None = None
    after: int = Field(0, ge=0)
    times: int | None = Field(None, ge=1)

    @field_validator("when")
    @classmethod
    def _is_an_expression(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from error
        return value


class Script:
    """The rules of all scripted models; a service, so that a test can change them while a runtime runs."""

    def __init__(self, rules: Mapping[str, Sequence[Rule]] | None = None) -> None:
        self._rules: dict[str, list[list[Any]]] = {}
        for model, given in (rules or {}).items():
            self.set(model, *given)

    @property
    def models(self) -> Sequence[str]:
        """The models that have rules."""
        return tuple(self._rules)

    def set(self, model: str, *rules: Rule) -> None:
        """Say what a model answers from now on."""
        self._rules[model] = [[rule, rule.times] for rule in rules]

    def rule(self, model: str, prompt: str) -> Rule:
        """The rule that answers a prompt, used up by one; one that says the prompt back when there is none."""
        for entry in _left(self._rules.get(model, ())):
            rule, times = entry
            if re.search(rule.when, prompt):
                if times is not None:
                    entry[1] = times - 1
                return rule  # type: ignore[no-any-return]  # an entry is a rule and how often it is left
        return Rule(text="{prompt}")


def _left(entries: Iterable[list[Any]]) -> Iterable[list[Any]]:
    return (entry for entry in entries if entry[1] != 0)
