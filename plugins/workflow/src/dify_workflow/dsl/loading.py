"""From text or plain values to a `Document`."""

from collections import Counter
from typing import Any, Final

from .document import Document
from .errors import DslStructureError, DslSyntaxError, DslVersionError, Problem
from .limits import Limits
from .locating import locate
from .models.variables import MAX_VARIABLE_SIZE
from .reader import decode, read
from .structure import PIPELINE, parse
from .versions import APP_VERSION, OLDEST_VERSION, PIPELINE_VERSION, import_status, version_warnings

DEFAULT_LIMITS: Final = Limits()


def load(
    text: str | bytes,
    *,
    current: str = APP_VERSION,
    current_pipeline: str = PIPELINE_VERSION,
    limits: Limits = DEFAULT_LIMITS,
    max_variable_size: int = MAX_VARIABLE_SIZE,
) -> Document:
    """Read an app file of any version.

    `current` and `current_pipeline` are the versions that the declared one is compared with; `status` and `warnings`
    of the document say how that ends. `max_variable_size` is in bytes of memory. Pure: no clock, no network, no disk.
    A few milliseconds for a large app, so that it may run on an event loop; a file near the size limit takes seconds.

    Raises `DslError` with all problems and their lines where the import would fail.
    """
    source = decode(text, limits)
    reading = read(source, limits)
    problems, document = list(reading.problems), None
    error: type[DslStructureError | DslSyntaxError] = DslSyntaxError if problems else DslStructureError
    try:
        document = from_mapping(
            reading.value, current=current, current_pipeline=current_pipeline, max_variable_size=max_variable_size
        )
    except DslVersionError as failure:
        problems = [*problems, *failure.problems]
        raise DslVersionError(locate(problems, reading.value, source, limits), hint=failure.hint) from None
    except DslStructureError as failure:
        problems += failure.problems
    if document is None or problems:
        raise error(locate(problems, reading.value, source, limits))
    return Document(document.raw, document.file, document.status, document.warnings, source)


def from_mapping(
    raw: Any,
    *,
    current: str = APP_VERSION,
    current_pipeline: str = PIPELINE_VERSION,
    max_variable_size: int = MAX_VARIABLE_SIZE,
) -> Document:
    """The same from plain values, such as a database keeps them; they are not copied.

    Raises `DslVersionError` and `DslStructureError`, without lines.
    """
    if not isinstance(raw, dict):
        raise DslStructureError([Problem("not_a_mapping", "the file holds no mapping at its top")])
    version = raw.get("version", OLDEST_VERSION)
    if not isinstance(version, str):
        message = f"the version is read as {type(version).__name__}, not as text"
        raise DslVersionError([Problem("invalid_version", message, ("version",))], hint=f'write it as "{current}"')
    ours = current_pipeline if raw.get("kind") == PIPELINE else current
    status = import_status(version, ours)
    file = parse(raw, max_variable_size)
    return Document(raw, file, status, (*version_warnings(status, version, ours), *_duplicates(raw)))


def _duplicates(raw: dict[str, Any]) -> list[str]:
    """A warning for each variable that is hidden by a later one of its name."""
    warnings = []
    workflow = raw.get("workflow") or {}
    for section in ("environment_variables", "conversation_variables"):
        names = Counter(item["name"] for item in workflow.get(section) or ())
        warnings += [
            f"workflow.{section} has {name!r} more than once: the last one counts."
            for name, count in names.items()
            if count > 1
        ]
    return warnings
