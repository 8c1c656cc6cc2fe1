"""The command `validate`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from dify_runtime_sdk import CommandContext, Runtime

from ..dsl import DslError, Problem
from ..engine import WorkflowEngine
from ..standalone.problems import problems_of
from .reading import FILE, read_app


@click.command()
@click.argument("app", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as a JSON list.")
@click.pass_obj
def validate(context: CommandContext, app: Path, as_json: bool) -> None:
    """Check an app file: its sections, its graph, and the configuration of every node.

    Problems come with line, node and field. Exit status: 0 without problems, 1 with some, 2 wrong usage.
    """
    warnings: tuple[str, ...] = ()
    try:
        document = read_app(app)
    except DslError as error:
        problems = list(error.problems)
    else:
        warnings = document.warnings

        async def main(runtime: Runtime) -> list[Problem]:
            return problems_of(document, (await runtime.services.get(WorkflowEngine)).registry)

        problems = context.run(main, only=("workflow",))
    if as_json:
        click.echo(json.dumps([asdict(problem) | {"field": problem.field} for problem in problems], ensure_ascii=False))
    else:
        for warning in warnings:
            click.echo(f"{app}: warning: {warning}", err=True)
        for problem in problems:
            click.echo(f"{app}: {problem}")
        if not problems:
            click.echo(f"{app} is valid")
    sys.exit(1 if problems else 0)
