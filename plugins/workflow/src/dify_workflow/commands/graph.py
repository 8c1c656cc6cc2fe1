"""The command `graph`."""

from pathlib import Path
from typing import Final

import click

from dify_runtime_sdk.workflow import WorkflowError

from ..drawing import sketch, to_mermaid, to_svg, to_text
from .reading import FILE, read_app

_FORMATS: Final = {"text": to_text, "mermaid": to_mermaid, "svg": to_svg}


@click.command()
@click.argument("app", type=FILE)
@click.option("--format", "form", type=click.Choice(list(_FORMATS)), default="text", show_default=True, help="As what.")
def graph(app: Path, form: str) -> None:
    """Draw the graph of an app file, to the standard output."""
    document = read_app(app)
    if document.workflow is None:
        raise WorkflowError(f"an app of the mode {document.mode.value} has no graph")
    click.echo(_FORMATS[form](sketch(document.graph)))
