"""The command `run`."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from dify_runtime_sdk import CommandContext, Runtime
from dify_runtime_sdk.workflow import to_json
from dify_runtime_sdk.workflow.files import WorkflowFiles

from ..dsl import AppMode, Document, DslStructureError, InputsError
from ..engine import WorkflowEngine
from ..errors import GraphError
from ..run.limits import RunLimits, RunOutcome
from ..run.run import Run
from ..standalone import App, GivenServices, Turn, describe, load_app
from ..standalone.files import LocalFiles
from ..standalone.problems import with_places
from .progress import Progress
from .reading import FILE, local_file, read_app, read_inputs, read_object, read_stubs

EXIT_STATUS: Final = {"succeeded": 0, "partial-succeeded": 0, "failed": 1, "stopped": 3, "paused": 4}
"""By the status of the run; 1 is also an app that cannot be run, 2 a wrong command line or input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says besides the app and its inputs."""

    stubs: Mapping[str, Any]
    node_overrides: Mapping[str, Any]
    parallel: int | None
    as_json: bool
    trace: bool


@click.command()
@click.argument("app", type=FILE)
@click.option("--input", "-i", "pairs", multiple=True, metavar="KEY=VALUE", help="An input; files by their paths.")
@click.option("--inputs", "inputs_file", type=FILE, help="A JSON file with inputs.")
@click.option("--query", "-q", default="", help="What the user says to a chatflow.")
@click.option("--file", "-f", "paths", multiple=True, type=FILE, help="A file that comes with the query.")
@click.option("--stubs", "stubs_file", type=FILE, help="A JSON file: what nodes give instead of working, by node id.")
@click.option(
    "--parallel", type=click.IntRange(min=1), help="Nodes that run at once; default: 1 with --trace, else all."
)
@click.option("--with", "capabilities", multiple=True, metavar="NAME", help="A plugin to start too, such as models.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object, and nothing else.")
@click.option("--trace", is_flag=True, help="Print every event: with --json in `events`, else a line of JSON each.")
@click.pass_obj
def run(
    context: CommandContext,
    app: Path,
    pairs: tuple[str, ...],
    inputs_file: Path | None,
    query: str,
    paths: tuple[Path, ...],
    stubs_file: Path | None,
    parallel: int | None,
    capabilities: tuple[str, ...],
    as_json: bool,
    trace: bool,
) -> None:
    """Run a workflow or a chatflow once, here, from its exported file.

    The answer of a chatflow or the outputs of a workflow go to the standard output, progress to the standard error.
    Exit status: 0 succeeded, also where failures were handled; 1 failed; 2 wrong usage; 3 stopped by a limit;
    4 paused, waiting for a human.
    """
    document, files = read_app(app), LocalFiles()
    turn = Turn(
        inputs=read_inputs(document, pairs, read_object(inputs_file, "--inputs") if inputs_file else {}, files),
        query=query,
        files=[local_file(path, "--file", files) for path in paths],
    )
    stubs, overrides = read_stubs(stubs_file)
    options = Options(
        stubs=stubs,
        node_overrides=overrides,
        parallel=parallel or (1 if trace else None),
        as_json=as_json,
        trace=trace,
    )

    async def main(runtime: Runtime) -> RunOutcome:
        engine = await runtime.services.get(WorkflowEngine)
        services = GivenServices({WorkflowFiles: files}, runtime.services)
        return await _play(document, turn, options, engine, services)

    outcome = context.run(main, only=("workflow", *capabilities))
    sys.exit(EXIT_STATUS[outcome.status])


async def _play(
    document: Document, turn: Turn, options: Options, engine: WorkflowEngine, services: GivenServices
) -> RunOutcome:
    app = _loaded(document, options, engine)
    limits = RunLimits(
        max_steps=engine.limits.max_steps, max_seconds=engine.limits.max_seconds, max_parallel=options.parallel
    )
    try:
        one = app.run(turn, services=services, limits=limits)
    except InputsError as error:
        raise click.UsageError(error.message) from None
    if options.as_json:
        await _play_json(one, trace=options.trace)
    else:
        await _play_shown(one, trace=options.trace, answers=document.mode is AppMode.ADVANCED_CHAT)
    return one.outcome


def _loaded(document: Document, options: Options, engine: WorkflowEngine) -> App:
    """The app, ready to run; what is wrong with its graph is told with lines."""
    try:
        return load_app(document, engine, stubs=options.stubs, node_overrides=options.node_overrides)
    except GraphError as error:
        problems = with_places(document, error.problems)
        if not problems:  # an override is at fault, the file is not
            raise
        raise DslStructureError(problems) from error


async def _play_json(one: Run, *, trace: bool) -> None:
    events = [describe(event) async for event in one.events()]
    outcome = one.outcome
    printed: dict[str, Any] = {
        "status": outcome.status,
        "outputs": to_json(dict(outcome.outputs)),
        "error": outcome.error,
        "elapsed_time": outcome.elapsed,
        "total_tokens": outcome.total_tokens,
        "total_steps": outcome.total_steps,
    }
    if trace:
        printed["events"] = events
    click.echo(json.dumps(printed, ensure_ascii=False))


async def _play_shown(one: Run, *, trace: bool, answers: bool) -> None:
    from rich.console import Console  # only runs that somebody watches

    console = Console(stderr=True)
    progress = Progress(console, sys.stdout, answers)
    try:
        async for event in one.events():
            if trace:
                click.echo(json.dumps(describe(event), ensure_ascii=False), err=True)
            else:
                progress.show(event)
    finally:
        progress.close()
    outcome = one.outcome
    if not answers and outcome.outputs:
        click.echo(json.dumps(to_json(dict(outcome.outputs)), ensure_ascii=False, indent=2))
    elif answers and trace:
        click.echo(outcome.outputs.get("answer", ""))
    console.print(_summary(outcome), highlight=False, style="dim")


def _summary(outcome: RunOutcome) -> str:
    from rich.markup import escape

    text = f"{outcome.status} in {outcome.elapsed:.2f} s, {outcome.total_steps} steps, {outcome.total_tokens} tokens"
    return f"{text}\n{escape(outcome.error)}" if outcome.error else text
