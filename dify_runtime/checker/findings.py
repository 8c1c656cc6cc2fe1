"""What the checker reports."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Severity(StrEnum):
    """How bad a finding is: an error breaks the contract, a warning is a likely mistake."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Issue:
    """What a rule saw; `line` counts from 1."""

    message: str
    hint: str
    path: Path | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """An issue with the code and severity of its rule, and the distribution it is about."""

    code: str
    severity: Severity
    distribution: str
    message: str
    hint: str
    path: str | None
    line: int | None

    @property
    def place(self) -> str:
        """Where it is, as editors understand it; the distribution where there is no file."""
        if self.path is None:
            return self.distribution
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def to_json(self) -> dict[str, Any]:
        """The finding as one JSON object."""
        return {**asdict(self), "severity": str(self.severity)}
