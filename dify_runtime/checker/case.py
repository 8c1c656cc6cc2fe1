"""What a rule sees, and what a rule is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .facts import EnvironmentFacts, InstalledPlugin, PluginFacts
from .findings import Finding, Issue, Severity
from .sources import SourceFile
from .subjects import Subject


@dataclass(frozen=True)
class Case:
    """One subject with everything that was found out about it."""

    subject: Subject
    files: list[SourceFile]
    plugins: list[PluginFacts]
    environment: EnvironmentFacts

    @cached_property
    def sound(self) -> list[PluginFacts]:
        """The plugins whose declaration could be imported."""
        return [plugin for plugin in self.plugins if plugin.error is None]

    @cached_property
    def others(self) -> list[InstalledPlugin]:
        """The installed plugins of other distributions."""
        return [
            one
            for one in self.environment.plugins
            if one.distribution != self.subject.distribution and not self.subject.owns(one.package)
        ]

    @cached_property
    def required(self) -> set[str]:
        """The capabilities that the plugins of this distribution require."""
        return {capability for plugin in self.plugins for capability in plugin.requires}

    @cached_property
    def required_packages(self) -> set[str]:
        """The packages of other distributions whose plugins are required here."""
        return {one.package for one in self.others if self.required & {one.name, *one.provides}}

    @cached_property
    def hooks(self) -> Mapping[str, list[str]]:
        """Every hook that can be implemented here, with its arguments."""
        offered = {name: arguments for plugin in self.plugins for name, arguments in plugin.offers.items()}
        return {**self.environment.hooks, **offered}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: a stable code, a severity, and the function that looks for issues. Its docstring states the rule."""

    code: str
    severity: Severity
    look: Callable[[Case], Iterable[Issue]]

    @property
    def text(self) -> str:
        """The rule in words."""
        return " ".join((self.look.__doc__ or "").split())

    def to_json(self) -> dict[str, str]:
        """The rule as one JSON object."""
        return {"code": self.code, "severity": str(self.severity), "rule": self.text}

    def __call__(self, case: Case) -> Iterator[Finding]:
        """The findings of this rule."""
        for issue in self.look(case):
            path = None if issue.path is None else str(issue.path)
            distribution = case.subject.distribution
            yield Finding(self.code, self.severity, distribution, issue.message, issue.hint, path, issue.line)


def rule(code: str, severity: Severity = Severity.ERROR) -> Callable[[Callable[[Case], Iterable[Issue]]], Rule]:
    """Make a function a rule."""

    def wrap(look: Callable[[Case], Iterable[Issue]]) -> Rule:
        return Rule(code, severity, look)

    return wrap
