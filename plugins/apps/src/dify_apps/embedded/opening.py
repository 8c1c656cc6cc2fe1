"""A runtime in this process with the apps of some files."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from dify_runtime_sdk.embedding import embed

from ..api import Generator
from .apps import Apps

_NEEDED: Final = ("apps", "apps-modes")
_NEEDED_TO_SERVE: Final = ("apps-service",)


@asynccontextmanager
async def open_apps(
    files: str | Path | Iterable[str | Path] = (),
    *,
    home: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    serving: bool = False,
) -> AsyncIterator[Apps]:
    """Boot a runtime in this process, apply app files, and give their apps; all of it ends with the block.

    `files` are app files and folders of them, or one; without any, the apps of the home can be run. `home` is the
    directory of the runtime (default: that of `dify-runtime serve` here), for this process alone while it is open.
    `settings` is the top layer of the settings. `serving` boots the HTTP application as well, for `Apps.asgi`.

    Raises `ImportFailedError` for a file that is no app, `LibraryError` for one that cannot be read, and
    `DifyRuntimeError` when the runtime cannot boot, or another process uses the home.
    """
    values = dict(settings or {}) | ({} if home is None else {"DIFY_RUNTIME_HOME": str(home)})
    needs = (*_NEEDED, *(_NEEDED_TO_SERVE if serving else ()))
    async with embed(needs=needs, serving=serving, settings=values) as embedded:
        # with the boot: this module is imported by whoever imports `dify_apps`
        from ..library.served import ServedFiles
        from ..library.workplace import workplace

        place = await workplace(embedded.runtime)
        paths = [files] if isinstance(files, str | Path) else files
        served = ServedFiles(place, [str(path) for path in paths])
        await served.apply_all(strict=True)
        await embedded.runtime.services.get(Generator)  # goes on with the runs of a process that died
        yield Apps(embedded, place, served.apps)
