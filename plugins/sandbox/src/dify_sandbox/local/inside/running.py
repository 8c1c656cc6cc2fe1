"""One call of Python code, in a process that ends with it."""

import errno
import json
import linecache
import os
import sys
import traceback
from types import ModuleType
from typing import Any, Final

from .wire import FAILED, LENGTH, LONGEST_REASON, NO_MEMORY, READY, RESULT, read_exactly, write_all

_NAME: Final = "<code>"


def serve() -> None:
    """Wait for the request, run it, answer; never returns."""
    try:
        write_all(READY)
        size = int.from_bytes(read_exactly(LENGTH))
        request = json.loads(read_exactly(size))
        answer = answer_to(request["source"], request["inputs"])
        sys.stdout.flush()
        write_all(answer)
    finally:
        os._exit(0)


def answer_to(source: str, inputs: dict[str, Any]) -> bytes:
    """The letter and what belongs to it."""
    try:
        return RESULT + _result(source, inputs)
    except MemoryError:
        return NO_MEMORY
    except BaseException as error:  # code may raise anything, SystemExit and KeyboardInterrupt too
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return NO_MEMORY
        return FAILED + _explained(error)[-LONGEST_REASON:].encode(errors="replace")


def _result(source: str, inputs: dict[str, Any]) -> bytes:
    linecache.cache[_NAME] = (len(source), None, source.splitlines(keepends=True), _NAME)
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    exec(compile(source, _NAME, "exec"), module.__dict__)  # noqa: S102 - what all of this is for
    main = module.__dict__.get("main")
    if not callable(main):
        raise TypeError("the code defines no function main")
    result = main(**inputs)
    if not isinstance(result, dict):
        raise TypeError(f"main returned {type(result).__name__}, not a dict")
    return json.dumps(result, allow_nan=False).encode()


def _explained(error: BaseException) -> str:
    """The traceback, from the code's first frame on."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != _NAME:
        frames = frames.tb_next
    if frames is None:
        return "".join(traceback.format_exception_only(error)).strip()
    return "".join(traceback.format_exception(type(error), error, frames)).strip()
