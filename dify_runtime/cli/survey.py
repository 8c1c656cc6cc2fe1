"""A look at all plugins with nothing started, which goes on where a boot would stop and keeps the reasons."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dify_runtime_sdk import ROLES, DifyRuntimeError, Settings, SettingsError

from ..assembly import Assembly, BootRequest, Groundwork, host_models
from ..bootstrap import BootstrapSettings
from ..configuration.layers import Layers, home_directory, read_environment, read_local
from ..configuration.validation import SettingField, fields_of, validate
from ..discovery import Candidate, Discovery, check_required, discover, given, scan
from ..errors import BootError, DiscoveryError, PluginFailure
from ..lifecycle import Lifecycle
from ..records import Ledger
from ..runtime import assemble
from ..services import HOST


@dataclass(slots=True)
class LenientLedger(Ledger):
    """A ledger whose checkpoints let everything pass."""

    def checkpoint(self) -> None:
        """Go on: the reasons stay in `fatal`."""


class LenientAssembly(Assembly):
    """An assembly that goes on where a boot would stop; `problems` holds what is wrong with the host's own part."""

    def __init__(self, groundwork: Groundwork, problems: list[DifyRuntimeError]) -> None:
        super().__init__(groundwork)
        self.problems = problems

    async def settle(self) -> None:
        """Fetch the remote layer and validate every model, each on its own; models of failed plugins are claimed."""
        await self.remote.fetch(self.store.layers)
        for model in host_models(self.roles):
            self._validate_host(model)
        for name, declaration in self.declarations.items():
            self._validate(name, declaration)
        self._attempt(self.store.check_clashes)
        self.claim()

    def claim(self) -> None:
        """Note every model that anybody declares, so that also the settings of a failed plugin can be explained."""
        for model in host_models(self.roles):
            self.store.claim(HOST, model)
        for name, declaration in self.declarations.items():
            if declaration.config_source is not None:
                self.store.claim(name, declaration.config_source.bootstrap)
            if declaration.settings is not None:
                self.store.claim(name, declaration.settings)

    def _validate_host(self, model: type[Settings]) -> None:
        """Validate one of the host's models; where that fails, go on with its defaults for what is wrong."""
        try:
            self.store.validate(HOST, model)
        except SettingsError as error:
            self.problems.append(error)
            layers, self.store.layers = self.store.layers, _without_invalid(model, self.store.layers)
            self.store.validate(HOST, model)
            self.store.layers = layers

    def _attempt(self, check: Callable[[], Any]) -> None:
        try:
            check()
        except DifyRuntimeError as error:
            self.problems.append(error)


def lay_lenient_groundwork(request: BootRequest, problems: list[DifyRuntimeError]) -> Groundwork:
    """The first steps of a boot; what would stop it is appended to `problems`, and taken as not said."""
    began = time.perf_counter()
    layers = _layers(request, problems)
    try:
        bootstrap = validate(BootstrapSettings, HOST, layers)
    except SettingsError as error:
        problems.append(error)
        bootstrap = validate(BootstrapSettings, HOST, _without_invalid(BootstrapSettings, layers))
    candidates = scan() if request.plugins is None else given(request.plugins)
    required = _fulfilled(bootstrap.DIFY_PLUGINS_REQUIRED, candidates, problems)
    bootstrap = bootstrap.model_copy(update={"DIFY_PLUGINS_REQUIRED": required})
    found = discover(bootstrap, candidates, strict=True)
    ledger = LenientLedger(strict=True, records=found.ledger.records, fatal=found.ledger.fatal)
    home = home_directory(layers, Path.cwd() if request.cwd is None else request.cwd)
    return Groundwork(request, layers, bootstrap, home, Discovery(ledger, found.declarations), began)


def _layers(request: BootRequest, problems: list[DifyRuntimeError]) -> Layers:
    try:
        return read_local(overrides=request.overrides, environ=request.environ, cwd=request.cwd)
    except DifyRuntimeError as error:
        problems.append(error)
        return Layers([read_environment(request.environ)])  # the one layer that cannot be malformed


def _without_invalid(model: type[Settings], layers: Layers) -> Layers:
    """The layers without the settings of `model` that are not valid on their own."""
    invalid = {
        name for setting in fields_of(model, HOST) if not _valid_alone(model, setting, layers) for name in setting.names
    }
    return _only(layers, lambda name: name not in invalid)


def _valid_alone(model: type[Settings], setting: SettingField, layers: Layers) -> bool:
    try:
        validate(model, HOST, _only(layers, lambda name: name in setting.names))
    except SettingsError:
        return False
    return True


def _only(layers: Layers, keep: Callable[[str], bool]) -> Layers:
    return Layers(
        [
            replace(source, values={name: value for name, value in source.values.items() if keep(name)})
            for source in layers.stack
        ]
    )


def _fulfilled(
    required: Sequence[str], candidates: Sequence[Candidate], problems: list[DifyRuntimeError]
) -> tuple[str, ...]:
    """The requirements of the operator that are met."""
    met: list[str] = []
    for item in required:
        try:
            check_required([item], candidates)
        except DiscoveryError as error:
            problems.append(error)
        else:
            met.append(item)
    return tuple(met)


async def survey(request: BootRequest | None = None, *, contribute: bool = True) -> LenientAssembly:
    """Discover, settle and, unless only the settings matter, contribute; nothing is started, nothing raised.

    What plugins print meanwhile goes to stderr: stdout is for the result of the command.
    """
    problems: list[DifyRuntimeError] = []
    with redirect_stdout(sys.stderr):
        assembly = LenientAssembly(lay_lenient_groundwork(request or BootRequest(), problems), problems)
        try:
            if contribute:
                await assemble(assembly, Lifecycle(assembly))
            else:
                await assembly.settle()
        except BootError as error:
            problems.extend(error.reasons)
        finally:
            await assembly.remote.close()
    problems.extend(reason for reason in assembly.ledger.fatal if not isinstance(reason, PluginFailure))
    return assembly


def declared() -> LenientAssembly:
    """Discovery alone, with the settings models of all plugins claimed for all roles, and no value looked at."""
    problems: list[DifyRuntimeError] = []
    with redirect_stdout(sys.stderr):
        assembly = LenientAssembly(lay_lenient_groundwork(BootRequest(roles=ROLES), problems), problems)
    assembly.claim()
    return assembly
