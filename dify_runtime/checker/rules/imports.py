"""DR1xx: what a plugin imports of other plugins and of the host."""

from collections.abc import Iterator
from typing import Final

from ..case import Case, rule
from ..facts import InstalledPlugin
from ..findings import Issue
from ..sources import Import, exported_names
from ..subjects import package_place

_HOST: Final = "dify_runtime"


@rule("DR101")
def imports_are_declared(case: Case) -> Iterator[Issue]:
    """A plugin imports another plugin's package only if it declares `requires` on it."""
    if len(case.sound) < len(case.plugins):
        return  # what it requires is not known: DR201 comes first
    for one, providers in _foreign_imports(case):
        offered = {capability for plugin in providers for capability in (plugin.name, *plugin.provides)}
        if not offered & case.required:
            names = ", ".join(sorted(plugin.name for plugin in providers))
            message = f"imports {one.module} of {providers[0].distribution}, and requires none of its plugins"
            yield Issue(message, f"add one to `requires`: {names}", one.path, one.line)


@rule("DR102")
def imports_are_public(case: Case) -> Iterator[Issue]:
    """Of another plugin only its public package is imported, and of the modules inside those in its `__all__`."""
    for one, providers in _foreign_imports(case):
        package = providers[0].package
        inside = _module_inside(package, one)
        if inside is not None:
            hint = f"import what {package} itself exports, or look a service up"
            yield Issue(f"imports {inside}, a module inside {package}", hint, one.path, one.line)


@rule("DR103")
def host_is_not_imported(case: Case) -> Iterator[Issue]:
    """A plugin does not import the host; its tests may."""
    for file in case.files:
        for one in file.imports():
            if one.reaches(_HOST):
                yield Issue(f"imports {one.module}, the host", "import dify_runtime_sdk instead", one.path, one.line)


def _foreign_imports(case: Case) -> Iterator[tuple[Import, list[InstalledPlugin]]]:
    """The imports of other plugins' packages, each with the plugins of the distribution it belongs to."""
    packages: dict[str, list[InstalledPlugin]] = {}
    for plugin in case.others:
        packages.setdefault(plugin.package, []).append(plugin)
    for file in case.files:
        for one in file.imports():
            for package, plugins in packages.items():
                if one.reaches(package):
                    yield one, plugins


def _module_inside(package: str, one: Import) -> str | None:
    """The module inside `package` that is imported, if it is not the package itself or a name it exports."""
    found = package_place(package)
    exports = exported_names(found[1]) if found is not None else frozenset()
    if one.module.startswith(f"{package}."):
        return None if one.module.removeprefix(f"{package}.") in exports else one.module
    if one.module != package or one.name is None or found is None or not found[1].is_dir() or one.name in exports:
        return None
    place = found[1] / one.name
    return f"{package}.{one.name}" if place.with_name(f"{one.name}.py").is_file() or place.is_dir() else None


RULES: Final = (imports_are_declared, imports_are_public, host_is_not_imported)
