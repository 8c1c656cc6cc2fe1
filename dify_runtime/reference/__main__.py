"""`python -m dify_runtime.reference DIRECTORY`: write the generated pages of the documentation, and `.env.example`.

Only first-party plugins count, and nothing of this machine's settings: the pages are the same wherever they are made.
"""

import os
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import Final

import click

from ..cli.survey import declared
from . import render_commands, render_env_example, render_hooks, render_rules, render_settings

_KEPT: Final = ("HOME", "LANG", "PATH", "SYSTEMROOT", "TEMP", "TMPDIR")
"""Variables that are no settings, and that a process may need."""
_DIRECTORY: Final = click.Path(path_type=Path, file_okay=False, exists=True)
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("directory", type=_DIRECTORY)
@click.option("--env-example", type=_FILE, help="Write the settings to this environment file too, commented out.")
@click.option("--preamble", type=_FILE, help="What the environment file begins with.")
def write(directory: Path, env_example: Path | None, preamble: Path | None) -> None:
    """Write commands.md, hooks.md, rules.md and settings.md into DIRECTORY."""
    first = preamble.read_text(encoding="utf-8") if preamble else ""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    os.environ.clear()  # this process does nothing else
    os.environ.update(kept, DIFY_PLUGINS_SAFE_MODE="true")
    with tempfile.TemporaryDirectory() as empty, chdir(empty):
        store = declared().store
        texts = {
            directory / "commands.md": render_commands(),
            directory / "hooks.md": render_hooks(),
            directory / "rules.md": render_rules(),
            directory / "settings.md": render_settings(store),
        }
        if env_example:
            texts[env_example] = render_env_example(store, first)
    for path, text in texts.items():
        path.write_text(f"{text.rstrip()}\n", encoding="utf-8")


if __name__ == "__main__":
    write(prog_name="python -m dify_runtime.reference")
