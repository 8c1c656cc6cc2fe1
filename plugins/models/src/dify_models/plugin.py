"""The declaration of the plugin."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dify_database import Migrations
from dify_runtime_sdk import Command, Plugin, Runtime, Service, hookimpl

from .settings import ModelsSettings

if TYPE_CHECKING:
    from .domain.providers import Providers


class ModelsPlugin(Plugin):
    """The registry of model providers, workspaces' credentials and default models."""

    requires = ("database", "migrations", "cache", "secrets", "accounts", "egress")
    settings = ModelsSettings

    _providers: "Providers"

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer the hook `model_providers`."""
        from dify_runtime_sdk.model_providers import ModelProviderHooks

        return [ModelProviderHooks]

    @hookimpl
    def migrations(self) -> list[Migrations]:
        """Bring the tables."""
        return [Migrations(Path(__file__).parent / "migrations" / "versions", "dify_models.tables:METADATA", "0001")]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer calls of models, and their set-up."""
        from dify_runtime_sdk.model_uses import (
            DefaultModels,
            ModerationModels,
            Reranking,
            SpeechModels,
            TextEmbeddings,
            TranscriptionModels,
        )
        from dify_runtime_sdk.models import LanguageModels

        from .api import ModelProviders
        from .domain.providers import Providers
        from .factories import Factories
        from .parts import Parts

        self._providers = Providers()
        make = Factories(self._providers)
        return [
            Service(Parts, make.parts),
            Service(LanguageModels, make.language_models),
            Service(TextEmbeddings, make.embeddings),
            Service(Reranking, make.reranking),
            Service(ModerationModels, make.moderation),
            Service(SpeechModels, make.speech),
            Service(TranscriptionModels, make.transcription),
            Service(DefaultModels, make.defaults),
            Service(ModelProviders, make.model_providers),
        ]

    @hookimpl
    def commands(self) -> list[Command]:
        """Add the command."""
        return [Command("models", "dify_models.commands.models:models", "Models: list, test, add, default.")]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect the providers; raises `DuplicateNameError`, or `PluginError` for one that does not do its part."""
        for owner, provider in runtime.contributions("model_providers"):
            self._providers.add(provider, owner=owner)
