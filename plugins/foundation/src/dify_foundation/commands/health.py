"""The command `health`."""

import json
import sys
from typing import Any

import click

from .probe import Answer, ask


@click.command()
@click.option("--url", default="http://127.0.0.1:5001", show_default=True, help="Where the server answers.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=5.0, show_default=True, help="Seconds to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print the server's report as JSON.")
def health(url: str, timeout: float, as_json: bool) -> None:
    """Ask a running server whether it is ready.

    Exit status 0: it is ready, or degraded and serving. Exit status 1: it is not, or does not answer in time. Made for
    the health check of a container.
    """
    answer = ask(url, timeout)
    click.echo(json.dumps(_report(answer)) if as_json else _text(answer))
    sys.exit(0 if answer.healthy else 1)


def _report(answer: Answer) -> dict[str, Any]:
    """The server's own report, or why there is none."""
    return answer.report or {"status": answer.status, "error": answer.error}


def _text(answer: Answer) -> str:
    if answer.error is not None:
        return f"{answer.status}: {answer.error}"
    return "\n".join([answer.status, *(f"- {line}" for line in answer.problems())])
