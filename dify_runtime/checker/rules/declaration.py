"""DR2xx: the declaration and its import."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..case import Case, rule
from ..facts import PluginFacts
from ..findings import Issue, Severity


@rule("DR201")
def files_are_valid(case: Case) -> Iterator[Issue]:
    """Every file of the package is valid Python."""
    for file in case.files:
        if file.fault is not None:
            yield Issue(file.fault, "correct it", file.path)


@rule("DR202")
def declaration_is_sound(case: Case) -> Iterator[Issue]:
    """The declaration can be imported, and its attributes make sense."""
    for plugin in case.plugins:
        if plugin.error is not None:
            hint = f"`python -c 'import {plugin.value.partition(':')[0]}'` shows where"
            yield Issue(f"plugin {plugin.name!r} ({plugin.value}): {plugin.error}", hint, case.subject.manifest)


@rule("DR203")
def declaration_is_light(case: Case) -> Iterator[Issue]:
    """Importing the declaration imports the SDK, the standard library, the own and required plugins' packages only."""
    # those of required plugins are imported for their own sake anyhow; what they bring in with them counts
    required = {package.partition(".")[0] for package in case.required_packages}
    for plugin in case.plugins:
        foreign = plugin.dragged.keys() - required
        dragged = {name: plugin.dragged[name] for name in foreign if not case.subject.owns(name)}
        if not dragged:
            continue
        listed = ", ".join(f"{name} ({ms:.1f} ms)" for name, ms in sorted(dragged.items(), key=lambda one: -one[1]))
        cost = f"{plugin.import_ms:.0f} ms and {plugin.import_kb} kB in all"
        path, line = _culprit(case, plugin, dragged)
        yield Issue(
            f"importing the declaration of plugin {plugin.name!r} also imports {listed}; {cost}",
            "every process pays for it at every start: import it inside the methods that need it",
            path,
            line,
        )


def _culprit(case: Case, plugin: PluginFacts, dragged: dict[str, float]) -> tuple[Path | None, int | None]:
    """Where the first of these modules is imported at module level, as far as one can see."""
    for file in case.files:
        for one in file.imports(module_level=True):
            if one.module.partition(".")[0] in dragged:
                return one.path, one.line
    return (Path(plugin.file) if plugin.file else case.subject.manifest), plugin.line


@rule("DR204", Severity.WARNING)
def edges_lead_somewhere(case: Case) -> Iterator[Issue]:
    """Every edge names a plugin or a capability that something here provides."""
    known = {name for one in case.environment.plugins for name in (one.name, *one.provides)}
    known |= {name for one in case.plugins for name in (one.name, *one.provides)}
    for plugin in case.sound:
        for kind in ("requires", "after", "before"):
            for name in getattr(plugin, kind):
                if name not in known:
                    message = f"plugin {plugin.name!r}: `{kind}` names {name!r}, which nothing installed provides"
                    hint = "correct the name, or install what provides it"
                    yield Issue(message, hint, Path(plugin.file) if plugin.file else None, plugin.line)


RULES: Final = (files_are_valid, declaration_is_sound, declaration_is_light, edges_lead_somewhere)
