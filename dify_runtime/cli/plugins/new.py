"""`dify-runtime plugins new`. Loads no plugin."""

from pathlib import Path

import click

from ...scaffold.kinds import KINDS
from ...scaffold.names import check_name
from ...scaffold.writer import write_plugin
from ..main import BUILT_IN


@click.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(list(KINDS)), default="feature", show_default=True, help="What to make.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write it; default: a new directory called NAME here.",
)
def new(name: str, kind: str, directory: Path | None) -> None:
    """Write a new plugin distribution called NAME, whose own tests pass."""
    target = directory if directory is not None else Path(name)
    written = write_plugin(check_name(name, BUILT_IN), kind, target)
    for path in written:
        click.echo(path)
    click.echo(f"\nNext: cd {target}, then pip install -e '.[test]', pytest, dify-runtime plugins check .")
