"""`python -m dify_runtime.reference DIRECTORY`: write the generated pages of the documentation.

Only first-party plugins count, and nothing of this machine's settings: the pages are the same wherever they are made.
"""

import os
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import Final

import click

from ..cli.survey import declared
from . import render_commands, render_hooks, render_rules, render_settings

_KEPT: Final = ("HOME", "LANG", "PATH", "SYSTEMROOT", "TEMP", "TMPDIR")
"""Variables that are no settings, and that a process may need."""


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
def write(directory: Path) -> None:
    """Write commands.md, hooks.md, rules.md and settings.md into DIRECTORY."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    os.environ.clear()  # this process does nothing else
    os.environ.update(kept, DIFY_PLUGINS_SAFE_MODE="true")
    with tempfile.TemporaryDirectory() as empty, chdir(empty):
        pages = {
            "commands.md": render_commands(),
            "hooks.md": render_hooks(),
            "rules.md": render_rules(),
            "settings.md": render_settings(declared().store),
        }
    for name, text in pages.items():
        (directory / name).write_text(f"{text.rstrip()}\n", encoding="utf-8")


if __name__ == "__main__":
    write(prog_name="python -m dify_runtime.reference")
