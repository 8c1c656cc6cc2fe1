"""`dify-runtime config explain NAME`."""

import asyncio
import difflib
from typing import Any

import click

from dify_runtime_sdk import SettingsError, UnknownNameError

from ...records import State
from ...services import HOST
from ..output import json_option, print_json, print_paragraph, print_table
from ..survey import LenientAssembly, survey
from .masking import masked


@click.command()
@click.argument("name")
@json_option
def explain(name: str, as_json: bool) -> None:
    """Say where a setting gets its value, which layers lost, and which plugins declare it."""
    found = asyncio.run(survey(contribute=False))
    explanation = found.store.explain(name)
    if explanation is None:
        raise _unknown(name, found)
    result = masked({**explanation.to_json(), "errors": _errors(found, explanation.owners)})
    if as_json:
        print_json(result)
    else:
        _print(result)


def _errors(found: LenientAssembly, owners: tuple[str, ...]) -> list[str]:
    """Why the settings of the owners were refused, if they were."""
    records = (found.ledger.records.get(owner) for owner in owners)
    failed = [
        f"plugin {record.name!r}: {record.error}"
        for record in records
        if record is not None and record.state is State.FAILED and record.phase == "settings"
    ]
    own = [str(one) for one in found.problems if isinstance(one, SettingsError) and HOST in owners]
    return list(dict.fromkeys(failed + own))


def _unknown(name: str, found: LenientAssembly) -> UnknownNameError:
    known = sorted({one for setting in found.store.fields() for one in setting.names})
    nearest = difflib.get_close_matches(name.upper(), known, n=3)
    failed = sorted(record.name for record in found.ledger.records.values() if record.phase in ("discover", "import"))
    hint = f"did you mean {', '.join(nearest)}?" if nearest else "`dify-runtime config show --all` lists all settings"
    unread = f"; plugins that could not be imported: {', '.join(failed)}" if failed else ""
    return UnknownNameError(f"no plugin here declares the setting {name.upper()}{unread}", hint=hint)


def _print(result: dict[str, Any]) -> None:
    rows = [(key, result[key]) for key in ("name", "value", "layer", "variable", "default", "owners", "description")]
    rows.extend(("lost", f"{one['layer']}: {one['variable']}={one['value']}") for one in result["lost"])
    print_table(None, rows)
    for error in result["errors"]:
        click.echo()
        print_paragraph(f"invalid: {error}", indent=4)
