"""From the text of a file to what rows can hold; what is wrong with it becomes one error."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from dify_workflow.dsl import AppMode, Document, DslError, ImportStatus, Problem, check, import_dataset_ids, load

from .api import ImportChoices
from .content import Content, content_of
from .datasets import TenantDatasetIds
from .errors import ImportFailedError

_LONGEST: Final = 255
"""Characters that the columns of names and icons hold."""
_LIMITED: Final = ("name", "icon_type", "icon", "icon_background")
_REFUSED: Final = frozenset({"start_and_trigger"})
"""Of what `check` finds, what no app may be published with; the rest are warnings, for such apps do run."""


@dataclass(frozen=True, slots=True)
class AppFile:
    """A file that can be imported: how the app looks, what it does, and what is questionable about it."""

    document: Document
    looks: dict[str, Any]
    content: Content
    warnings: tuple[str, ...]

    @property
    def mode(self) -> str:
        """The mode of the app."""
        return self.document.mode.value


async def read_file(
    text: str | bytes, tenant_id: str, *, choices: ImportChoices | None = None, default_name: str = ""
) -> AppFile:
    """Read a file, off the event loop; raises `ImportFailedError` with all problems."""
    return await asyncio.to_thread(_read, text, tenant_id, choices or ImportChoices(), default_name)


def _read(text: str | bytes, tenant_id: str, choices: ImportChoices, default_name: str) -> AppFile:
    try:
        document = load(text)
    except DslError as error:
        raise _failure(error.problems) from error
    if document.mode in {AppMode.RAG_PIPELINE, AppMode.CHANNEL}:
        raise ImportFailedError(f"the file holds no app but a {document.mode.value}")
    problems = check(document)
    refused = [problem for problem in problems if problem.code in _REFUSED]
    if refused:
        raise _failure(refused)
    document = import_dataset_ids(document, TenantDatasetIds(tenant_id))
    looks = _looks(document, choices, default_name)
    warnings = (*document.warnings, *(str(problem) for problem in problems))
    return AppFile(document, looks, content_of(document), warnings)


def pending(file: AppFile) -> bool:
    """Whether somebody must confirm the import: the file is newer, or far older, than this runtime."""
    return file.document.status is ImportStatus.PENDING


def _looks(document: Document, choices: ImportChoices, default_name: str) -> dict[str, Any]:
    app = document.app
    looks: dict[str, Any] = {
        "name": choices.name or app.name or default_name,
        "description": app.description if choices.description is None else choices.description,
        "icon_type": choices.icon_type or app.icon_type,
        "icon": choices.icon or app.icon,
        "icon_background": choices.icon_background or app.icon_background,
        "use_icon_as_answer_icon": getattr(app, "use_icon_as_answer_icon", False),
    }
    for name in _LIMITED:
        if len(looks[name]) > _LONGEST:
            raise ImportFailedError(f"app.{name} has more than {_LONGEST} characters")
    return {name: value.replace("\x00", "") if isinstance(value, str) else value for name, value in looks.items()}


def _failure(problems: "tuple[Problem, ...] | list[Problem]") -> ImportFailedError:
    texts = [_words(problem) for problem in problems]
    return ImportFailedError("\n".join(texts[:10]), problems=texts)


def _words(problem: Problem) -> str:
    """The problem, in the words that clients know where there are such."""
    if problem.code == "not_a_mapping":
        return "Invalid YAML format: content must be a mapping"
    if problem.code == "missing_app":
        return "Missing app data in YAML content"
    if problem.code == "missing_section" and problem.path == ("model_config",):
        return "Missing model_config for chat/agent-chat/completion app"
    return str(problem)
