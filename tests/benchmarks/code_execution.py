"""Calls of code in the local sandbox and renderings of a template, one after the other.

The baselines do the same for each call anew: bubblewrap with an interpreter that reads the inputs, calls `main` and
prints the result; and a plain `jinja2.Template`, compiled once, without a sandbox or limits.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import jinja2

from dify_runtime.server.loop import loop_factory
from dify_runtime_sdk.code import CodeCall, CodeLanguage
from dify_sandbox.local.command import Programs, bare, find_programs
from dify_sandbox.local.executor import LocalExecutor
from dify_sandbox.settings import LocalSettings
from dify_sandbox.templates.renderer import Renderer
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Quantity, Report, Row, RunFailed, Sample, Target, interleaved

PYTHON = "def main(a):\n    return {'a': a + 1}\n"
SCRIPT = "function main({a}) { return {a: a + 1} }\n"
PYTHON_END = "import json, sys\nprint(json.dumps(main(**json.loads(sys.argv[1]))))\n"
SCRIPT_END = "console.log(JSON.stringify(main(JSON.parse(process.argv[1]))));\n"
GIVEN = {"a": 1}
TEMPLATE = "{{ s }}."
LOOP = "{% for x in xs %}{{ loop.index }}: {{ x.name|upper }}{% if not loop.last %}, {% endif %}{% endfor %}"
PAUSE = 0.1
"""Seconds between calls that come one by one, as in a chat; time enough to make the next sandbox ready."""


def measure(options: argparse.Namespace) -> Report:
    """Measure each side in turn."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        sandbox, renderer = LocalExecutor(LocalSettings()), Renderer(400_000, 5)
        try:
            subjects = {**_calls(options.calls, runner, sandbox), **_renderings(options.renderings, runner, renderer)}
            samples = interleaved(options.runs, subjects)
        finally:
            runner.run(_closed(sandbox, renderer))
    rows = [
        row
        for name, baseline, title, unit, target in (
            ("python", "fresh python", "Python, back to back", "ms", Target("median", 15)),
            ("python apart", "fresh python", "Python, one by one", "ms", Target("median", 15)),
            ("javascript", "fresh javascript", "JavaScript, back to back", "ms", None),
            ("javascript apart", "fresh javascript", "JavaScript, one by one", "ms", None),
            ("template", "plain template", "a template", "us", Target("median", 100)),
            ("loop", "plain loop", "one with a loop of 10", "us", None),
        )
        for row in _rows(title, unit, target, samples[name], samples[baseline])
    ]
    return Report(
        "the back end `local` and the renderer, warm",
        "bubblewrap started for each call; plain jinja2",
        rows,
        notes=[f"{options.calls} calls and {options.renderings} renderings a run; {PAUSE:g} s apart if one by one"],
    )


async def _closed(sandbox: LocalExecutor, renderer: Renderer) -> None:
    await sandbox.__aexit__()
    await renderer.__aexit__()


def _calls(amount: int, runner: asyncio.Runner, sandbox: LocalExecutor) -> dict[str, Callable[[], Sample]]:
    python, javascript = CodeCall(CodeLanguage.PYTHON3, PYTHON, GIVEN), CodeCall(CodeLanguage.JAVASCRIPT, SCRIPT, GIVEN)
    programs = find_programs(None, None, None)
    fresh_python = (str(programs.python), "-I", "-c", PYTHON + PYTHON_END)
    fresh_javascript = (str(programs.node), "-e", SCRIPT + SCRIPT_END)
    return {
        "python": lambda: runner.run(_timed(lambda: sandbox.run(python), amount, 1e3)),
        "python apart": lambda: runner.run(_timed(lambda: sandbox.run(python), amount, 1e3, PAUSE)),
        "fresh python": lambda: runner.run(_timed(lambda: _fresh(programs, *fresh_python), amount, 1e3)),
        "javascript": lambda: runner.run(_timed(lambda: sandbox.run(javascript), amount, 1e3)),
        "javascript apart": lambda: runner.run(_timed(lambda: sandbox.run(javascript), amount, 1e3, PAUSE)),
        "fresh javascript": lambda: runner.run(_timed(lambda: _fresh(programs, *fresh_javascript), amount, 1e3)),
    }


def _renderings(amount: int, runner: asyncio.Runner, renderer: Renderer) -> dict[str, Callable[[], Sample]]:
    values = {"s": "x", "xs": [{"name": f"name {number}"} for number in range(10)]}
    plain, plain_loop = jinja2.Template(TEMPLATE), jinja2.Template(LOOP)

    async def render(template: jinja2.Template) -> str:
        return template.render(values)

    return {
        "template": lambda: runner.run(_timed(lambda: renderer.render(TEMPLATE, values), amount, 1e6)),
        "plain template": lambda: runner.run(_timed(lambda: render(plain), amount, 1e6)),
        "loop": lambda: runner.run(_timed(lambda: renderer.render(LOOP, values), amount, 1e6)),
        "plain loop": lambda: runner.run(_timed(lambda: render(plain_loop), amount, 1e6)),
    }


async def _timed(call: Callable[[], Awaitable[object]], amount: int, scale: float, pause: float = 0) -> Sample:
    """Call again and again; the median and the 99th percentile of what one took, in seconds times `scale`."""
    took = []
    for _ in range(amount):
        begun = time.perf_counter()
        await call()
        took.append((time.perf_counter() - begun) * scale)
        if pause:
            await asyncio.sleep(pause)
    return {"p50": statistics.median(took), "p99": statistics.quantiles(took, n=100, method="inclusive")[98]}


async def _fresh(programs: Programs, *command: str) -> None:
    """What a call costs when nothing is ready: a sandbox, an interpreter, the code, the result."""
    process = await asyncio.create_subprocess_exec(
        *bare(programs), *command, json.dumps(GIVEN), stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate()
    if json.loads(answer or "null") != {"a": 2}:
        raise RunFailed("bubblewrap does not run code on this system")


def _rows(
    title: str, unit: str, target: Target | None, ours: Sequence[Sample], baseline: Sequence[Sample]
) -> list[Row]:
    quantities = (Quantity("p50", f"{title}, p50", unit, target), Quantity("p99", f"{title}, p99", unit))
    return [quantity.row(ours, baseline) for quantity in quantities]


def main() -> int:
    """The command."""
    options = parser("code_execution", __doc__, runs=5)
    options.add_argument("--calls", type=int, default=40, help="calls of code in each run; default 40")
    options.add_argument("--renderings", type=int, default=1000, help="renderings in each run; default 1000")
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
