"""`dify-runtime plugins install`. Loads no plugin: it is the way out when one is broken."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence

import click

from ...errors import HostError
from ..installed import installed_plugins

_LIST = "from dify_runtime.cli.installed import main; main()"


@click.command()
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@click.option("--upgrade", is_flag=True, help="Take the newest version that fits.")
@click.option("--dry-run", is_flag=True, help="Only say what would be installed.")
def install(specs: Sequence[str], upgrade: bool, dry_run: bool) -> None:
    """Install distributions into this environment, and say which plugins are new.

    A SPEC is what pip takes: a name with an optional version range, a wheel, a directory or an address.
    """
    before = {tuple(one.values()) for one in installed_plugins()}
    options = [*(["--upgrade"] if upgrade else []), *(["--dry-run"] if dry_run else [])]
    # what the user asked to install, after `--`: it cannot become an option, and there is no shell
    finished = subprocess.run([*_installer(), *options, "--", *specs], check=False)  # noqa: S603
    if finished.returncode:
        raise HostError(f"nothing new: the installer ended with status {finished.returncode}", hint="see its output")
    if dry_run:
        return
    new = [one for one in _installed_now() if tuple(one.values()) not in before]
    for one in new:
        click.echo(f"new plugin: {one['name']} ({one['distribution']} {one['version']})")
    if not new:
        click.echo("no new plugin: what was installed brings none, or it was there before")


def _installer() -> list[str]:
    """The installer at hand, aimed at the environment of this interpreter."""
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install"]


def _installed_now() -> list[dict[str, str | None]]:
    """The installed plugins as a fresh process sees them; this one may remember the old metadata."""
    command = [sys.executable, "-c", _LIST]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a constant
    plugins: list[dict[str, str | None]] = json.loads(answer.stdout)
    return plugins
