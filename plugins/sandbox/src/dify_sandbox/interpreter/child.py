"""The process in which QuickJS runs JavaScript; see `dify_sandbox.processes`. Every order gets an engine of its own."""

import json
from typing import Any, Final

from ..child import serve

_MEMORY: Final = 2 << 30
"""Bytes of the whole process; the engine has a limit of its own."""
_LONGEST_REASON: Final = 8000
_JOBS: Final = 100_000


def answer(order: Any) -> dict[str, Any]:
    """What `main` returned, as JSON, or why there is nothing."""
    import quickjs  # type: ignore[import-untyped] # ships no types; an extra, so not always there

    engine = quickjs.Context()
    engine.set_memory_limit(order["memory"])
    engine.set_time_limit(order["seconds"])
    try:
        return {"result": _run(engine, order["source"], order["inputs"])}
    except quickjs.StackOverflow as error:
        return {"error": str(error)[:_LONGEST_REASON]}
    except quickjs.JSException as error:
        text = str(error)[:_LONGEST_REASON]
        limit = "memory" if "out of memory" in text else "time" if "interrupted" in text else None
        return {"limit": limit} if limit else {"error": text}


def _run(engine: Any, source: str, inputs: Any) -> str:
    engine.eval(source)
    if engine.eval("typeof main") != "function":
        return "null"
    engine.set("$inputs", engine.parse_json(json.dumps(inputs)))
    engine.eval("globalThis.$answer = main($inputs); Promise.resolve($answer).then((value) => { $answer = value })")
    for _ in range(_JOBS):
        if not engine.execute_pending_job():
            break
    found = engine.eval("JSON.stringify($answer === undefined ? null : $answer)")
    return str(found)


if __name__ == "__main__":
    serve(answer, _MEMORY)
