"""DR5xx: documentation and tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..case import Case, rule
from ..findings import Issue, Severity


@rule("DR501")
def readme_says_something(case: Case) -> Iterator[Issue]:
    """The distribution has a README with more than headings."""
    lines = (line.strip() for line in case.subject.readme.splitlines())
    if not any(line and not line.startswith("#") for line in lines):
        hint = "write what the plugin does and how it is set, and name the file as `readme` in [project]"
        yield Issue("it has no README, or one that says nothing", hint, case.subject.manifest)


@rule("DR502")
def plugins_are_documented(case: Case) -> Iterator[Issue]:
    """Every plugin class has a docstring."""
    for plugin in case.sound:
        if not plugin.documented:
            message = f"the class of plugin {plugin.name!r} has no docstring"
            hint = "say in a line what it does"
            yield Issue(message, hint, Path(plugin.file) if plugin.file else None, plugin.line)


@rule("DR503", Severity.WARNING)
def tests_exist(case: Case) -> Iterator[Issue]:
    """The source has a folder `tests` with test modules in it."""
    root = case.subject.root
    if root is not None and not any((root / "tests").rglob("test_*.py")):
        yield Issue("there are no tests", "add tests/test_*.py; the fixture `runtime` boots a plugin", root)


RULES: Final = (readme_says_something, plugins_are_documented, tests_exist)
