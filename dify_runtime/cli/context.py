"""What a plugin's command gets by `@click.pass_obj`: the way to a booted runtime."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.plugin import Role
from dify_runtime_sdk.runtime import Runtime as RuntimeView

from ..records import State
from ..runtime import Runtime
from ..services import HOST


class BootingContext:
    """Boots a runtime for one command; satisfies `dify_runtime_sdk.CommandContext`."""

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
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_run(main, only, cast("Collection[Role]", roles), overrides))


async def _run[T](
    main: Callable[[RuntimeView], Awaitable[T]],
    only: Collection[str] | None,
    roles: Collection[Role],
    overrides: dict[str, Any] | None,
) -> T:
    with _sigterm_cancels():
        async with Runtime.boot(roles=roles, only=only, overrides=overrides) as runtime:
            _check_started(runtime, only or ())
            view = runtime.assembly.views(HOST)
            try:
                return await main(view)
            finally:
                await view.cancel_tasks()


def _check_started(runtime: Runtime, only: Collection[str]) -> None:
    """Raise the recorded reason of what was asked for and did not start."""
    for capability in sorted(only):
        record = runtime.records[runtime.assembly.resolution.selected[capability]]
        if record.state is not State.STARTED:
            reason = record.error or f"it is {record.state}"
            raise DifyRuntimeError(
                f"the command needs {capability!r}, which did not start: {reason}",
                hint="`dify-runtime plugins list` shows the state of every plugin",
            )


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
    with suppress(NotImplementedError, RuntimeError):  # no signals on Windows, nor outside the main thread
        loop.add_signal_handler(signal.SIGTERM, terminate)
    try:
        yield
    except asyncio.CancelledError:
        if not received:
            raise
        raise SystemExit(128 + signal.SIGTERM) from None
    finally:
        with suppress(NotImplementedError, RuntimeError):
            loop.remove_signal_handler(signal.SIGTERM)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        from uvloop import new_event_loop  # an extra of the distribution: faster, not needed
    except ImportError:
        return asyncio.new_event_loop
    return new_event_loop
