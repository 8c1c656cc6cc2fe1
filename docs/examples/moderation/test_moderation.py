"""A moderation that comes in a wheel, and who finds it."""

from collections.abc import Mapping
from typing import Any

from dify_foundation import (
    CodeBasedExtension,
    CodeBasedExtensions,
    ModerationInputsResult,
    ModerationOutputsResult,
)
from dify_foundation.code_based_extension.plugin import CodeBasedExtensionPlugin
from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk import Plugin, hookimpl


class WordList:
    """Flags what contains one of the words that the app's form lists."""

    def __init__(self, *, tenant_id: str, app_id: str, config: Mapping[str, Any]) -> None:
        self._words = [word for word in str(config["words"]).lower().split() if word]
        self._answer = str(config.get("answer", ""))

    async def moderation_for_inputs(self, inputs: Mapping[str, Any], query: str = "") -> ModerationInputsResult:
        text = " ".join([*map(str, inputs.values()), query])
        return ModerationInputsResult(flagged=self._flags(text), preset_response=self._answer)

    async def moderation_for_outputs(self, text: str) -> ModerationOutputsResult:
        return ModerationOutputsResult(flagged=self._flags(text), preset_response=self._answer)

    def _flags(self, text: str) -> bool:
        return any(word in text.lower() for word in self._words)


class WordListPlugin(Plugin):
    requires = ("code-based-extension",)

    @hookimpl
    def code_based_extensions(self) -> list[CodeBasedExtension]:
        form = {"variable": "words", "label": {"en-US": "Words"}, "type": "paragraph", "required": True}
        label = {"en-US": "List of words"}
        return [CodeBasedExtension("moderation", "word_list", WordList, label=label, form_schema=(form,))]


async def test_the_moderation_is_listed_and_works(runtime: RuntimeFactory) -> None:
    booted = await runtime({"word-list": WordListPlugin, "code-based-extension": CodeBasedExtensionPlugin})
    extensions = await booted.services.get(CodeBasedExtensions)
    assert extensions.names("moderation") == ["word_list"]
    moderation = extensions.get("moderation", "word_list")(tenant_id="t", app_id="a", config={"words": "secret plan"})
    assert (await moderation.moderation_for_inputs({"topic": "My PLAN"})).flagged
    assert not (await moderation.moderation_for_outputs("weather")).flagged
