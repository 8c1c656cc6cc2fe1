"""Discovery: one scan of the installed metadata, the operator's selection, and the import of each declaration.

The scan reads metadata only; no plugin code runs before its name has been selected. Order means nothing here:
everything is sorted by name.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk import ENTRY_POINT_GROUP
from dify_runtime_sdk.plugin import Plugin

from .bootstrap import BootstrapSettings
from .declaration import check_declaration, provided
from .errors import DiscoveryError
from .records import Ledger, PluginRecord, State

if TYPE_CHECKING:
    from importlib_metadata import Distribution

STANDARD_EXTRA: Final = "standard"
"""The extra of the host's own metadata that names the first-party distributions."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry point: a plugin that is installed, not yet imported."""

    name: str
    value: str
    distribution: str | None
    version: str | None
    load: Callable[[], Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found: the declarations that imported, by name in alphabetical order; the ledger has the rest."""

    ledger: Ledger
    declarations: Mapping[str, type[Plugin]]


def scan() -> list[Candidate]:
    """Every entry point of the plugin group, from one pass over the installed distributions."""
    import importlib_metadata  # at first use: not every command looks for plugins

    found = importlib_metadata.entry_points(group=ENTRY_POINT_GROUP)
    identity = cache(_identity)  # entries of one distribution share the object
    candidates = [Candidate(entry.name, entry.value, *identity(entry.dist), entry.load) for entry in found]
    return sorted(candidates, key=lambda one: (one.name, one.distribution or "", one.value))


def _identity(distribution: "Distribution | None") -> tuple[str | None, str | None]:
    """Name and version of a distribution, read from the head of its metadata.

    Its own properties parse the whole text twice, and import much of `email` for that.
    """
    if distribution is None:
        return None, None
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    fields = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    found = {name.lower(): value.strip() for name, _, value in fields}
    return found.get("name"), found.get("version")


def given(plugins: Mapping[str, type[Plugin]]) -> list[Candidate]:
    """Candidates for exactly these classes, for tests and for embedding the runtime in another program."""
    return [_given(name, plugin) for name, plugin in sorted(plugins.items())]


def _given(name: str, plugin: type[Plugin]) -> Candidate:
    # the address tells apart classes that one function made
    value = f"{plugin.__module__}:{plugin.__qualname__} at {id(plugin):#x}"
    return Candidate(name, value, None, None, lambda: plugin)


def discover(settings: BootstrapSettings, candidates: Sequence[Candidate], *, strict: bool | None = None) -> Discovery:
    """Select among `candidates` and import the declarations of those selected, each in its own try.

    Raises `DiscoveryError` when a required plugin is missing or has the wrong version; a clash or a broken import is a
    record, and the ledger's `checkpoint` says whether it stops the boot.
    """
    ledger = Ledger(strict=settings.strict if strict is None else strict)
    required = check_required(settings.DIFY_PLUGINS_REQUIRED, candidates)
    denied = _denied(settings, candidates)
    clashes = _clashes([one for one in candidates if one not in denied])
    declarations: dict[str, type[Plugin]] = {}
    for one in candidates:
        record = ledger.records.get(one.name)
        if record is None or record.state is State.DENIED:
            record = PluginRecord(one.name, one.distribution, one.version, essential=one.name in required)
            ledger.records[one.name] = record
        if one in denied:
            record.state, record.error = State.DENIED, denied[one]
        elif one.name in clashes:
            ledger.fail(one.name, "discover", clashes[one.name])
        else:
            declaration = _import(one, record, ledger)
            if declaration is not None:
                declarations[one.name] = declaration
    return Discovery(ledger, declarations)


def check_required(required: Iterable[str], candidates: Sequence[Candidate]) -> frozenset[str]:
    """The names of the required plugins; raises `DiscoveryError` when one is not installed in a fitting version.

    An item is the name of a plugin or of a distribution, with an optional version range of the distribution.
    """
    names: set[str] = set()
    for item in required:
        names.update(_required(item, candidates))
    return frozenset(names)


def _required(item: str, candidates: Sequence[Candidate]) -> list[str]:
    from packaging.requirements import InvalidRequirement, Requirement  # at first use: most boots require nothing

    try:
        requirement = Requirement(item)
    except InvalidRequirement as error:
        raise DiscoveryError(f"DIFY_PLUGINS_REQUIRED: {item!r} is not a name with a version range") from error
    found = [one for one in candidates if _matches(requirement.name, one)]
    if not found:
        hint = f"install it, or take it out of DIFY_PLUGINS_REQUIRED: pip install {requirement.name}"
        raise DiscoveryError(f"required plugin {requirement.name!r} is not installed", hint=hint)
    for one in found:
        if one.version is not None and not requirement.specifier.contains(one.version, prereleases=True):
            raise DiscoveryError(
                f"required plugin {one.name!r} is installed as {one.distribution} {one.version}, "
                f"and {requirement.specifier} is required",
                hint=f"pip install '{one.distribution}{requirement.specifier}'",
            )
    return [one.name for one in found]


def _matches(pattern: str, candidate: Candidate) -> bool:
    wanted = _canonical(pattern)
    names = (candidate.name, candidate.distribution or candidate.name)
    return any(fnmatchcase(_canonical(name), wanted) for name in names)


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _denied(settings: BootstrapSettings, candidates: Sequence[Candidate]) -> dict[Candidate, str]:
    allow, deny = settings.DIFY_PLUGINS_ALLOW, settings.DIFY_PLUGINS_DENY
    first_party = first_party_distributions() if settings.DIFY_PLUGINS_SAFE_MODE else None
    denied: dict[Candidate, str] = {}
    for one in candidates:
        if any(_matches(pattern, one) for pattern in deny):
            denied[one] = "denied by DIFY_PLUGINS_DENY"
        elif allow is not None and not any(_matches(pattern, one) for pattern in allow):
            denied[one] = "not in DIFY_PLUGINS_ALLOW"
        elif first_party is not None and _canonical(one.distribution or "") not in first_party:
            denied[one] = "not first-party (DIFY_PLUGINS_SAFE_MODE)"
    return denied


def first_party_distributions() -> frozenset[str]:
    """The distributions that the host's own metadata names as its standard set."""
    import importlib_metadata  # at first use: safe mode only
    from packaging.requirements import Requirement

    requirements = map(Requirement, importlib_metadata.requires("dify-runtime") or ())
    environment = {"extra": STANDARD_EXTRA}
    return frozenset(
        _canonical(one.name) for one in requirements if one.marker is not None and one.marker.evaluate(environment)
    )


def _clashes(candidates: Sequence[Candidate]) -> dict[str, DiscoveryError]:
    """Names that several distributions claim, and objects that stand under several names."""
    by_name: dict[str, list[Candidate]] = {}
    by_value: dict[str, list[Candidate]] = {}
    for one in candidates:
        by_name.setdefault(one.name, []).append(one)
        by_value.setdefault(one.value, []).append(one)
    clashes: dict[str, DiscoveryError] = {}
    for name, group in by_name.items():
        if len(group) > 1:
            owners = " and ".join(f"{one.distribution} {one.version} ({one.value})" for one in group)
            clashes[name] = DiscoveryError(
                f"two plugins are named {name!r}: {owners}", hint="uninstall one of the distributions"
            )
    for value, group in by_value.items():
        names = sorted({one.name for one in group})
        if len(names) > 1:
            owners = ", ".join(sorted({str(one.distribution) for one in group}))
            error = DiscoveryError(
                f"{value} is registered under several names: {', '.join(names)} (by {owners})",
                hint="keep one entry point, or deny the other names",
            )
            clashes.update({name: clashes.get(name, error) for name in names})
    return clashes


def _import(candidate: Candidate, record: PluginRecord, ledger: Ledger) -> type[Plugin] | None:
    before_kb, began = _resident_kb(), time.perf_counter()
    try:
        declaration = candidate.load()
        check_declaration(candidate.name, declaration)
    except (Exception, SystemExit) as error:  # whatever a foreign module raises is its own failure
        ledger.fail(candidate.name, "import", error)
        return None
    finally:
        record.import_ms = (time.perf_counter() - began) * 1000
        record.import_kb = max(0, _resident_kb() - before_kb)
    record.requires, record.after, record.before = (
        tuple(declaration.requires),
        tuple(declaration.after),
        tuple(declaration.before),
    )
    record.provides = tuple(one.capability for one in provided(declaration))
    record.essential = record.essential or declaration.essential
    return declaration  # type: ignore[no-any-return]  # checked by check_declaration


def _resident_kb() -> int:
    """Resident memory of this process in KiB; 0 where the system does not say cheaply."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123 - a system file, read at every import
        return int(file.read().split()[1]) * (os.sysconf("SC_PAGE_SIZE") // 1024)
