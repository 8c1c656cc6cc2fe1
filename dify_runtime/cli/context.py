"""What a plugin's command gets by `@click.pass_obj`: the way to a booted runtime."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dify_runtime_sdk import Plugin
from dify_runtime_sdk.runtime import Runtime as RuntimeView

from ..runtime import Runtime
from ..server.loop import loop_factory
from ..services import HOST

if TYPE_CHECKING:
    from dify_runtime_sdk.plugin import Role


class BootingContext:
    """Boots a runtime for one command; satisfies `dify_runtime_sdk.CommandContext`.

    In a test of a command, `plugins` replaces discovery by exactly these classes, `environ` and `cwd` the process's own
    environment and working directory.
    """

    def __init__(
        self,
        plugins: Mapping[str, type[Plugin]] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self._boot = partial(Runtime.boot, plugins=plugins, environ=environ, cwd=cwd)

    def run[T](
        self,
        main: Callable[[RuntimeView], Awaitable[T]],
        *,
        only: Collection[str] | None = None,
        roles: Collection[str] = ("job",),
        overrides: dict[str, Any] | None = None,
    ) -> T:
        """Boot, await `main(runtime)`, stop, and return its result.

        The failure policy is that of `MODE`; whatever it says, what `only` names must have started. Raises
        `DifyRuntimeError` otherwise. SIGTERM cancels `main`; what has started is stopped, and the process ends with
        status 143.
        """
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            boot = self._boot(roles=cast("Collection[Role]", roles), only=only, overrides=overrides)
            return runner.run(_run(main, boot, only or ()))


async def _run[T](
    main: Callable[[RuntimeView], Awaitable[T]], boot: AbstractAsyncContextManager[Runtime], only: Collection[str]
) -> T:
    with _sigterm_cancels():
        async with boot as runtime:
            runtime.require(only)
            view = runtime.assembly.views(HOST)
            try:
                return await main(view)
            finally:
                await view.cancel_tasks()


@contextmanager
def _sigterm_cancels() -> Iterator[None]:
    """Within, SIGTERM cancels the current task, and the cancellation becomes the exit status of that signal."""
    task, received = asyncio.current_task(), False

    def terminate() -> None:
        nonlocal received
        received = True
        if task is not None:
            task.cancel()

    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError, RuntimeError, ValueError):  # none on Windows, nor outside the main thread
        loop.add_signal_handler(signal.SIGTERM, terminate)
    try:
        yield
    except asyncio.CancelledError:
        if not received:
            raise
        raise SystemExit(128 + signal.SIGTERM) from None
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGTERM)
