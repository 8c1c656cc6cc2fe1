"""`python -m dify_workflow.reference FILE`: write the reference of the first-party node types."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import click

from dify_runtime_sdk import Settings

from ..registry import NodeRegistry
from .pages import render_nodes

_PREFIX: Final = "dify-runtime-"


class _Defaults:
    """What a plugin that offers node types asks of a runtime: its settings, here by their defaults."""

    def settings[S: Settings](self, model: type[S]) -> S:
        return model()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def write(file: Path) -> None:
    """Write the reference of every node type of the installed first-party plugins into FILE."""
    registry = NodeRegistry()
    for entry in sorted(entry_points(group="dify_runtime.plugins"), key=lambda one: one.name):
        if entry.dist is not None and entry.dist.name.startswith(_PREFIX):
            _add(registry, entry.name, entry.load())
    file.write_text(render_nodes(registry), encoding="utf-8")


def _add(registry: NodeRegistry, name: str, plugin: Any) -> None:
    offers = getattr(plugin, "workflow_nodes", None)
    if offers is None:
        return
    given = (_Defaults(),) if "runtime" in offers.__code__.co_varnames else ()
    for offer in offers(plugin(), *given):
        registry.add(offer, owner=name)


if __name__ == "__main__":
    write(prog_name="python -m dify_workflow.reference")
