"""Work that is timed inside the process that does it, so that the interpreter's own start does not count."""

import asyncio
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from tests.benchmarks.measure import RunFailed, Sample


def timed(work: Callable[[], object]) -> Sample:
    """Milliseconds of wall and of processor time that `work` takes."""
    cpu, began = time.process_time(), time.perf_counter()
    work()
    return {"wall": (time.perf_counter() - began) * 1000, "cpu": (time.process_time() - cpu) * 1000}


def imports(modules: Sequence[str]) -> Sample:
    """The import of these modules, with the SDK there already."""
    import_module("dify_runtime_sdk")
    return timed(lambda: [import_module(module) for module in modules])


def boot(allowed: str, expected: int) -> Sample:
    """The boot, up to the last start, of the installed plugins that the list `allowed` names.

    What the host itself imports is there already. Raises `RunFailed` unless `expected` plugins have started.
    """
    for module in ("dify_runtime.runtime", "dify_runtime.http.build", "importlib_metadata"):
        import_module(module)
    return asyncio.run(_boot(allowed, expected))


async def _boot(allowed: str, expected: int) -> Sample:
    from dify_runtime import Runtime  # in the process that is measured, which decides what is imported when

    cpu, began = time.process_time(), time.perf_counter()
    async with Runtime.boot(environ={"DIFY_PLUGINS_ALLOW": allowed}, cwd=Path.cwd()) as runtime:
        sample = {"wall": (time.perf_counter() - began) * 1000, "cpu": (time.process_time() - cpu) * 1000}
        started = len(runtime.assembly.started)
    if started != expected:
        raise RunFailed(f"{started} plugins started instead of {expected}")
    return sample
