"""App files that are served: applied at start, and again when they change."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dify_runtime_sdk import DifyRuntimeError

from .api import AppRecord
from .app_files import FoundFile, Stamp, file_app_id, find_files, key_of, read_app
from .errors import AppNotFoundError, ImportFailedError, LibraryError
from .workplace import Workplace

INTERVAL: Final = 1.0
"""Seconds between two looks at the files."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class _Served:
    """What is known of one file: the app it last made, and why it could not, the last time."""

    app: AppRecord | None = None
    key: str | None = None
    problem: str | None = None


class ServedFiles:
    """The files and folders that `serve` was given."""

    def __init__(self, place: Workplace, paths: Sequence[str]) -> None:
        self._place = place
        self._paths = tuple(paths)
        self._files: dict[Path, _Served] = {}
        self._applied: dict[Path, Stamp | None] = {}
        self._seen: dict[Path, Stamp | None] = {}

    async def apply_all(self, *, strict: bool) -> None:
        """Apply every file as it is now; with `strict` the first problem is raised, else it is logged and shown."""
        for file in await asyncio.to_thread(find_files, self._paths):
            error = await self._apply(file)
            if error is not None and strict:
                raise error

    @property
    def apps(self) -> list[AppRecord]:
        """The apps that the files made, in the order in which they were found."""
        return [served.app for served in self._files.values() if served.app is not None]

    async def keep_watching(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            await self.look()

    async def look(self) -> None:
        """Apply the files that have changed and then stayed as they are since the last look.

        So a file that is being written is left alone until it is complete. A file that is gone leaves its app alone.
        """
        found = await asyncio.to_thread(find_files, self._paths)
        for file in found:
            settled = file.stamp == self._seen.get(file.path)
            if file.stamp is not None and file.stamp != self._applied.get(file.path) and settled:
                await self._apply(file)
        self._seen = {file.path: file.stamp for file in found}

    def lines(self, *, with_keys: bool) -> list[str]:
        """What to tell the operator, one line per file."""
        return [_line(path, served, with_keys=with_keys) for path, served in self._files.items()]

    async def _apply(self, file: FoundFile) -> DifyRuntimeError | None:
        """Apply one file; a file that cannot be used is logged, and the version that is served stays."""
        served = self._files.get(file.path, _Served())
        try:
            content = await asyncio.to_thread(read_app, file)
            if content is None:
                self._applied[file.path] = file.stamp
                return None
            await self._serve(file.path, content, served)
        except (DifyRuntimeError, OSError) as error:
            problem = error if isinstance(error, DifyRuntimeError) else _unreadable(file.path, error)
            await self._recall(file.path, served)
            self._tell(file.path, served, problem)
            if isinstance(problem, LibraryError):  # else it is not the file's fault: try again at the next look
                self._applied[file.path] = file.stamp
            self._files[file.path] = served
            return problem
        served.problem = None
        self._files[file.path], self._applied[file.path] = served, file.stamp
        return None

    async def _serve(self, path: Path, content: bytes, served: _Served) -> None:
        done = await self._place.library.apply_file(
            content, key=await asyncio.to_thread(key_of, path), **self._place.who
        )
        served.app, served.key = done.app, await self._place.key(done.app.id)
        for warning in done.warnings:
            _LOG.warning("%s: %s", path, warning)
        _LOG.info("%s: the app %r (%s) is %s", path, done.app.name, done.app.id, done.outcome)

    async def _recall(self, path: Path, served: _Served) -> None:
        """Find the app that the file made when it could be used, maybe in an earlier process."""
        if served.app is not None:
            return
        app_id = file_app_id(await asyncio.to_thread(key_of, path), self._place.tenant_id)
        with suppress(AppNotFoundError):
            served.app = await self._place.library.get(app_id, tenant_id=self._place.tenant_id)
            served.key = await self._place.key(app_id)

    def _tell(self, path: Path, served: _Served, error: DifyRuntimeError) -> None:
        problem = str(error)
        if problem == served.problem:
            return
        served.problem = problem
        keeps = "its app stays as it was" if served.app is not None else "it is not served"
        problems = error.problems if isinstance(error, ImportFailedError) and error.problems else (problem,)
        for one in problems:
            _LOG.error("%s: %s; %s", path, one, keeps)


def _unreadable(path: Path, error: OSError) -> LibraryError:
    return LibraryError(f"{path} cannot be read: {error.strerror}", hint="name files and folders that are there")


def _line(path: Path, served: _Served, *, with_keys: bool) -> str:
    if served.app is None:
        return f"{path}  not served: {(served.problem or '').splitlines()[0]}"
    old = "" if served.problem is None else "  as it was before: the file cannot be used"
    key = f"key {served.key}" if with_keys else f"keys: dify-runtime keys list --app {served.app.id}"
    return f"{path}  {served.app.name} ({served.app.mode})  {{url}}/v1  {key}{old}"
