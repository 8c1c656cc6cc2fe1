"""`dify-runtime plugins graph`."""

import asyncio

import click

from ..output import json_option, print_json
from ..problems import report_problems
from ..survey import survey
from .drawing import FORMATS, Drawing


@click.command()
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", help="What to print.")
@json_option
@click.pass_context
def graph(ctx: click.Context, form: str, as_json: bool) -> None:
    """Print the graph of the plugins with the reason of each edge.

    Hard edges (requires) are drawn as solid lines, soft ones (after, before) as dashed lines. Plugins that are out,
    and what nobody provides, are drawn too.
    """
    found = asyncio.run(survey())
    drawing = Drawing.of(found.ledger.records, found.resolution)
    if as_json:
        print_json(drawing.to_json())
    else:
        click.echo("\n".join(FORMATS[form](drawing)))
    report_problems(ctx, found.problems)
