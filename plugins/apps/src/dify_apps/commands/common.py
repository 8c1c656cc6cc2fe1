"""What the commands share: the way to the library, and how apps are named and shown."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import click

from dify_runtime_sdk import CommandContext, Runtime

from ..library import AppRecord
from ..library.workplace import Workplace, workplace

MOST: Final = 100_000
"""Rows that a list shows."""
json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
app_argument: Final = click.argument("app")
file_argument: Final = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def run[T](context: CommandContext, main: Callable[[Workplace], Awaitable[T]]) -> T:
    """Boot what the library needs, and await `main`."""

    async def in_runtime(runtime: Runtime) -> T:
        return await main(await workplace(runtime))

    return context.run(in_runtime, only=("apps",))


def shown(app: AppRecord) -> dict[str, Any]:
    """An app as JSON."""
    return {
        "id": app.id,
        "name": app.name,
        "mode": app.mode,
        "description": app.description,
        "enable_api": app.enable_api,
        "enable_site": app.enable_site,
        "published": bool(app.workflow_id) if app.has_graph else app.app_model_config_id is not None,
        "created_at": f"{app.created_at.isoformat()}Z",
        "updated_at": f"{app.updated_at.isoformat()}Z",
    }


def echo_json(value: Any) -> None:
    """Print JSON for programs."""
    click.echo(json.dumps(value))
