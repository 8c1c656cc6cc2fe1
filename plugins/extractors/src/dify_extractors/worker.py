"""The process in which documents are parsed: `python -P -m dify_extractors.worker LIMITS`.

It takes an order (a line of JSON, then the content), says that it has, and answers (a line of JSON, then the text),
until its input ends or nothing comes for a while. Whatever a parser prints goes nowhere.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from .limits import end_after, limit_process

_LONGEST_REASON: Final = 500
"""Characters of an error that are passed on: parsers quote what they read."""


def main() -> None:
    """Serve orders."""
    limits = json.loads(sys.argv[1])
    source, sink = _own_pipes()
    limit_process(limits["memory"] << 20)
    _say(sink, {"ready": True})
    while True:
        end_after(limits["idle"])
        line = source.readline()
        end_after(limits["seconds"])  # the parent's clock is shorter: this is for when there is no parent any more
        if not line:
            return
        order = json.loads(line)
        _say(sink, {"taken": True})
        content = source.read(order["size"])
        if len(content) < order["size"]:
            return
        text, error, exhausted = answer(order["function"], content, order["extension"], limits["characters"])
        encoded = text.encode("utf-8", errors="replace")
        _say(sink, {"size": len(encoded), "error": error, "exhausted": exhausted}, encoded)


def answer(function: str, content: bytes, extension: str, characters: int) -> tuple[str, str, bool]:
    """The text, or an error, and whether memory ran out."""
    try:
        text = parser(function)(content, extension)
    except MemoryError:
        return "", "it takes too much memory (EXTRACTOR_MEMORY_LIMIT)", True
    except RecursionError:
        return "", "it is nested too deeply", False
    except ValueError as error:
        return "", _reason(error) or "it is malformed", False
    except Exception as error:  # whatever the parser makes of a broken file
        return "", f"it is malformed ({type(error).__name__}: {_reason(error)})", False
    if not isinstance(text, str):
        return "", f"its parser gave {type(text).__name__} instead of a text", False
    if len(text) > characters:
        return "", f"its text is longer than {characters} characters (EXTRACTOR_MAX_TEXT_LENGTH)", False
    return text, "", False


def parser(function: str) -> Callable[[bytes, str], Any]:
    """The function that `package.module:name` says; imported at its first document."""
    module, _, name = function.partition(":")
    found: Callable[[bytes, str], Any] = getattr(importlib.import_module(module), name)
    return found


def _reason(error: Exception) -> str:
    return str(error)[:_LONGEST_REASON]


def _say(sink: BinaryIO, header: dict[str, Any], content: bytes = b"") -> None:
    sink.write(json.dumps(header).encode() + b"\n" + content)
    sink.flush()


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent; a parser that reads or prints finds nothing in their place."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return source, sink


if __name__ == "__main__":
    main()
