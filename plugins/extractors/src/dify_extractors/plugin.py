"""The declaration of the plugin."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl

from .settings import ExtractorSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dify_runtime_sdk.documents import DocumentExtractor

    from .catalogue import Catalogue


class ExtractorsPlugin(Plugin):
    """Reads documents in worker processes, which are started when the first one comes."""

    settings = ExtractorSettings

    def __init__(self) -> None:
        self._catalogue: Catalogue | None = None

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer the hook `document_extractors`."""
        from dify_runtime_sdk.documents import DocumentHooks

        return [DocumentHooks]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the service `DocumentExtractor`."""
        from dify_runtime_sdk.documents import DocumentExtractor

        return [Service(DocumentExtractor, self._make)]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect the readers."""
        from .catalogue import Catalogue
        from .partition import partition_readers

        built_in = partition_readers(runtime.settings(ExtractorSettings), runtime.services)
        self._catalogue = Catalogue(built_in, runtime.contributions("document_extractors"))

    async def _make(self, runtime: Runtime) -> "AsyncIterator[DocumentExtractor]":
        from .extractor import Extractor
        from .pool import Bounds, WorkerPool

        if self._catalogue is None:
            raise RuntimeError("looked up before the phase finish")
        settings = runtime.settings(ExtractorSettings)
        bounds = Bounds.of(settings)
        async with WorkerPool(settings.EXTRACTOR_WORKERS, bounds) as pool:
            yield Extractor(self._catalogue, pool)
