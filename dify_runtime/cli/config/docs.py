"""`dify-runtime config docs`."""

import click

from ...reference.settings import render_settings, settings_schema
from ..output import json_option, print_json
from ..problems import report_problems
from ..survey import declared


@click.command()
@json_option
@click.pass_context
def docs(ctx: click.Context, as_json: bool) -> None:
    """Print the reference of all settings as Markdown; with --json as one JSON Schema."""
    found = declared()
    if as_json:
        print_json(settings_schema(found.store))
    else:
        click.echo(render_settings(found.store))
    report_problems(ctx, found.problems)
