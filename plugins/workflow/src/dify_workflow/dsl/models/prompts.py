"""Model and prompts of easy apps."""

from typing import Any

from pydantic import Field

from .base import Section


class ModelChoice(Section):
    """A model with its parameters."""

    provider: str = ""
    """`author/plugin/provider`; a bare name stands for `langgenius/name/name`."""
    name: str = ""
    mode: str | None = None
    """chat or completion; that of the model where it is absent."""
    completion_params: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the model; `stop` is a list of at most four texts."""


class PromptMessage(Section):
    """One message of an advanced chat prompt."""

    role: str = "user"
    """system, user or assistant."""
    text: str = ""


class ChatPrompt(Section):
    """`chat_prompt_config`: the prompt of an advanced app with a chat model."""

    prompt: list[PromptMessage] = Field(default_factory=list)
    """At most ten."""


class PromptText(Section):
    """The text of a completion prompt."""

    text: str = ""


class HistoryRoles(Section):
    """What stands before the turns of a conversation in a completion prompt."""

    user_prefix: str = "Human"
    assistant_prefix: str = "Assistant"


class CompletionPrompt(Section):
    """`completion_prompt_config`: the prompt of an advanced app with a completion model."""

    prompt: PromptText = PromptText()
    conversation_histories_role: HistoryRoles = Field(default=HistoryRoles())
