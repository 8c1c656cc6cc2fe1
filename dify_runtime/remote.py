"""The remote layer: fetched once before validation, within a time limit, and watched while the runtime serves."""

import asyncio
import logging
from contextlib import aclosing

from dify_runtime_sdk import ConfigSource, ConfigSourceError, DifyRuntimeError, SettingsChanged
from dify_runtime_sdk.events import Events
from dify_runtime_sdk.plugin import Plugin

from .bootstrap import BootstrapSettings
from .configuration.layers import Layer, Layers, LayerValues, upper
from .configuration.store import SettingsStore
from .configuration.validation import validate
from .discovery import Discovery

_log = logging.getLogger(__name__)


class RemoteLayer:
    """The config source that `REMOTE_SETTINGS_SOURCE_NAME` selects, if any."""

    def __init__(self, settings: BootstrapSettings, discovery: Discovery) -> None:
        self._timeout = settings.DIFY_PLUGINS_CONFIG_TIMEOUT
        self._selector = settings.REMOTE_SETTINGS_SOURCE_NAME
        self._discovery = discovery
        self._source: ConfigSource | None = None

    async def fetch(self, layers: Layers) -> None:
        """Add the remote layer to `layers`; a source that fails is its plugin's failure in the phase settings."""
        if not self._selector:
            return
        ledger = self._discovery.ledger
        owner, declaration = self._selected()
        if declaration is None:
            error = self._unknown()
            if ledger.strict:
                ledger.fatal.append(error)
            else:
                _log.warning("%s; going on without remote settings", error)
            return
        try:
            values = await self._read(owner, declaration, layers)
        except Exception as error:  # a foreign source may raise anything; it is that plugin's failure
            ledger.fail(owner, "settings", error)
        else:
            layers.put(LayerValues(Layer.REMOTE, upper(values), self._selector))

    def _selected(self) -> tuple[str, type[ConfigSource] | None]:
        for name, declaration in self._discovery.declarations.items():
            source = declaration.config_source
            if source is not None and source.name == self._selector:
                return name, source
        return "", None

    def _unknown(self) -> ConfigSourceError:
        known = [source.name for plugin in self._discovery.declarations.values() if (source := _source_of(plugin))]
        return ConfigSourceError(
            f"REMOTE_SETTINGS_SOURCE_NAME={self._selector} names no installed config source",
            hint=f"available: {', '.join(sorted(known)) or 'none'}",
        )

    async def _read(self, owner: str, declaration: type[ConfigSource], layers: Layers) -> dict[str, str]:
        bootstrap = validate(declaration.bootstrap, owner, layers)
        self._source = declaration(bootstrap)  # type: ignore[call-arg]  # the contract of ConfigSource
        try:
            async with asyncio.timeout(self._timeout):
                return dict(await self._source.fetch())
        except TimeoutError as error:
            reason = f"config source {self._selector!r} gave no answer within {self._timeout:g} s"
            raise ConfigSourceError(reason, hint="check its address, or raise DIFY_PLUGINS_CONFIG_TIMEOUT") from error

    async def watch(self, store: SettingsStore, events: Events) -> None:
        """Take changes over while the runtime serves. Values that a model refuses are logged and not taken."""
        if self._source is None:
            return
        async with aclosing(self._source.watch()) as changes:
            async for values in changes:
                try:
                    changed = store.replace_remote(values, self._selector)
                except DifyRuntimeError as error:
                    _log.warning("remote settings of %r refused, the last good ones stay: %s", self._selector, error)
                    continue
                if changed:
                    await events.publish(SettingsChanged(changed))

    async def close(self) -> None:
        """Release the source's connections."""
        source, self._source = self._source, None
        if source is not None:
            await source.close()


def _source_of(plugin: type[Plugin]) -> type[ConfigSource] | None:
    return plugin.config_source
