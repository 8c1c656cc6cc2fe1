"""`dify-runtime config show`."""

import asyncio
from collections.abc import Iterator

import click

from ...configuration.store import Explanation, SettingsStore
from ..output import json_option, print_json, print_table
from ..problems import report_problems
from ..survey import survey
from .masking import masked


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those that have their default.")
@json_option
@click.pass_context
def show(ctx: click.Context, everything: bool, as_json: bool) -> None:
    """Show the settings: value, layer and the plugins that declare them."""
    found = asyncio.run(survey(contribute=False))
    shown = [one for one in explanations(found.store) if everything or one.found]
    if as_json:
        print_json([_brief(one) for one in shown])
    else:
        briefs = map(_brief, shown)
        print_table(
            ("NAME", "OWNER", "LAYER", "VALUE"),
            [(one["name"], one["owners"], one["layer"], _one_line(one["value"])) for one in briefs],
        )
    report_problems(ctx, found.problems)


def explanations(store: SettingsStore) -> Iterator[Explanation]:
    """Every declared setting once, by name."""
    for name in sorted(set(store.names())):
        explanation = store.explain(name)
        if explanation is not None:
            yield explanation


def _brief(explanation: Explanation) -> dict[str, object]:
    whole = masked(explanation.to_json())
    return {key: whole[key] for key in ("name", "value", "layer", "owners")}


def _one_line(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
