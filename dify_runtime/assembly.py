"""Assembly: the boot up to the starts. Discovery, settings, resolution and contribution, each failure on its record."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dify_runtime_sdk import DifyRuntimeError, Plugin, Settings
from dify_runtime_sdk.plugin import Role

from .bootstrap import BootstrapSettings
from .configuration.layers import Layers, home_directory, read_local
from .configuration.store import SettingsStore
from .configuration.validation import validate
from .contributions import Contributions
from .declaration import provided
from .discovery import Discovery, discover, given, scan
from .errors import BootError, ContributionFailed
from .hooks import Contribution
from .records import OUT, Ledger, State
from .remote import RemoteLayer
from .resolve import Choice, Node, Resolution, resolve
from .services import HOST
from .view import Views


@dataclass(frozen=True, slots=True)
class BootRequest:
    """What is asked of a boot; see `Runtime.boot`. `guest`: the process belongs to another program."""

    roles: frozenset[Role] | None = None
    only: frozenset[str] | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    plugins: Mapping[str, type[Plugin]] | None = None
    environ: Mapping[str, str] | None = None
    cwd: Path | None = None
    strict: bool | None = None
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Groundwork:
    """The first two steps: bootstrap settings, and the declarations that were found and imported."""

    request: BootRequest
    layers: Layers
    bootstrap: BootstrapSettings
    home: Path
    discovery: Discovery
    began: float

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of the process to be."""
        return self.bootstrap.mode_roles if self.request.roles is None else self.request.roles


def lay_groundwork(request: BootRequest) -> Groundwork:
    """Read the local layers, validate the bootstrap settings, find and import the declarations.

    Raises `BootError` when the host's own settings are wrong, or a required plugin is missing.
    """
    began = time.perf_counter()
    try:
        layers = read_local(overrides=request.overrides, environ=request.environ, cwd=request.cwd)
        bootstrap = validate(BootstrapSettings, HOST, layers)
        candidates = scan() if request.plugins is None else given(request.plugins)
        discovery = discover(bootstrap, candidates, strict=request.strict)
    except DifyRuntimeError as error:
        raise BootError([error]) from error
    home = home_directory(layers, Path.cwd() if request.cwd is None else request.cwd)
    return Groundwork(request, layers, bootstrap, home, discovery, began)


class Assembly:
    """Everything known before the first start."""

    def __init__(self, groundwork: Groundwork) -> None:
        self.began = groundwork.began
        self.request = groundwork.request
        self.bootstrap = groundwork.bootstrap
        self.home = groundwork.home.absolute()
        self.roles = groundwork.roles
        self.ledger: Ledger = groundwork.discovery.ledger
        self.declarations = dict(groundwork.discovery.declarations)
        self.store = SettingsStore(groundwork.layers)
        self.remote = RemoteLayer(groundwork.bootstrap, groundwork.discovery)
        self.views = Views(self)
        self.plugins: dict[str, Plugin] = {}
        self.enabled: dict[str, bool] = {}
        self.resolution: Resolution = resolve(())
        self.contributed = Contributions({}, (), self.views)

    async def settle(self) -> None:
        """Fetch the remote layer and validate every model; then ask each plugin whether it is enabled."""
        await self.remote.fetch(self.store.layers)
        self.ledger.checkpoint()
        for model in host_models(self.roles):
            self.store.validate(HOST, model)
        for name, declaration in self.declarations.items():
            self._validate(name, declaration)
        self.store.check_clashes()
        self.ledger.checkpoint()

    def _validate(self, name: str, declaration: type[Plugin]) -> None:
        record = self.ledger.records[name]
        if record.state in OUT:
            return
        began = time.perf_counter()
        try:
            if declaration.config_source is not None:
                self.store.claim(name, declaration.config_source.bootstrap)
            settings = self.store.validate(name, declaration.settings) if declaration.settings else None
            self.plugins[name] = instantiate(name, declaration)
            self.enabled[name] = self.plugins[name].enabled(settings)
        except Exception as error:  # a plugin's own code runs here; what it raises is its failure
            self.ledger.fail(name, "settings", error)
        record.settings_ms = (time.perf_counter() - began) * 1000

    def contribute(self, own_services: list[Contribution]) -> None:
        """Resolve, register and contribute; a plugin that fails is taken out, and the phase begins anew."""
        while True:
            self._resolve()
            self.ledger.checkpoint()
            try:
                self._contribute(own_services)
            except ContributionFailed as error:
                if error.plugin not in self.ledger.records:
                    raise
                self.ledger.fail(error.plugin, "contribute", error)
                self.ledger.checkpoint()
                # a fresh start for the others: contributions may already have met the failed one's
                self.plugins = {name: instantiate(name, self.declarations[name]) for name in self.plugins}
            else:
                return

    def _contribute(self, own_services: list[Contribution]) -> None:
        ordered = {name: self.plugins[name] for name in self.resolution.order}
        self.contributed = Contributions(ordered, self.starting, self.views)
        self.contributed.compose(self.resolution, own_services)
        if "api" in self.roles:
            from .http.settings import HttpSettings  # only processes with the role api serve HTTP

            self.contributed.compose_http(self.store.get(HttpSettings))

    def _resolve(self) -> None:
        """Order the usable plugins and say of each what becomes of it here."""
        records = self.ledger.records
        usable = [name for name in self.plugins if records[name].state is not State.FAILED]
        absent: dict[str, str] = {}
        for name, record in records.items():
            if record.state in OUT:
                absent.update(dict.fromkeys((name, *record.provides), str(record.state)))
        nodes = [_node(name, self.declarations[name], self.enabled[name]) for name in usable]
        resolution = self.resolution = resolve(nodes, self._choices(usable), absent)
        for name in usable:
            records[name].state, records[name].level = State.READY, resolution.levels.get(name)
        for name, error in resolution.unmet.items():
            self.ledger.unmet(name, error, fault=not self._by_decision(name))
        for name, error in resolution.held.items():
            self.ledger.unmet(name, error, fault=False)
        wanted = None if self.request.only is None else self._wanted()
        for name in resolution.order:
            if records[name].state is State.READY:
                records[name].state, records[name].error = self._fate(name, wanted)
        self._hold_back()
        self._order_records()

    def _by_decision(self, name: str) -> bool:
        """Whether all that `name` lacks was denied by the operator: then it is nobody's failure."""
        denied = {
            capability
            for record in self.ledger.records.values()
            if record.state is State.DENIED
            for capability in (record.name, *record.provides)
        }
        present = self.resolution.selected
        lacking = [one for one in self.declarations[name].requires if one not in present]
        return bool(lacking) and all(one in denied for one in lacking)

    def _choices(self, usable: Collection[str]) -> dict[str, Choice]:
        choices: dict[str, Choice] = {}
        for name in usable:
            for capability, setting in self.declarations[name].selects.items():
                model: Any = self.declarations[name].settings
                value = getattr(self.store.get(model), setting)
                explanation = self.store.explain(setting)
                layer = explanation.layer if explanation else ""
                choices[capability] = Choice(name, setting, "" if value is None else str(value), layer)
        return choices

    def _fate(self, name: str, wanted: Collection[str] | None) -> tuple[State, str | None]:
        """What becomes of a plugin that has all it requires."""
        if not self.enabled[name]:
            return State.DISABLED, None
        passed_over = self.resolution.unselected.get(name)
        if passed_over:
            return State.IDLE, f"not selected: {passed_over}"
        if not self.declarations[name].roles & self.roles:
            return State.IDLE, f"starts in the roles {', '.join(sorted(self.declarations[name].roles))}"
        if self.request.guest and self.declarations[name].process_wide:
            return State.IDLE, "changes the process, which belongs to another program"
        if wanted is not None and name not in wanted:
            return State.IDLE, "not asked for"
        return State.READY, None

    def _wanted(self) -> set[str]:
        """The closure of the capabilities that a partial boot names; raises `BootError` for one that is not there."""
        selected = self.resolution.selected
        missing = [capability for capability in sorted(self.request.only or ()) if capability not in selected]
        if missing:
            reasons = [self.ledger.records[one].error for one in missing if one in self.ledger.records]
            raise BootError(
                [DifyRuntimeError(f"nothing provides {', '.join(missing)}", hint=next(iter(reasons), None))]
            )
        return self.resolution.closure(selected[capability] for capability in self.request.only or ())

    def _hold_back(self) -> None:
        """A plugin whose requirement does not start in this process does not start either."""
        for edge in sorted(self.resolution.edges, key=lambda edge: self.resolution.levels[edge.then]):
            record, needed = self.ledger.records[edge.then], self.ledger.records[edge.first]
            if edge.hard and record.state is State.READY and needed.state is not State.READY:
                reason = DifyRuntimeError(f"{edge.reason}, which is {needed.state} in this process")
                self.ledger.unmet(edge.then, reason, fault=False)

    def _order_records(self) -> None:
        """Records in the resolved order; what has no place in it follows by name."""
        place = {name: index for index, name in enumerate(self.resolution.order)}
        names = sorted(self.ledger.records, key=lambda name: (place.get(name, len(place)), name))
        self.ledger.records = {name: self.ledger.records[name] for name in names}

    @property
    def starting(self) -> list[str]:
        """The plugins that start in this process, in the resolved order."""
        return [name for name in self.resolution.order if self.ledger.records[name].state is State.READY]

    @property
    def started(self) -> list[str]:
        """The plugins that are up, in the resolved order."""
        return [name for name in self.resolution.order if self.ledger.records[name].state is State.STARTED]


def instantiate(name: str, declaration: type[Plugin]) -> Plugin:
    """One instance of a plugin, named."""
    plugin = declaration()
    plugin.name = name
    return plugin


def host_models(roles: Collection[str]) -> list[type[Settings]]:
    """The host's own settings models in a process of these roles."""
    from .server.settings import ServerSettings

    models: list[type[Settings]] = [BootstrapSettings, ServerSettings]
    if "api" in roles:
        from .http.settings import HttpSettings

        models.append(HttpSettings)
    return models


def _node(name: str, declaration: type[Plugin], enabled: bool) -> Node:
    capabilities = {one.capability: one.key or name for one in provided(declaration)}
    return Node(
        name,
        tuple(declaration.requires),
        tuple(declaration.after),
        tuple(declaration.before),
        capabilities,
        enabled,
    )
