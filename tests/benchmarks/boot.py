"""From the start of `dify-runtime serve` to its first answer, against the libraries it loads and an empty server."""

import argparse
import json
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import empty_server
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Detail, Quantity, Report, RunFailed, Sample, Target, interleaved
from tests.benchmarks.processes import PATIENCE, SCRIPT, Server, compile_bytecode, free_port, serving

QUANTITIES = (
    Quantity("wall", "first answer, wall", "ms", Target("ratio", 1.35)),
    Quantity("cpu", "first answer, cpu", "ms"),
    Quantity("memory", "resident memory", "MB", Target("difference", 15)),
)
_PLUGIN_COLUMNS = ("name", "state", "import_ms", "import_kb", "settings_ms", "start_ms")
_FIRST_PARTY = "dify_"


def ours(port: int) -> list[str]:
    """The command under measurement."""
    return [SCRIPT, "serve", "--port", str(port)]


def baseline(port: int) -> list[str]:
    """What it is compared with."""
    return [sys.executable, "-P", empty_server.__file__, str(port)]


def measure(options: argparse.Namespace) -> Report:
    """Look where the time goes and whether the baseline is a fair one; then measure both."""
    if options.compile:
        compile_bytecode()
    with tempfile.TemporaryDirectory() as directory:
        cwd = Path(directory)
        _settle(cwd)
        observed = observe("ours", cwd, "serve", "--port")
        compare(libraries(observed), libraries(observe("baseline", cwd, "empty_server")))
        sides = {"ours": partial(_started, ours, cwd), "baseline": partial(_started, baseline, cwd)}
        samples = interleaved(options.runs, sides)
    rows = [quantity.row(samples["ours"], samples["baseline"]) for quantity in QUANTITIES]
    steps = Detail("steps of the boot (one run)", ("step", "ms"), list(observed["steps"].items()))
    asked = [plugin for plugin in observed["plugins"] if plugin["state"] != "denied"]
    plugins = [[plugin[column] for column in _PLUGIN_COLUMNS] for plugin in asked]
    return Report(
        "dify-runtime serve, from process start to the first 200 of /health",
        "the third-party libraries that serve loads, and an empty Quart application on Hypercorn",
        rows,
        [steps, Detail("plugins (the same run)", _PLUGIN_COLUMNS, plugins)],
    )


def _settle(cwd: Path) -> None:
    """Start and stop once: the first start of a home makes tables and keys, and is not the one that is measured."""
    _started(ours, cwd)


def _started(command: Callable[[int], list[str]], cwd: Path) -> Sample:
    """Start a server, and stop it when it has answered."""
    port = free_port()
    with serving(command(port), port, cwd) as server:
        return {"wall": server.await_answer(), "cpu": server.cpu(), "memory": server.memory()}


def observe(side: str, cwd: Path, *arguments: str) -> dict[str, Any]:
    """The loaded modules and the steps of one side's server after its first answer, and the records of our plugins.

    `arguments` are what `observed` takes for that side, up to the port.
    """
    port = free_port()
    with serving(observing(side, cwd, *arguments, str(port)), port, cwd, root_on_path=True) as server:
        server.await_answer()
        found = told(side, cwd, server)
        if side == "ours":
            _, _, body = server.get("/plugins").partition(b"\r\n\r\n")
            found["plugins"] = json.loads(body)
        return found


def observing(side: str, cwd: Path, *arguments: str) -> list[str]:
    """The command of a process that tells of itself; see `observed`."""
    return [sys.executable, "-m", "tests.benchmarks.observed", side, str(cwd / f"{side}.json"), *arguments]


def told(side: str, cwd: Path, server: Server) -> dict[str, Any]:
    """What such a process tells: its `modules` and `steps`."""
    server.process.send_signal(signal.SIGUSR1)
    found: dict[str, Any] = json.loads(_written(cwd / f"{side}.json", server))
    return found


def _written(output: Path, server: Server) -> bytes:
    deadline = time.monotonic() + PATIENCE
    while not output.exists():
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RunFailed("the server did not tell which modules it has loaded")
        time.sleep(0.01)
    return output.read_bytes()


def libraries(observed: Mapping[str, Any]) -> frozenset[str]:
    """The third-party modules among those that a process has loaded."""
    places = tuple({sysconfig.get_path(name) for name in ("purelib", "platlib")})
    modules: Mapping[str, str] = observed["modules"]
    return frozenset(
        name for name, origin in modules.items() if origin.startswith(places) and not name.startswith(_FIRST_PARTY)
    )


def compare(measured: Collection[str], baseline: Collection[str], place: str = empty_server.__file__) -> None:
    """Raise `RunFailed` unless both sides have loaded the same modules of third parties.

    `place` is the file whose `LIBRARIES` the baseline loads.
    """
    missing, surplus = sorted(set(measured) - set(baseline)), sorted(set(baseline) - set(measured))
    problems = [
        f"{what}: {_shortened(names)}"
        for what, names in (("the baseline lacks", missing), ("only the baseline loads", surplus))
        if names
    ]
    if problems:
        raise RunFailed(f"correct LIBRARIES in {place}: {'; '.join(problems)}")


def _shortened(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def main() -> int:
    """The command."""
    return run(parser("boot", __doc__, runs=11, processes=True).parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
