"""Running all rules over the subjects."""

import re
from pathlib import Path
from typing import Final

from .case import Case
from .facts import EnvironmentFacts
from .findings import Finding
from .probing import TIME_LIMIT, probe_environment, probe_plugins
from .rules import RULES
from .sources import read_files
from .subjects import Subject, find_subjects

_EXCUSE: Final = re.compile(r"#\s*plugins check: ignore\s+([A-Z0-9, ]+)")


def check(
    target: str | None = None, environment: EnvironmentFacts | None = None, *, time_limit: float = TIME_LIMIT
) -> list[Finding]:
    """Check what `target` names (see `find_subjects`); raises `HostError` when it names nothing.

    `environment` saves looking at what is installed once more; `time_limit` is that of each import, in seconds.

    A line with the comment `# plugins check: ignore CODE` is excused from the rule of that code.
    """
    subjects = find_subjects(target)
    environment = environment or probe_environment()
    questions = [question for subject in subjects for question in _questions(subject)]
    facts = iter(probe_plugins(questions, time_limit))
    findings: list[Finding] = []
    for subject in subjects:
        plugins = [next(facts) for _ in subject.entry_points]
        case = Case(subject, read_files(subject), plugins, environment)
        findings.extend(finding for rule in RULES for finding in rule(case) if not _excused(finding))
    return sorted(findings, key=lambda one: (one.distribution, one.path or "", one.line or 0, one.code, one.message))


def _questions(subject: Subject) -> list[dict[str, object]]:
    paths = [str(path) for path in subject.search]
    return [{"name": name, "value": value, "paths": paths} for name, value in subject.entry_points.items()]


def _excused(finding: Finding) -> bool:
    if finding.path is None or finding.line is None:
        return False
    lines = Path(finding.path).read_text(encoding="utf-8", errors="replace").splitlines()
    excuse = _EXCUSE.search(lines[finding.line - 1]) if finding.line <= len(lines) else None
    return excuse is not None and finding.code in re.split(r"[,\s]+", excuse[1])
