"""The feature `sensitive_word_avoidance`."""

from typing import Any

from pydantic import model_validator

from .base import Section


class ModerationSide(Section):
    """What happens to inputs, or to outputs."""

    enabled: bool = False
    preset_response: str = ""
    """The answer in place of a refused one, at most 100 characters."""


class ModerationConfig(Section):
    """How the chosen kind of moderation works; kinds from plugins have fields of their own."""

    inputs_config: ModerationSide = ModerationSide()
    outputs_config: ModerationSide = ModerationSide()
    keywords: str = ""
    """One per line, at most 100 lines and 10,000 characters; found without regard to case. Type `keywords`."""
    api_based_extension_id: str | None = None
    """The extension that is asked. Type `api`."""


class Moderation(Section):
    """Refuses or replaces inputs and outputs."""

    enabled: bool = False
    type: str = ""
    """keywords, openai_moderation, api, or one that a plugin brings."""
    config: ModerationConfig = ModerationConfig()

    @model_validator(mode="before")
    @classmethod
    def _empty_list_is_no_config(cls, data: Any) -> Any:
        """Old files write an empty list where a mapping belongs."""
        if isinstance(data, dict) and data.get("config") == []:
            return {key: value for key, value in data.items() if key != "config"}
        return data
