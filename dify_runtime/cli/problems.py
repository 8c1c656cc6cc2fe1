"""Problems beside the result: shown on stderr, and the exit status says that there were some."""

from collections.abc import Iterable

import click

from dify_runtime_sdk import DifyRuntimeError


def report_problems(ctx: click.Context, problems: Iterable[DifyRuntimeError]) -> None:
    """Write each problem once to stderr and end the command with status 1; without any, do nothing."""
    texts = list(dict.fromkeys(str(problem) for problem in problems))
    for text in texts:
        click.echo(f"Error: {text}", err=True)
    if texts:
        ctx.exit(1)
