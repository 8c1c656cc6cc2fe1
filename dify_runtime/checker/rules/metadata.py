"""DR0xx: the metadata of the distribution."""

from collections.abc import Iterator
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from dify_runtime_sdk import ENTRY_POINT_GROUP

from ...declaration import NAME
from ..case import Case, rule
from ..findings import Issue, Severity

_UPPER: Final = frozenset(("<", "<=", "==", "~=", "==="))
_LOWER: Final = frozenset((">", ">=", "==", "~=", "==="))


@rule("DR001")
def has_plugins(case: Case) -> Iterator[Issue]:
    """A distribution registers at least one plugin under the entry-point group."""
    if not case.subject.entry_points:
        hint = f'add [project.entry-points."{ENTRY_POINT_GROUP}"] with NAME = "package.plugin:Class"'
        yield Issue("it registers no plugin", hint, case.subject.manifest)


@rule("DR002")
def names_are_valid(case: Case) -> Iterator[Issue]:
    """An entry point's name has lower-case letters, digits and inner hyphens."""
    for name in case.subject.entry_points:
        if not NAME.fullmatch(name):
            hint = "use lower-case letters, digits and inner hyphens"
            yield Issue(f"{name!r} is not a plugin name", hint, case.subject.manifest)


@rule("DR003")
def depends_on_the_sdk(case: Case) -> Iterator[Issue]:
    """A plugin depends on the SDK, with a lower and an upper bound."""
    sdk = [one for one in _requirements(case) if canonicalize_name(one.name) == "dify-runtime-sdk"]
    if not sdk:
        hint = 'add "dify-runtime-sdk>=X.Y,<X.Z" to the dependencies'
        yield Issue("it does not depend on dify-runtime-sdk", hint, case.subject.manifest)
    for one in sdk:
        if not _is_range(one.specifier):
            hint = "give a lower and an upper bound: a new minor version may change what plugins see"
            yield Issue(f"{str(one)!r} is not a range of versions", hint, case.subject.manifest)


@rule("DR004", Severity.WARNING)
def describes_itself(case: Case) -> Iterator[Issue]:
    """The metadata has a description and the Python versions it works with."""
    subject = case.subject
    for name, value in (("description", subject.description), ("requires-python", subject.requires_python)):
        if not value.strip():
            yield Issue(f"the metadata has no {name}", f"add {name} to the table [project]", subject.manifest)


@rule("DR005")
def needs_no_host(case: Case) -> Iterator[Issue]:
    """A plugin does not depend on the host at run time; its tests may."""
    for one in _requirements(case):
        if canonicalize_name(one.name) == "dify-runtime":
            hint = "depend on dify-runtime-sdk, and move dify-runtime[testing] into an extra for the tests"
            yield Issue("it depends on the host dify-runtime", hint, case.subject.manifest)


def _requirements(case: Case) -> Iterator[Requirement]:
    for text in case.subject.requirements:
        try:
            yield Requirement(text)
        except InvalidRequirement:
            continue  # the build refuses it, with a better message


def _is_range(specifier: SpecifierSet) -> bool:
    operators = {one.operator for one in specifier}
    return bool(operators & _LOWER) and bool(operators & _UPPER)


RULES: Final = (has_plugins, names_are_valid, depends_on_the_sdk, describes_itself, needs_no_host)
