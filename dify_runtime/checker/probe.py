"""The process in which the checker imports plugins; `python -m dify_runtime.checker.probe JSON` prints facts as JSON.

Each declaration is imported in a process of its own, so that it alone is to blame for what its import brings in.
"""

import inspect
import json
import os
import sys
from contextlib import redirect_stdout
from importlib.metadata import EntryPoint
from typing import Any, Final

from dify_runtime_sdk import ENTRY_POINT_GROUP, Plugin, http
from dify_runtime_sdk.hookspecs import CORE_HOOKS

from ..bootstrap import BootstrapSettings
from ..discovery import Candidate, Discovery, discover, scan
from .facts import EnvironmentFacts, InstalledPlugin, PluginFacts
from .inspecting import arguments_of, implemented_hooks, setting_facts, unmarked_methods
from .subjects import package_place

MARK: Final = "-- the declaration's own imports follow --"
"""Written to stderr between the imports of the probe itself and those of the declaration."""

FREE: Final = frozenset((*sys.stdlib_module_names, http.__name__.partition(".")[0]))
"""Top-level modules that a declaration may import at will; besides them only what the SDK has already imported."""


def probe_declaration(name: str, value: str, paths: list[str]) -> PluginFacts:
    """Import one entry point and describe what it declares; `paths` go before all else on `sys.path`."""
    sys.path[:0] = paths
    load = EntryPoint(name, value, ENTRY_POINT_GROUP).load
    before = {module.partition(".")[0] for module in sys.modules}
    print(MARK, file=sys.stderr, flush=True)  # noqa: T201 - read by the parent
    found = discover(BootstrapSettings(), [Candidate(name, value, None, None, load)], strict=False)
    own = value.partition(":")[0].partition(".")[0]
    tops = {module.partition(".")[0] for module in sys.modules} - before - FREE - {own}
    record = found.ledger.records[name]
    facts = PluginFacts(name=name, value=value, error=record.error, dragged=dict.fromkeys(sorted(tops), 0.0))
    facts.import_ms, facts.import_kb = record.import_ms or 0.0, record.import_kb or 0
    declaration = found.declarations.get(name)
    if declaration is not None:
        facts.requires, facts.after, facts.before = list(record.requires), list(record.after), list(record.before)
        facts.provides = list(record.provides)
        _describe(facts, declaration)
    return facts


def _describe(facts: PluginFacts, declaration: type[Plugin]) -> None:
    """Add to `facts` what takes a look at the class."""
    facts.file = inspect.getsourcefile(declaration)
    facts.line = inspect.getsourcelines(declaration)[1]
    facts.documented = bool((vars(declaration).get("__doc__") or "").strip())
    facts.hooks = implemented_hooks(declaration)
    facts.unmarked = unmarked_methods(declaration)
    facts.offers = _offers(declaration)
    facts.settings = _settings(declaration)


def _settings(declaration: type[Plugin]) -> list[Any]:
    models = [declaration.settings, declaration.config_source.bootstrap if declaration.config_source else None]
    return [fact for model in models if model is not None for fact in setting_facts(model)]


def _offers(declaration: type[Plugin]) -> dict[str, list[str]]:
    """The hooks of a plugin's own extension points; none where it has no such hook, or it fails."""
    hook = getattr(declaration, "extension_points", None)
    if hook is None:
        return {}
    try:
        points = list(declaration().extension_points() or ())  # type: ignore[attr-defined]  # checked above
    except Exception:  # a plugin's own code; a boot reports it, here it only means fewer known hooks
        return {}
    return {name: arguments for point in points for name, arguments in _specified(point).items()}


def _specified(point: type[Any]) -> dict[str, list[str]]:
    methods = inspect.getmembers(point, inspect.isfunction)
    return {name: arguments_of(method) for name, method in methods if not name.startswith("_")}


def probe_environment() -> EnvironmentFacts:
    """Import every installed declaration and describe what others must know of it."""
    candidates = scan()
    found: Discovery = discover(BootstrapSettings(), candidates, strict=False)
    facts = EnvironmentFacts()
    for point in CORE_HOOKS:
        facts.hooks.update(_specified(point))
    for one in candidates:
        module = one.value.partition(":")[0]
        package, _ = package_place(module) or (module, None)
        installed = InstalledPlugin(name=one.name, distribution=one.distribution, package=package)
        declaration = found.declarations.get(one.name)
        if declaration is not None:
            installed.provides = list(found.ledger.records[one.name].provides)
            installed.settings = _settings(declaration)
            facts.hooks.update(_offers(declaration))
        facts.plugins.append(installed)
    return facts


def main() -> None:
    """Answer the one question in the arguments; stdout is for the answer alone."""
    question = json.loads(sys.argv[1])
    with redirect_stdout(sys.stderr):
        facts = probe_declaration(**question) if question else probe_environment()
    sys.stdout.write(facts.model_dump_json())
    sys.stdout.flush()
    os._exit(0)  # whatever the plugin left running, threads included, ends here


if __name__ == "__main__":
    main()
