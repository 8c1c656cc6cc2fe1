"""The settings of the plugin."""

from pydantic import Field

from dify_runtime_sdk import Settings

from .rules import Rule


class ScriptedSettings(Settings):
    """What scripted models say."""

    SCRIPTED_MODELS: dict[str, list[Rule]] = Field(
        default_factory=dict, description="Rules by model name, as JSON; see the README of the distribution"
    )
