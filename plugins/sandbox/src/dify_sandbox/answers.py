"""From what code returned, as text, to the object that callers get; the back ends share it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeLimitError

from .scientific import numbers_of

_LARGE: Final = 1 << 18
"""Bytes from which on reading JSON is not the event loop's business."""


async def result_of(text: bytes) -> dict[str, Any]:
    """The object in `text`; raises `CodeExecutionError` for anything else."""
    return await asyncio.to_thread(_result_of, text) if len(text) > _LARGE else _result_of(text)


def _result_of(text: bytes) -> dict[str, Any]:
    try:
        found = numbers_of(json.loads(text, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        raise CodeExecutionError(f"the result of the code is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise CodeExecutionError("main returned no object", hint="return an object whose keys are the declared outputs")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def inputs_of(call: CodeCall) -> str:
    """The inputs as JSON, not in ASCII alone; raises `CodeExecutionError` when they are not JSON."""
    return _encoded(dict(call.inputs))


def request_of(call: CodeCall) -> bytes:
    """Source and inputs as JSON; raises `CodeExecutionError` when the inputs are not JSON."""
    return _encoded({"source": call.source, "inputs": dict(call.inputs)}).encode(errors="surrogatepass")


def _encoded(value: Mapping[str, Any]) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise CodeExecutionError(f"the inputs of the code are not JSON: {error}") from None


def too_long(seconds: float) -> CodeLimitError:
    """The code took more time than it had."""
    return CodeLimitError(f"timeout: the code took longer than {seconds:g} s", hint="CODE_SANDBOX_TIMEOUT is the limit")


def too_large(mebibytes: int) -> CodeLimitError:
    """The code wanted more memory than it had."""
    return CodeLimitError(f"memory: the code used more than {mebibytes} MiB", hint="CODE_SANDBOX_MEMORY is the limit")


def too_much(size: int) -> CodeLimitError:
    """The code returned or printed more than it may."""
    return CodeLimitError(
        f"output: the code gave more than {size} bytes", hint="CODE_SANDBOX_OUTPUT is the limit; return less"
    )
