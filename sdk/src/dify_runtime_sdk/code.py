"""Code: running a tenant's code and templates, never unprotected and never with the rights of this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from .errors import DifyRuntimeError


class CodeError(DifyRuntimeError):
    """Code or a template did not give a result; the message is meant for the author of the code."""

    code = "code_failed"


class CodeExecutionError(CodeError):
    """The code raised, ended without a result, or gave something that is not a JSON object with string keys."""

    code = "code_execution_failed"


class CodeLimitError(CodeError):
    """The code went over a limit: time, memory, processes or output; names which."""

    code = "code_limit_exceeded"


class CodeRefusedError(CodeError):
    """Nothing was run: no isolation can be established here, or the service that runs code is away. Says why."""

    code = "code_refused"


class TemplateError(CodeError):
    """A template has a syntax error, failed while rendering, or went over a limit of time or output."""

    code = "template_failed"


class CodeLanguage(StrEnum):
    """The languages of code nodes."""

    PYTHON3 = "python3"
    JAVASCRIPT = "javascript"


@dataclass(frozen=True, slots=True)
class CodeCall:
    """One call of the function `main` that `source` defines.

    Python gets `main(**inputs)`, JavaScript `main(inputs)`. `inputs` and the result are JSON; the result is an object.
    """

    language: CodeLanguage
    source: str
    inputs: Mapping[str, Any]


class CodeExecutor(Protocol):
    """Runs code in isolation: no network, no files of the host, bounded time, memory, processes and output."""

    async def run(self, call: CodeCall) -> dict[str, Any]:
        """The object that `main` returned.

        A text in it that is a number in scientific notation has become a number, as on the wire of Dify's sandbox.
        Raises `CodeExecutionError`, `CodeLimitError` or `CodeRefusedError`. Cancelling ends the code.
        """
        ...


class TemplateRenderer(Protocol):
    """Renders Jinja templates in a sandboxed environment, in this process, each compiled once."""

    async def render(self, source: str, variables: Mapping[str, Any]) -> str:
        """The text of the template `source`; a simple one is rendered without leaving the caller's step of the loop.

        Raises `TemplateError`, also when time or output goes over the limit.
        """
        ...
