"""`dify-runtime plugins list`."""

import asyncio
from collections.abc import Iterable

import click

from ...records import PluginRecord
from ..output import json_option, print_json, print_paragraph, print_table
from ..problems import report_problems
from ..survey import survey

_HEADINGS = ("NAME", "STATE", "LEVEL", "IMPORT MS", "VERSION", "DISTRIBUTION")


@click.command("list")
@json_option
@click.pass_context
def list_plugins(ctx: click.Context, as_json: bool) -> None:
    """List all plugins in the resolved order, with nothing started.

    Exit status 1 when the host's own settings are wrong, or a boot would stop for a reason that is no plugin's; a
    plugin that failed is a row like any other.
    """
    found = asyncio.run(survey())
    records = list(found.ledger.records.values())
    if as_json:
        print_json([record.to_json() for record in records])
    else:
        print_table(_HEADINGS, map(_row, records))
        _print_reasons(records)
    report_problems(ctx, found.problems)


def _row(record: PluginRecord) -> tuple[object, ...]:
    return (record.name, record.state, record.level, record.import_ms, record.version, record.distribution)


def _print_reasons(records: Iterable[PluginRecord]) -> None:
    """Say below the table why plugins are not going to start."""
    reasons = [f"{record.name}: {_phase(record)}{record.error}" for record in records if record.error]
    if reasons:
        click.echo()
    for reason in reasons:
        print_paragraph(reason, indent=4)


def _phase(record: PluginRecord) -> str:
    return f"{record.phase}: " if record.phase else ""
