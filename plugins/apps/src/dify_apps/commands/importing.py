"""The command `apps import`."""

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path

import click

from dify_runtime_sdk import CommandContext

from ..api import ImportResult
from ..library import ImportChoices, ImportFailedError, LibraryError
from ..library.workplace import Workplace
from .common import echo_json, json_option, run

type _Done = tuple[Path, ImportResult, str | None]
"""A file, what became of it, and a key of its app."""


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--app", help="Put the file in the place of this app's draft, instead of making an app.")
@click.option("--name", help="What to call the app; default: what the file says.")
@click.option("--draft", is_flag=True, help="Do not publish: clients see nothing of it yet.")
@click.option("--yes", is_flag=True, help="Import files of newer versions too, without asking.")
@click.option("--key", "with_key", is_flag=True, help="Print an API key of the app, made if it has none.")
@json_option
@click.pass_obj
def import_(
    context: CommandContext,
    files: tuple[Path, ...],
    app: str | None,
    name: str | None,
    draft: bool,
    yes: bool,
    with_key: bool,
    as_json: bool,
) -> None:
    """Make an app of each file, and publish it; the first file that cannot be imported ends that."""
    if len(files) > 1 and (app or name):
        raise click.UsageError("--app and --name are for one file")
    texts = [path.read_bytes() for path in files]

    async def main(place: Workplace) -> tuple[list[_Done], LibraryError | None]:
        app_id = None if app is None else (await place.find(app)).id
        done: list[_Done] = []
        try:
            for path, text in zip(files, texts, strict=True):
                result = await place.library.import_app(
                    text, app_id=app_id, choices=ImportChoices(name=name), publish=not draft, **place.who
                )
                result = await _settled(place, path, result, yes=yes)
                done.append((path, result, await place.key(str(result.app_id)) if with_key else None))
        except LibraryError as error:
            return done, error
        return done, None

    done, error = run(context, main)
    _show(done, with_key=with_key, as_json=as_json)
    if error is not None:
        raise error


async def _settled(place: Workplace, path: Path, result: ImportResult, *, yes: bool) -> ImportResult:
    """The import, confirmed if it must be; raises `ImportFailedError`."""
    if result.status == "pending":
        question = f"{path} has version {result.imported_dsl_version}, known is {result.current_dsl_version}"
        if not (yes or await asyncio.to_thread(_confirmed, question)):
            raise ImportFailedError(question, hint="import it nevertheless with --yes")
        result = await place.library.confirm_import(result.id, **place.who)
    if result.status == "failed":
        raise ImportFailedError(f"{path} was not imported: {result.error}")
    return result


def _confirmed(question: str) -> bool:
    return sys.stdin.isatty() and click.confirm(f"{question}; import it?")


def _show(done: list[_Done], *, with_key: bool, as_json: bool) -> None:
    """Tell what was imported, also when a later file could not be: its app is there."""
    if as_json:
        echo_json([asdict(result) | ({"key": key} if with_key else {}) for _, result, key in done])
        return
    for path, result, key in done:
        click.echo(f"{result.app_id}  {result.app_mode:<13}  {path}{'' if key is None else f'  {key}'}")
        for warning in result.warnings:
            click.echo(f"warning: {path}: {warning}", err=True)
