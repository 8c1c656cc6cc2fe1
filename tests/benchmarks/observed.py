"""Servers that tell, at a signal, which modules they have loaded and how long the steps of their boot took.

Observed from outside: the steps are functions of the host, wrapped before they run. These servers are not timed
against each other.
"""

import inspect
import json
import signal
import sys
import time
from collections.abc import Callable
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

HOST = {"serve": ("dify_runtime.cli.serve", "dify_runtime.server.run")}
"""The parts of the host that a command imports for itself."""
STEPS = {
    "scan of the metadata": ("dify_runtime.assembly", "scan"),
    "import of the declarations": ("dify_runtime.assembly", "discover"),
    "settings": ("dify_runtime.assembly", "Assembly.settle"),
    "resolution": ("dify_runtime.assembly", "resolve"),
    "contributions": ("dify_runtime.contributions", "Contributions.compose"),
    "HTTP, Quart's import included": ("dify_runtime.contributions", "Contributions.compose_http"),
    "starts": ("dify_runtime.lifecycle", "Lifecycle.start"),
}
"""The steps of a boot, each with the function that takes it."""


class Observer:
    """The steps so far in milliseconds; `SIGUSR1` writes them and the loaded modules to a file."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._steps: dict[str, float] = {}
        signal.signal(signal.SIGUSR1, self._write)

    def _write(self, *_: object) -> None:
        origins = {name: _origin(module) for name, module in list(sys.modules.items())}
        partial = self._output.with_suffix(".partial")
        partial.write_text(json.dumps({"modules": origins, "steps": self._steps}), encoding="utf-8")
        partial.rename(self._output)

    def timed(self, step: str, work: Callable[[], Any]) -> Any:
        """Do `work` as one step."""
        began = time.perf_counter()
        try:
            return work()
        finally:
            self._add(step, began)

    def _add(self, step: str, began: float) -> None:
        self._steps[step] = self._steps.get(step, 0.0) + (time.perf_counter() - began) * 1000

    def wrap(self, step: str, module: str, name: str) -> None:
        """Time every call of the function `name` of `module`."""
        holder = import_module(module)
        *path, last = name.split(".")
        for part in path:
            holder = getattr(holder, part)
        function = getattr(holder, last)

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            return self.timed(step, lambda: function(*args, **kwargs))

        @wraps(function)
        async def timed_async(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return await function(*args, **kwargs)
            finally:
                self._add(step, began)

        setattr(holder, last, timed_async if inspect.iscoroutinefunction(function) else timed)


def _origin(module: Any) -> str:
    return str(getattr(getattr(module, "__spec__", None), "origin", None) or "")


def ours(output: str, *arguments: str) -> None:
    """Do as the command `dify-runtime` does with these arguments."""
    observer = Observer(Path(output))
    main = observer.timed("import of the command line", lambda: import_module("dify_runtime.cli.main")).main
    for module in HOST.get(arguments[0], ()):
        observer.timed("import of the host", partial(import_module, module))
    for step, (module, name) in STEPS.items():
        observer.wrap(step, module, name)
    sys.argv = ["dify-runtime", *arguments]
    main()


def baseline(output: str, module: str, *arguments: str) -> None:
    """Do as a baseline does: a module of the benchmarks, whose `main` takes texts."""
    Observer(Path(output))
    import_module(f"tests.benchmarks.{module}").main(*arguments)


if __name__ == "__main__":
    {"ours": ours, "baseline": baseline}[sys.argv[1]](*sys.argv[2:])
